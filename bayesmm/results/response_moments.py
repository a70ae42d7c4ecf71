"""Variance, distribution function and Fisher score of the response, by family.

E y = trials * mu for binomial counts and mu otherwise.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.distributions import ResponseParameters

__all__ = ["MOMENTS", "ResponseMoments", "expected_response", "moments_of_family"]

type Array = NDArray[np.float64]


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
    """

    variance: Callable[[ResponseParameters], Array]
    below: Callable[[Array, ResponseParameters], Array]
    discrete: bool
    own_score: Callable[[Array, ResponseParameters], tuple[Array, Array]] | None = None

    def score_in_mean(self, y: Array, p: ResponseParameters) -> tuple[Array, Array]:
        """Return d log p(y) / d mu and the expected minus second derivative.

        For an exponential family these are (y - E y) E' / Var y and E'^2 / Var y.
        """
        if self.own_score is not None:
            return self.own_score(y, p)
        trials = 1.0 if p.trials is None else p.trials
        variance = self.variance(p)
        return (y - expected_response(p)) * trials / variance, trials**2 / variance


def expected_response(p: ResponseParameters) -> Array:
    """Return E y of every row, shape of mu."""
    return p.mu if p.trials is None else p.trials * p.mu


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


def _negativebinomial_below(y: Array, p: ResponseParameters) -> Array:
    alpha = p.auxiliary["alpha"]
    return special.betainc(alpha, y + 1, alpha / (alpha + p.mu))


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
    "binomial": ResponseMoments(
        _binomial_variance, lambda y, p: special.bdtr(y, p.trials, p.mu), discrete=True
    ),
    "poisson": ResponseMoments(lambda p: p.mu, lambda y, p: special.pdtr(y, p.mu), discrete=True),
    "negativebinomial": ResponseMoments(
        lambda p: p.mu + p.mu**2 / p.auxiliary["alpha"], _negativebinomial_below, discrete=True
    ),
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
