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
        Expected minus second derivative (Fisher), positive.
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
# The rate that weights may reach from below: smaller ones would make the equations singular.
_LEAST_WEIGHT = 1e-14
# R's glm warns of fitted probabilities numerically 0 or 1 below 10 machine epsilons.
_EDGE = 10 * np.finfo(float).eps


def _logit(eta: Array) -> tuple[Array, Array, Array]:
    """Return log p, log (1 - p) and dp / deta."""
    success, failure = -np.logaddexp(0, -eta), -np.logaddexp(0, eta)
    return success, failure, np.exp(success + failure)


def _probit(eta: Array) -> tuple[Array, Array, Array]:
    density = np.exp(-(eta**2) / 2) / np.sqrt(2 * np.pi)
    return special.log_ndtr(eta), special.log_ndtr(-eta), density


def _cloglog(eta: Array) -> tuple[Array, Array, Array]:
    hazard = np.exp(np.minimum(eta, 700.0))  # exp(710) overflows; log (1 - p) is then -1e304
    return np.log(-np.expm1(-hazard)), -hazard, np.exp(eta - hazard)


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
        rows = (
            coefficient
            + np.where(y > 0, y * success, 0)
            + np.where(trials > y, (trials - y) * failure, 0)
        )
        p, q = np.exp(success), np.exp(failure)
        information = np.maximum(slope, _LEAST_WEIGHT) ** 2 / np.maximum(p * q, _LEAST_WEIGHT**2)
        score = np.where(y > 0, y * slope / np.maximum(p, 1e-300), 0) - np.where(
            trials > y, (trials - y) * slope / np.maximum(q, 1e-300), 0
        )
        return Working(
            float(weights @ rows),
            weights * score,
            np.maximum(weights * trials * information, _LEAST_WEIGHT),
        )

    def at_bound(eta: Array) -> bool:
        success, failure, _ = probability(eta)
        return bool(np.exp(np.minimum(success, failure)).min() < _EDGE)

    return Likelihood(evaluate, _LINK[link]((y + 0.5) / (trials + 1)), at_bound)


def _poisson(y: Array, weights: Array, link: str) -> Likelihood:
    constant = -special.gammaln(y + 1)

    def evaluate(eta: Array) -> Working:
        if link == "log":
            mean = slope = np.exp(np.minimum(eta, 700.0))
            log_mean = eta
        else:
            if eta.min() <= 0:
                return Working(-np.inf, np.zeros_like(eta), np.ones_like(eta))
            mean, slope, log_mean = eta, np.ones_like(eta), np.log(eta)
        rows = constant + y * log_mean - mean
        information = np.maximum(slope**2 / mean, _LEAST_WEIGHT)
        return Working(
            float(weights @ rows), weights * (y - mean) * slope / mean, weights * information
        )

    def at_bound(eta: Array) -> bool:
        mean = np.exp(eta) if link == "log" else eta
        return bool(mean.min() < _EDGE)

    return Likelihood(evaluate, _LINK[link](y + 0.1), at_bound)
