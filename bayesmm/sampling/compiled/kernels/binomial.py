"""Binomial rows: y_i successes of m_i trials; weights and rows alike add to both."""

import numba

from bayesmm.sampling.compiled.kernels.elementary import exp, log1p_unit
from bayesmm.sampling.compiled.kernels.joint import joint_density, no_totals
from bayesmm.sampling.compiled.kernels.links import cloglog_probability, probit_probability
from bayesmm.sampling.compiled.kernels.reductions import halved_sum

__all__ = ["DENSITIES"]


@numba.njit(error_model="numpy")
def _rows_logit(data, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y eta - m log(1 + e^eta)."""
    y = data.columns[0, first : first + n]
    trials = data.columns[1, first : first + n]
    for i in range(n):
        e = exp(-abs(eta[i]))
        share = 1.0 / (1.0 + e)
        p = share if eta[i] > 0.0 else e * share
        work[i] = y[i] * eta[i] - trials[i] * (max(eta[i], 0.0) + log1p_unit(e))
        eta[i] = y[i] - trials[i] * p
    return halved_sum(work, n)


@numba.njit(inline="always", error_model="numpy")
def _rows(link, data, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y log p + (m - y) log(1 - p)."""
    y = data.columns[0, first : first + n]
    trials = data.columns[1, first : first + n]
    for i in range(n):
        log_p, log_q, d_log_p, d_log_q = link(eta[i])
        failures = trials[i] - y[i]
        # A zero count says nothing about a probability of zero.
        work[i] = (y[i] * log_p if y[i] > 0.0 else 0.0) + (
            failures * log_q if failures > 0.0 else 0.0
        )
        eta[i] = (y[i] * d_log_p if y[i] > 0.0 else 0.0) + (
            failures * d_log_q if failures > 0.0 else 0.0
        )
    return halved_sum(work, n)


@numba.njit(error_model="numpy")
def _rows_probit(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(probit_probability, data, first, n, eta, work, auxiliary, d_auxiliary)


@numba.njit(error_model="numpy")
def _rows_cloglog(data, first, n, eta, work, auxiliary, d_auxiliary):
    return _rows(cloglog_probability, data, first, n, eta, work, auxiliary, d_auxiliary)


def logit(dimension, x, gradient, log_density, table):
    """Binomial with logit link."""
    return joint_density(_rows_logit, no_totals, dimension, x, gradient, log_density, table)


def probit(dimension, x, gradient, log_density, table):
    """Binomial with probit link."""
    return joint_density(_rows_probit, no_totals, dimension, x, gradient, log_density, table)


def cloglog(dimension, x, gradient, log_density, table):
    """Binomial with cloglog link."""
    return joint_density(_rows_cloglog, no_totals, dimension, x, gradient, log_density, table)


DENSITIES = {"logit": logit, "probit": probit, "cloglog": cloglog}
