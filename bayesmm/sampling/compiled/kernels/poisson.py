"""Poisson rows: y_i counts over m_i units; weights and rows alike add to both."""

import math

import numba

from bayesmm.sampling.compiled.kernels.elementary import exp
from bayesmm.sampling.compiled.kernels.joint import joint_density, no_totals
from bayesmm.sampling.compiled.kernels.reductions import halved_sum

__all__ = ["DENSITIES"]


@numba.njit(error_model="numpy")
def _rows_log(data, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y eta - m e^eta."""
    y = data.columns[0, first : first + n]
    units = data.columns[1, first : first + n]
    for i in range(n):
        mean = units[i] * exp(eta[i])
        work[i] = y[i] * eta[i] - mean
        eta[i] = y[i] - mean
    return halved_sum(work, n)


@numba.njit(error_model="numpy")
def _rows_identity(data, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y log eta - m eta; a mean that is not positive is impossible."""
    y = data.columns[0, first : first + n]
    units = data.columns[1, first : first + n]
    for i in range(n):
        mean = eta[i] if eta[i] > 0.0 else math.nan
        work[i] = y[i] * math.log(mean) - units[i] * mean
        eta[i] = y[i] / mean - units[i]
    return halved_sum(work, n)


def log(dimension, x, gradient, log_density, table):
    """Poisson with log link."""
    return joint_density(_rows_log, no_totals, dimension, x, gradient, log_density, table)


def identity(dimension, x, gradient, log_density, table):
    """Poisson with identity link."""
    return joint_density(_rows_identity, no_totals, dimension, x, gradient, log_density, table)


DENSITIES = {"log": log, "identity": identity}
