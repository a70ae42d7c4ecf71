"""Log likelihoods of the bernoulli, binomial and poisson families, with Fisher's weights."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bayesmm import special
from bayesmm.arrays import Array
from bayesmm.likelihood.information import separation
from bayesmm.likelihood.rows import ResponseRows
from bayesmm.model.design import Design

__all__ = ["Likelihood", "likelihood_of"]

# of every row: log likelihood, score, Fisher's weight, its derivative, and the observed one or None
type Row = tuple[Array, Array, Array, Array, Array | None]
# the rows as a function of eta, and a start
type Parts = tuple[Callable[[Array], Row], Array]


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """The response of a design as a function of the linear predictor."""

    # maps eta, shape (n_obs,), to the rows with derivatives in it
    evaluate: Callable[[Array], ResponseRows]
    start: Array  # (n_obs,): a linear predictor near the data, where every row is possible
    # maps the fitted eta, and the covariance matrix of the coefficients of the orthogonal basis, to
    # sentences on estimates that mean nothing
    warnings: Callable[[Array, Array], tuple[str, ...]]

    def rows(self, etas: Sequence[Array], derived: object, curved: object) -> ResponseRows:
        """Return the rows as `rows.RowsFunction` has them; their only predictor is that of mu."""
        return self.evaluate(etas[0])


@dataclass(frozen=True, slots=True, eq=False)
class Probability:
    """The probability p of a success as a function of eta, for one link."""

    # log p and log (1 - p)
    success: Array
    failure: Array
    # log (dp / deta), and its derivative
    log_density: Array
    log_density_derivative: Array


# Smaller weights would make the equations singular where a row says nothing any more.
_LEAST_WEIGHT = 1e-14
# exp(710) overflows.
_LARGEST_EXPONENT = 700.0
_AT_ZERO = (
    "A fitted mean is zero, where the identity link ends: estimates and standard errors are "
    "without meaning."
)
# R's glm warns of fitted rates numerically 0 below 10 machine epsilons.
_EDGE = 10 * np.finfo(float).eps


def _logit(eta: Array) -> Probability:
    success, failure = -np.logaddexp(0, -eta), -np.logaddexp(0, eta)
    return Probability(success, failure, success + failure, np.exp(failure) - np.exp(success))


def _probit(eta: Array) -> Probability:
    log_density = -(eta**2 + np.log(2 * np.pi)) / 2
    return Probability(special.log_ndtr(eta), special.log_ndtr(-eta), log_density, -eta)


def _cloglog(eta: Array) -> Probability:
    hazard = np.exp(np.clip(eta, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
    return Probability(np.log(-np.expm1(-hazard)), -hazard, eta - hazard, 1 - hazard)


_PROBABILITY: Mapping[str, Callable[[Array], Probability]] = {
    "logit": _logit,
    "probit": _probit,
    "cloglog": _cloglog,
}
_LINK: Mapping[str, Callable[[Array], Array]] = {
    "logit": special.logit,
    "probit": special.ndtri,
    "cloglog": lambda p: np.log(-np.log1p(-p)),
    "log": np.log,
    "identity": np.asarray,
}


def likelihood_of(design: Design) -> Likelihood:
    """Return the likelihood of a bernoulli, binomial or poisson design.

    With weights the log likelihood of row i counts w_i times.
    """
    link = design.family.link
    if design.family.response == "count":
        rows, start = _poisson(design.y, link)
    else:
        trials = np.ones(design.n_obs) if design.trials is None else design.trials
        rows, start = _binomial(design.y, trials, link)

    def evaluate(eta: Array) -> ResponseRows:
        value, score, curvature, bend, observed = (
            part if part is None or design.weights is None else design.weights * part
            for part in rows(eta)
        )
        return ResponseRows(
            value,
            score[None],
            np.maximum(curvature, _LEAST_WEIGHT)[None, None],
            bend[None, None, None],
            None if observed is None else observed[None, None],
        )

    def warnings(eta: Array, covariance: Array) -> tuple[str, ...]:
        if link == "identity":
            return (_AT_ZERO,) if eta.min() < _EDGE else ()
        return separation(covariance)

    return Likelihood(evaluate, start, warnings)


def _binomial(y: Array, trials: Array, link: str) -> Parts:
    probability = _PROBABILITY[link]
    coefficient = -special.betaln(y + 1, trials - y + 1) - np.log1p(trials)  # log of n over y

    def rows(eta: Array) -> Row:
        p = probability(eta)
        # d log p / deta and -d log (1 - p) / deta
        up, down = np.exp(p.log_density - p.success), np.exp(p.log_density - p.failure)
        information = trials * np.exp(2 * p.log_density - p.success - p.failure)
        return (
            coefficient + y * p.success + (trials - y) * p.failure,
            y * up - (trials - y) * down,
            information,
            information * (2 * p.log_density_derivative - up + down),
            None
            if link == "logit"
            else (trials - y) * down * (p.log_density_derivative + down)
            - y * up * (p.log_density_derivative - up),
        )

    return rows, _LINK[link]((y + 0.5) / (trials + 1))


def _poisson(y: Array, link: str) -> Parts:
    constant = -special.gammaln(y + 1)

    def log_link(eta: Array) -> Row:
        mean = np.exp(np.minimum(eta, _LARGEST_EXPONENT))
        return constant + y * eta - mean, y - mean, mean, mean, None

    def identity_link(eta: Array) -> Row:
        if eta.min() <= 0:
            nothing = np.zeros_like(eta)
            return np.full_like(eta, -np.inf), nothing, nothing, nothing, None
        return constant + y * np.log(eta) - eta, y / eta - 1, 1 / eta, -1 / eta**2, y / eta**2

    return {"log": log_link, "identity": identity_link}[link], _LINK[link](y + 0.1)
