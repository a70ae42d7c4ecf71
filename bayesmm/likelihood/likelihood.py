"""Log likelihoods of the bernoulli, binomial and poisson families, with their Fisher scores."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayesmm.model.design import Design

__all__ = ["SEPARATED", "Likelihood", "Working", "likelihood_of"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Working:
    """The likelihood at one linear predictor.

    Attributes
    ----------
    log_likelihood : float
        Sum over the rows; -inf where the response is impossible.
    score : ndarray, shape (n_obs,)
        Derivative of each row's log likelihood in eta.
    weights : ndarray, shape (n_obs,)
        Minus the second derivative: expected (Fisher) and positive here; observed for the counts
        of `bayesmm.likelihood.count_rows`, where it may be negative.
    """

    log_likelihood: float
    score: Array
    weights: Array


@dataclass(frozen=True, slots=True, eq=False)
class Likelihood:
    """The response of a design as a function of the linear predictor.

    Attributes
    ----------
    evaluate : callable
        Maps eta, shape (n_obs,), to `Working`.
    start : ndarray, shape (n_obs,)
        A linear predictor near the data, where every row is possible.
    at_bound : callable
        Maps eta to whether a fitted mean is numerically at the edge of its range.
    """

    evaluate: Callable[[Array], Working]
    start: Array
    at_bound: Callable[[Array], bool]


SEPARATED = (
    "Fitted means are numerically at the edge of their range: the data are (nearly) separated, "
    "and estimates and standard errors without meaning."
)
# Smaller weights would make the equations singular where a row says nothing any more.
_LEAST_WEIGHT = 1e-14
# exp(710) overflows.
_LARGEST_EXPONENT = 700.0
# R's glm warns of fitted probabilities numerically 0 or 1 below 10 machine epsilons.
_EDGE = 10 * np.finfo(float).eps


def _logit(eta: Array) -> tuple[Array, Array, Array]:
    """Return log p, log (1 - p) and log (dp / deta)."""
    success, failure = -np.logaddexp(0, -eta), -np.logaddexp(0, eta)
    return success, failure, success + failure


def _probit(eta: Array) -> tuple[Array, Array, Array]:
    return special.log_ndtr(eta), special.log_ndtr(-eta), -(eta**2 + np.log(2 * np.pi)) / 2


def _cloglog(eta: Array) -> tuple[Array, Array, Array]:
    hazard = np.exp(np.clip(eta, -_LARGEST_EXPONENT, _LARGEST_EXPONENT))
    return np.log(-np.expm1(-hazard)), -hazard, eta - hazard


_PROBABILITY: Mapping[str, Callable[[Array], tuple[Array, Array, Array]]] = {
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
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    if design.family.name == "poisson":
        return _poisson(design.y, weights, design.family.link)
    trials = np.ones(design.n_obs) if design.trials is None else design.trials
    return _binomial(design.y, trials, weights, design.family.link)


def _binomial(y: Array, trials: Array, weights: Array, link: str) -> Likelihood:
    probability = _PROBABILITY[link]
    coefficient = -special.betaln(y + 1, trials - y + 1) - np.log1p(trials)  # log of n over y

    def evaluate(eta: Array) -> Working:
        success, failure, slope = probability(eta)
        rows = coefficient + y * success + (trials - y) * failure
        score = y * np.exp(slope - success) - (trials - y) * np.exp(slope - failure)
        information = trials * np.exp(2 * slope - success - failure)
        return Working(
            float(weights @ rows), weights * score, np.maximum(weights * information, _LEAST_WEIGHT)
        )

    def at_bound(eta: Array) -> bool:
        success, failure, _ = probability(eta)
        return bool(np.exp(np.minimum(success, failure)).min() < _EDGE)

    return Likelihood(evaluate, _LINK[link]((y + 0.5) / (trials + 1)), at_bound)


def _poisson(y: Array, weights: Array, link: str) -> Likelihood:
    constant = -special.gammaln(y + 1)

    def log_link(eta: Array) -> Working:
        mean = np.exp(np.minimum(eta, _LARGEST_EXPONENT))
        return working(y * eta - mean, y - mean, mean)

    def identity_link(eta: Array) -> Working:
        if eta.min() <= 0:
            return Working(-np.inf, np.zeros_like(eta), np.ones_like(eta))
        return working(y * np.log(eta) - eta, y / eta - 1, 1 / eta)

    def working(rows: Array, score: Array, information: Array) -> Working:
        return Working(
            float(weights @ (constant + rows)),
            weights * score,
            np.maximum(weights * information, _LEAST_WEIGHT),
        )

    def at_bound(eta: Array) -> bool:
        mean = np.exp(eta) if link == "log" else eta
        return bool(mean.min() < _EDGE)

    evaluate = {"log": log_link, "identity": identity_link}[link]
    return Likelihood(evaluate, _LINK[link](y + 0.1), at_bound)
