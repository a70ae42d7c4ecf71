"""Log likelihoods of counts with the log link, row by row, and three derivatives in eta.

The curvatures are the observed ones, -d2/deta2, which the Laplace approximation is made of; they
may be negative in a row whose zero may be one that was added.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_expit

from bayesmm.model.design import Design

__all__ = ["CountRows", "CountSlopes", "auxiliary_slopes", "count_rows"]

type Array = NDArray[np.float64]
type Auxiliary = Mapping[str, float]  # on the real line: log alpha, logit psi
type Counts = Callable[[Array, Array, Auxiliary], "CountRows"]

# exp of more overflows where it is squared.
_LARGEST_EXPONENT = 300.0
# Central differences in an auxiliary parameter of unit order, with error of its square.
_STEP = 1e-4
# The table of sums that avoids the difference of two large log gammas; beyond, counts are so
# large that the difference is not small.
_LARGEST_TABLE = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class CountRows:
    """Every row at one linear predictor; arrays of shape (n_obs,).

    Attributes
    ----------
    log_likelihood : ndarray
        Log probability of the count.
    score : ndarray
        Its derivative in eta.
    curvature : ndarray
        Minus its second derivative.
    bend : ndarray
        The derivative of `curvature`.
    """

    log_likelihood: Array
    score: Array
    curvature: Array
    bend: Array


@dataclass(frozen=True, slots=True, eq=False)
class CountSlopes:
    """Derivatives of every row in one auxiliary parameter on the real line."""

    log_likelihood: Array
    score: Array
    curvature: Array


def count_rows(design: Design) -> Callable[[Array, Array], CountRows]:
    """Return a function of eta, shape (n_obs,), and of the auxiliary parameters on the real line.

    Rows count as often as their weights say.
    """
    counts = _FAMILIES[design.family.name]
    names = design.family.auxiliary

    def rows(eta: Array, real: Array) -> CountRows:
        eta = np.clip(eta, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
        found = counts(design.y, eta, dict(zip(names, real, strict=True)))
        if design.weights is None:
            return found
        w = design.weights
        return CountRows(
            w * found.log_likelihood, w * found.score, w * found.curvature, w * found.bend
        )

    return rows


def auxiliary_slopes(
    rows: Callable[[Array, Array], CountRows], eta: Array, real: Array
) -> tuple[CountSlopes, ...]:
    """Return the derivatives of the rows in each auxiliary parameter."""
    result = []
    for shift in _STEP * np.eye(len(real)):
        ahead, behind = rows(eta, real + shift), rows(eta, real - shift)
        result.append(
            CountSlopes(
                (ahead.log_likelihood - behind.log_likelihood) / (2 * _STEP),
                (ahead.score - behind.score) / (2 * _STEP),
                (ahead.curvature - behind.curvature) / (2 * _STEP),
            )
        )
    return tuple(result)


def _poisson(y: Array, eta: Array, _: Auxiliary) -> CountRows:
    mu = np.exp(eta)
    return CountRows(y * eta - mu - gammaln(y + 1), y - mu, mu, mu)


def _negativebinomial(y: Array, eta: Array, real: Auxiliary) -> CountRows:
    mu, alpha = np.exp(eta), float(np.exp(real["alpha"]))
    share = 1 / (1 + mu / alpha)  # alpha / (alpha + mu)
    rise = np.log1p(mu / alpha)
    log_likelihood = _rising(y, alpha) + y * (eta - rise) - alpha * rise - gammaln(y + 1)
    curvature = share * (1 - share) * (y + alpha)
    return CountRows(
        log_likelihood, share * y - alpha * (1 - share), curvature, curvature * (2 * share - 1)
    )


def _rising(y: Array, alpha: float) -> Array:
    """Return log Gamma(y + alpha) - log Gamma(alpha) - y log alpha, near 0 for large alpha."""
    largest = int(y.max(initial=0))
    if largest > _LARGEST_TABLE:
        return gammaln(y + alpha) - gammaln(alpha) - y * np.log(alpha)
    sums = np.concatenate([[0.0], np.cumsum(np.log1p(np.arange(largest) / alpha))])
    return sums[y.astype(np.int64)]


def _zero_inflated(counts: Counts) -> Counts:
    """Return the mixture P(y) = (1 - psi) [y = 0] + psi counts(y)."""

    def rows(y: Array, eta: Array, real: Auxiliary) -> CountRows:
        c = counts(y, eta, real)
        count, added = log_expit(real["psi"]) + c.log_likelihood, log_expit(-real["psi"])
        either = np.logaddexp(count, added)
        q = np.exp(count - either)  # P(a zero is a count)
        dq = q * (1 - q) * c.score
        curvature = q * c.curvature - dq * c.score
        bend = 3 * dq * c.curvature + q * c.bend - dq * (1 - 2 * q) * c.score**2
        zero = y == 0
        return CountRows(
            np.where(zero, either, count),
            np.where(zero, q * c.score, c.score),
            np.where(zero, curvature, c.curvature),
            np.where(zero, bend, c.bend),
        )

    return rows


def _hurdle(counts: Counts) -> Counts:
    """Return P(0) = 1 - psi and, above the hurdle, P(y) = psi counts(y) / (1 - counts(0))."""

    def rows(y: Array, eta: Array, real: Auxiliary) -> CountRows:
        c, none = counts(y, eta, real), counts(np.zeros_like(y), eta, real)
        with np.errstate(over="ignore"):  # exp of a large mean: the odds of a zero are 0
            odds = 1 / np.expm1(-none.log_likelihood)
        slope = odds * (1 + odds) * none.score  # of the odds
        above = log_expit(real["psi"]) + c.log_likelihood - np.log(-np.expm1(none.log_likelihood))
        curvature = c.curvature + odds * none.curvature - slope * none.score
        bend = c.bend + 3 * slope * none.curvature + odds * none.bend
        bend = bend - slope * (1 + 2 * odds) * none.score**2
        zero = y == 0
        return CountRows(
            np.where(zero, log_expit(-real["psi"]), above),
            np.where(zero, 0.0, c.score + odds * none.score),
            np.where(zero, 0.0, curvature),
            np.where(zero, 0.0, bend),
        )

    return rows


_FAMILIES: Mapping[str, Counts] = {
    "poisson": _poisson,
    "negativebinomial": _negativebinomial,
    "zero_inflated_poisson": _zero_inflated(_poisson),
    "zero_inflated_negativebinomial": _zero_inflated(_negativebinomial),
    "hurdle_poisson": _hurdle(_poisson),
    "hurdle_negativebinomial": _hurdle(_negativebinomial),
}
