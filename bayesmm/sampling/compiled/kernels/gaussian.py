"""Gaussian rows: y_i ~ N(mu_i, sigma^2 / w_i).

Rows alike in everything but y are one row with the weighted mean of y and the sum of weights;
the sum of squares within is in the totals. Statistics: number of observations n, sum of squares
within rows alike.
"""

import math

import numba

from bayesmm.sampling.compiled.kernels.joint import joint_density
from bayesmm.sampling.compiled.kernels.links import identity_mean, inverse_mean, log_mean
from bayesmm.sampling.compiled.kernels.reductions import halved_sum

__all__ = ["DENSITIES"]


@numba.njit(inline="always", error_model="numpy")
def _rows(link, data, first, n, eta, work, auxiliary, d_auxiliary):
    """Return minus half the weighted sum of squares over sigma^2."""
    y = data.columns[0, first : first + n]
    weight = data.columns[1, first : first + n]
    precision = 1.0 / (auxiliary[0] * auxiliary[0])
    for i in range(n):
        mu, slope = link(eta[i])
        residual = y[i] - mu
        weighted = weight[i] * precision * residual
        eta[i] = weighted * slope
        work[i] = weighted * residual
    squares = halved_sum(work, n)
    d_auxiliary[0] += squares / auxiliary[0]
    return -0.5 * squares


@numba.njit(error_model="numpy")
def _totals(statistics, auxiliary, d_auxiliary):
    """Return -n log sigma and the squares within rows alike."""
    n, within = statistics[0], statistics[1]
    sigma = auxiliary[0]
    squares = within / (sigma * sigma)
    d_auxiliary[0] += (squares - n) / sigma
    return -n * math.log(sigma) - 0.5 * squares


@numba.njit(error_model="numpy")
def _rows_identity(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(identity_mean, data, first, n, eta, work, auxiliary, d_auxiliary)


@numba.njit(error_model="numpy")
def _rows_log(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(log_mean, data, first, n, eta, work, auxiliary, d_auxiliary)


@numba.njit(error_model="numpy")
def _rows_inverse(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(inverse_mean, data, first, n, eta, work, auxiliary, d_auxiliary)


def identity(dimension, x, gradient, log_density, table):
    """Gaussian with identity link."""
    return joint_density(_rows_identity, _totals, dimension, x, gradient, log_density, table)


def log(dimension, x, gradient, log_density, table):
    """Gaussian with log link."""
    return joint_density(_rows_log, _totals, dimension, x, gradient, log_density, table)


def inverse(dimension, x, gradient, log_density, table):
    """Gaussian with inverse link."""
    return joint_density(_rows_inverse, _totals, dimension, x, gradient, log_density, table)


DENSITIES = {"identity": identity, "log": log, "inverse": inverse}
