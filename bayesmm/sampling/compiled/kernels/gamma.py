"""Gamma rows: positive y_i with mean mu_i and variance mu_i^2 / alpha.

Rows alike and weights add y_i and units m_i. Statistics: total weight, weighted sum of log y.
"""

import math

import numba

from bayesmm.sampling.compiled.kernels.elementary import digamma, exp
from bayesmm.sampling.compiled.kernels.joint import joint_density
from bayesmm.sampling.compiled.kernels.reductions import halved_sum

__all__ = ["DENSITIES"]


@numba.njit(inline="always", error_model="numpy")
def _log(eta):
    """Return log mu, 1 / mu and d log mu / d eta under the log link."""
    return eta, exp(-eta), 1.0


@numba.njit(inline="always", error_model="numpy")
def _inverse(eta):
    """Return the same under the inverse link; NaN when the mean is not positive."""
    return -math.log(eta), eta, -1.0 / eta


@numba.njit(inline="always", error_model="numpy")
def _identity(eta):
    """Return the same under the identity link; NaN when the mean is not positive."""
    return math.log(eta), 1.0 / eta, 1.0 / eta


@numba.njit(inline="always", error_model="numpy")
def _rows(link, data, first, n, eta, work, auxiliary, d_auxiliary):
    """Return -alpha times the sum of m log mu + y / mu."""
    y = data.columns[0, first : first + n]
    units = data.columns[1, first : first + n]
    alpha = auxiliary[0]
    for i in range(n):
        log_mu, rate, slope = link(eta[i])
        ratio = y[i] * rate
        work[i] = units[i] * log_mu + ratio
        eta[i] = alpha * (ratio - units[i]) * slope
    total = halved_sum(work, n)
    d_auxiliary[0] -= total
    return -alpha * total


@numba.njit(error_model="numpy")
def _totals(statistics, auxiliary, d_auxiliary):
    """Return n (alpha log alpha - log Gamma(alpha)) + (alpha - 1) times the sum of log y."""
    n, sum_log, alpha = statistics[0], statistics[1], auxiliary[0]
    log_alpha = math.log(alpha)
    d_auxiliary[0] += n * (log_alpha + 1.0 - digamma(alpha)) + sum_log
    return n * (alpha * log_alpha - math.lgamma(alpha)) + (alpha - 1.0) * sum_log


@numba.njit(error_model="numpy")
def _rows_inverse(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(_inverse, data, first, n, eta, work, auxiliary, d_auxiliary)


@numba.njit(error_model="numpy")
def _rows_log(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(_log, data, first, n, eta, work, auxiliary, d_auxiliary)


@numba.njit(error_model="numpy")
def _rows_identity(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(_identity, data, first, n, eta, work, auxiliary, d_auxiliary)


def inverse(dimension, x, gradient, log_density, table):
    """Gamma with inverse link."""
    return joint_density(_rows_inverse, _totals, dimension, x, gradient, log_density, table)


def log(dimension, x, gradient, log_density, table):
    """Gamma with log link."""
    return joint_density(_rows_log, _totals, dimension, x, gradient, log_density, table)


def identity(dimension, x, gradient, log_density, table):
    """Gamma with identity link."""
    return joint_density(_rows_identity, _totals, dimension, x, gradient, log_density, table)


DENSITIES = {"inverse": inverse, "log": log, "identity": identity}
