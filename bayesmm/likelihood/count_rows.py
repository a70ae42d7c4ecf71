"""Log likelihoods of counts with the log link, row by row, and three derivatives in eta.

The curvatures are the observed ones, -d2/deta2, which the Laplace approximation is made of; they
may be negative in a row whose zero may be one that was added.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, log_expit

from bayesmm.likelihood.rows import ResponseRows, RowsFunction
from bayesmm.model.design import Design

__all__ = ["count_rows"]

type Array = NDArray[np.float64]
type Auxiliary = Mapping[str, float]  # on the real line: log alpha, logit psi
type Counts = Callable[[Array, Array, Auxiliary], ResponseRows]

# exp of more overflows where it is squared.
_LARGEST_EXPONENT = 300.0
# The table of sums that avoids the difference of two large log gammas; beyond, counts are so
# large that the difference is not small.
_LARGEST_TABLE = 100_000
# a / (exp(a) - 1) near 0, the numbers of Bernoulli over n!; the terms left out are below rounding.
_NEAR_ZERO = 0.5
_SERIES = np.polynomial.Polynomial(
    [1, -1 / 2, 1 / 12, 0, -1 / 720, 0, 1 / 30240, 0, -1 / 1209600, 0, 1 / 47900160, 0,
     -691 / 1307674368000, 0, 1 / 74724249600]
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class ZeroRate:
    """Minus the log probability of a zero, A, and its derivatives in eta.

    Attributes
    ----------
    value, derivative : ndarray
        A and A'.
    ratio, ratio_derivative : ndarray
        A'' / A' and its derivative.
    """

    value: Array
    derivative: Array
    ratio: Array
    ratio_derivative: Array


def count_rows(design: Design) -> RowsFunction:
    """Return a function of eta, shape (n_obs,), and of the auxiliary parameters on the real line.

    Rows count as often as their weights say.
    """
    counts = _ROWS[design.family.estimation.rows]
    names = design.family.auxiliary

    def rows(eta: Array, real: Array) -> ResponseRows:
        eta = np.clip(eta, -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
        found = counts(design.y, eta, dict(zip(names, real, strict=True)))
        return found.weighted(design.weights)

    return rows


def _poisson(y: Array, eta: Array, _: Auxiliary) -> ResponseRows:
    mu = np.exp(eta)
    return ResponseRows(y * eta - mu - gammaln(y + 1), y - mu, mu, mu)


def _negativebinomial(y: Array, eta: Array, real: Auxiliary) -> ResponseRows:
    mu, alpha = np.exp(eta), float(np.exp(real["alpha"]))
    share = 1 / (1 + mu / alpha)  # alpha / (alpha + mu)
    rise = np.log1p(mu / alpha)
    log_likelihood = _rising(y, alpha) + y * (eta - rise) - alpha * rise - gammaln(y + 1)
    curvature = share * (1 - share) * (y + alpha)
    return ResponseRows(
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

    def rows(y: Array, eta: Array, real: Auxiliary) -> ResponseRows:
        c = counts(y, eta, real)
        count, added = log_expit(real["psi"]) + c.log_likelihood, log_expit(-real["psi"])
        either = np.logaddexp(count, added)
        q = np.exp(count - either)  # P(a zero is a count)
        dq = q * (1 - q) * c.score
        curvature = q * c.curvature - dq * c.score
        curvature_derivative = (
            3 * dq * c.curvature + q * c.curvature_derivative - dq * (1 - 2 * q) * c.score**2
        )
        zero = y == 0
        return ResponseRows(
            np.where(zero, either, count),
            np.where(zero, q * c.score, c.score),
            np.where(zero, curvature, c.curvature),
            np.where(zero, curvature_derivative, c.curvature_derivative),
        )

    return rows


def _hurdle(counts: Counts, zero_rate: Callable[[Array, Auxiliary], ZeroRate]) -> Counts:
    """Return P(0) = 1 - psi and, above the hurdle, P(y) = psi counts(y) / (1 - counts(0)).

    With counts(0) = exp(-A), A'/A = r and A''/A' = t, the derivative of -log(1 - exp(-A)) in eta
    is -g(A) r with g(A) = A / (exp(A) - 1): finite however small the mean is.
    """

    def rows(y: Array, eta: Array, real: Auxiliary) -> ResponseRows:
        c, rate = counts(y, eta, real), zero_rate(eta, real)
        g, dg, ddg = _odds_function(rate.value)
        derivative, t = rate.derivative, rate.ratio
        r = derivative / rate.value
        dr = r * (t - r)
        ddr = dr * (t - r) + r * (rate.ratio_derivative - dr)
        above = log_expit(real["psi"]) + c.log_likelihood - np.log(-np.expm1(-rate.value))
        curvature = c.curvature + dg * derivative * r + g * dr
        curvature_derivative = (
            c.curvature_derivative
            + ddg * derivative**2 * r
            + dg * derivative * (t * r + 2 * dr)
            + g * ddr
        )
        zero = y == 0
        return ResponseRows(
            np.where(zero, log_expit(-real["psi"]), above),
            np.where(zero, 0.0, c.score - g * r),
            np.where(zero, 0.0, curvature),
            np.where(zero, 0.0, curvature_derivative),
        )

    return rows


def _poisson_zero(eta: Array, _: Auxiliary) -> ZeroRate:
    mu = np.exp(eta)
    return ZeroRate(mu, mu, np.ones_like(mu), np.zeros_like(mu))


def _negativebinomial_zero(eta: Array, real: Auxiliary) -> ZeroRate:
    alpha = float(np.exp(real["alpha"]))
    z = np.exp(eta) / alpha
    share = 1 / (1 + z)
    return ZeroRate(alpha * np.log1p(z), alpha * z * share, share, -share * z * share)


def _odds_function(a: Array) -> tuple[Array, Array, Array]:
    """Return g(a) = a / (exp(a) - 1) and its first two derivatives, for a > 0."""
    with np.errstate(over="ignore"):  # then g is 0
        g = a / np.expm1(a)
    dg = g / a * (1 - a - g)
    ddg = (dg - g / a) / a * (1 - a - g) - g / a * (1 + dg)
    near = a < _NEAR_ZERO
    small = np.where(near, a, 0.0)
    return tuple(
        np.where(near, series(small), far)
        for series, far in zip(
            (_SERIES, _SERIES.deriv(), _SERIES.deriv(2)), (g, dg, ddg), strict=True
        )
    )


# By the names that the families give in `Estimation.rows`.
_ROWS: Mapping[str, Counts] = {
    "negativebinomial": _negativebinomial,
    "zero_inflated_poisson": _zero_inflated(_poisson),
    "zero_inflated_negativebinomial": _zero_inflated(_negativebinomial),
    "hurdle_poisson": _hurdle(_poisson, _poisson_zero),
    "hurdle_negativebinomial": _hurdle(_negativebinomial, _negativebinomial_zero),
}
