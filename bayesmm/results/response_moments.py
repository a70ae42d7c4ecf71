"""Mean, variance, distribution function and Fisher score of the response, by family."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.distributions import ResponseParameters

__all__ = ["MOMENTS", "ResponseMoments", "moments_of_family"]

type Array = NDArray[np.float64]


def _mean(p: ResponseParameters) -> Array:
    return p.mu if p.trials is None else p.trials * p.mu


@dataclass(frozen=True, slots=True)
class ResponseMoments:
    """What residuals need to know of a family.

    Attributes
    ----------
    variance : callable
        ``variance(parameters)``: Var y given the parameters.
    below : callable
        ``below(y, parameters)``: P(Y <= y).
    discrete : bool
        Whether P(Y = y) > 0; then y is a whole number.
    own_score : callable, optional
        Score and information in mu, where they are not those of an exponential family.
    mean : callable
        ``mean(parameters)``: E y; mu, or trials * mu for binomial counts, unless zeros are
        added or taken away.
    """

    variance: Callable[[ResponseParameters], Array]
    below: Callable[[Array, ResponseParameters], Array]
    discrete: bool
    own_score: Callable[[Array, ResponseParameters], tuple[Array, Array]] | None = None
    mean: Callable[[ResponseParameters], Array] = _mean

    def score_in_mean(self, y: Array, p: ResponseParameters) -> tuple[Array, Array]:
        """Return d log p(y) / d mu and the expected minus second derivative.

        For an exponential family these are (y - E y) E' / Var y and E'^2 / Var y.
        """
        if self.own_score is not None:
            return self.own_score(y, p)
        trials = 1.0 if p.trials is None else p.trials
        variance = self.variance(p)
        return (y - self.mean(p)) * trials / variance, trials**2 / variance


def _gaussian_variance(p: ResponseParameters) -> Array:
    return np.broadcast_to(np.square(p.scale), p.mu.shape)


def _t_variance(p: ResponseParameters) -> Array:
    nu, sigma = p.auxiliary["nu"], p.auxiliary["sigma"]
    # infinite for nu <= 2: the residual in units of its sd is then 0
    heavy = np.where(nu > 2, nu / np.where(nu > 2, nu - 2, 1.0), np.inf)
    return np.broadcast_to(sigma**2 * heavy, p.mu.shape)


def _t_score(y: Array, p: ResponseParameters) -> tuple[Array, Array]:
    nu, variance = p.auxiliary["nu"], p.auxiliary["sigma"] ** 2
    gap = y - p.mu
    information = np.broadcast_to((nu + 1) / (nu + 3) / variance, gap.shape)
    return (nu + 1) * gap / (nu * variance + gap**2), information


def _beta_score(y: Array, p: ResponseParameters) -> tuple[Array, Array]:
    kappa = p.auxiliary["kappa"]
    a, b = p.mu * kappa, (1 - p.mu) * kappa
    score = kappa * (special.logit(y) - special.digamma(a) + special.digamma(b))
    return score, kappa**2 * (special.polygamma(1, a) + special.polygamma(1, b))


def _binomial_variance(p: ResponseParameters) -> Array:
    return (1.0 if p.trials is None else p.trials) * p.mu * (1 - p.mu)


def _binomial_below(y: Array, p: ResponseParameters) -> Array:
    failures = p.trials - y
    some = special.betainc(np.maximum(failures, 1.0), y + 1, 1 - p.mu)
    return np.where(failures > 0, some, 1.0)


def _negativebinomial_below(y: Array, p: ResponseParameters) -> Array:
    alpha = p.auxiliary["alpha"]
    return special.betainc(alpha, y + 1, alpha / (alpha + p.mu))


def _zero_inflated(counts: ResponseMoments) -> ResponseMoments:
    """Return the moments of P(y) = (1 - psi) [y = 0] + psi counts(y)."""

    def mean(p: ResponseParameters) -> Array:
        return p.auxiliary["psi"] * p.mu

    def variance(p: ResponseParameters) -> Array:
        psi = p.auxiliary["psi"]
        return psi * (counts.variance(p) + (1 - psi) * p.mu**2)

    def below(y: Array, p: ResponseParameters) -> Array:
        psi = p.auxiliary["psi"]
        return 1 - psi + psi * counts.below(y, p)

    def score(y: Array, p: ResponseParameters) -> tuple[Array, Array]:
        first, information = counts.score_in_mean(y, p)
        psi = p.auxiliary["psi"]
        zero = psi * counts.below(np.zeros_like(p.mu), p)
        # as if it were known which zeros are counts: more information than there is
        return np.where(y == 0, zero / (1 - psi + zero), 1.0) * first, psi * information

    return ResponseMoments(variance, below, discrete=True, own_score=score, mean=mean)


def _hurdle(counts: ResponseMoments) -> ResponseMoments:
    """Return the moments of P(0) = 1 - psi, P(y) = psi counts(y) / (1 - counts(0)) above."""

    def share(p: ResponseParameters) -> tuple[Array, Array]:
        zero = counts.below(np.zeros_like(p.mu), p)
        return zero, p.auxiliary["psi"] / (1 - zero)

    def mean(p: ResponseParameters) -> Array:
        return share(p)[1] * p.mu

    def variance(p: ResponseParameters) -> Array:
        c = share(p)[1]
        return c * (counts.variance(p) + (1 - c) * p.mu**2)

    def below(y: Array, p: ResponseParameters) -> Array:
        zero, c = share(p)
        return 1 - p.auxiliary["psi"] + c * (counts.below(y, p) - zero)

    def score(y: Array, p: ResponseParameters) -> tuple[Array, Array]:
        first, information = counts.score_in_mean(y, p)
        at_zero, _ = counts.score_in_mean(np.zeros_like(p.mu), p)
        zero, _ = share(p)
        above = first + zero / (1 - zero) * at_zero
        # that of the counts before they are cut, which is more
        return np.where(y == 0, 0.0, above), p.auxiliary["psi"] * information

    return ResponseMoments(variance, below, discrete=True, own_score=score, mean=mean)


_POISSON = ResponseMoments(lambda p: p.mu, lambda y, p: special.pdtr(y, p.mu), discrete=True)
_NEGATIVE_BINOMIAL = ResponseMoments(
    lambda p: p.mu + p.mu**2 / p.auxiliary["alpha"], _negativebinomial_below, discrete=True
)

MOMENTS: Mapping[str, ResponseMoments] = {
    "gaussian": ResponseMoments(
        _gaussian_variance, lambda y, p: special.ndtr((y - p.mu) / p.scale), discrete=False
    ),
    "t": ResponseMoments(
        _t_variance,
        lambda y, p: special.stdtr(p.auxiliary["nu"], (y - p.mu) / p.auxiliary["sigma"]),
        discrete=False,
        own_score=_t_score,
    ),
    "bernoulli": ResponseMoments(
        _binomial_variance, lambda y, p: np.where(y >= 1, 1.0, 1 - p.mu), discrete=True
    ),
    "binomial": ResponseMoments(_binomial_variance, _binomial_below, discrete=True),
    "poisson": _POISSON,
    "negativebinomial": _NEGATIVE_BINOMIAL,
    "zero_inflated_poisson": _zero_inflated(_POISSON),
    "zero_inflated_negativebinomial": _zero_inflated(_NEGATIVE_BINOMIAL),
    "hurdle_poisson": _hurdle(_POISSON),
    "hurdle_negativebinomial": _hurdle(_NEGATIVE_BINOMIAL),
    "gamma": ResponseMoments(
        lambda p: p.mu**2 / p.auxiliary["alpha"],
        lambda y, p: special.gammainc(p.auxiliary["alpha"], y * p.auxiliary["alpha"] / p.mu),
        discrete=False,
    ),
    "beta": ResponseMoments(
        lambda p: p.mu * (1 - p.mu) / (1 + p.auxiliary["kappa"]),
        lambda y, p: special.betainc(
            p.mu * p.auxiliary["kappa"], (1 - p.mu) * p.auxiliary["kappa"], y
        ),
        discrete=False,
        own_score=_beta_score,
    ),
}


def moments_of_family(name: str) -> ResponseMoments:
    """Return the moments of a family.

    Raises
    ------
    UnsupportedModelError
        When they are not known.
    """
    if name not in MOMENTS:
        raise UnsupportedModelError(
            f"There are no residuals of the {name} family yet. Families that have them: "
            f"{', '.join(MOMENTS)}."
        )
    return MOMENTS[name]
