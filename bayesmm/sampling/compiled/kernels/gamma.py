"""Gamma rows: positive y_i with mean mu_i and variance mu_i^2 / alpha.

Rows alike and weights add y_i and units m_i. Statistics: total weight, weighted sum of log y.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.elementary import digamma, exp, log
from bayesmm.sampling.compiled.kernels.inner import bare, inlined
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS", "responses"]


@inlined
def _log(eta):
    """Return log mu, 1 / mu and d log mu / d eta under the log link."""
    return eta, exp(-eta), 1.0


@inlined
def _inverse(eta):
    """Return the same under the inverse link; NaN when the mean is not positive."""
    return -log(eta), eta, -1.0 / eta


@inlined
def _identity(eta):
    """Return the same under the identity link; NaN when the mean is not positive."""
    return log(eta), 1.0 / eta, 1.0 / eta


def _rows(link):
    """Return -alpha times the sum of m log mu + y / mu."""

    @bare
    def rows(columns, first, n, eta, work, auxiliary, d_auxiliary):
        y = columns[0, first : first + n]
        units = columns[1, first : first + n]
        alpha = auxiliary[0]
        for i in range(n):
            log_mu, rate, slope = link(eta[i])
            ratio = y[i] * rate
            work[i] = units[i] * log_mu + ratio
            eta[i] = alpha * (ratio - units[i]) * slope
        total = halved_sum(work, n)
        d_auxiliary[0] -= total
        return -alpha * total

    return rows


@bare
def _totals(statistics, auxiliary, d_auxiliary):
    """Return n (alpha log alpha - log Gamma(alpha)) + (alpha - 1) times the sum of log y."""
    n, sum_log, alpha = statistics[0], statistics[1], auxiliary[0]
    log_alpha = math.log(alpha)
    d_auxiliary[0] += n * (log_alpha + 1.0 - digamma(alpha)) + sum_log
    return n * (alpha * log_alpha - math.lgamma(alpha)) + (alpha - 1.0) * sum_log


ROWS = {
    "inverse": RowFunctions(_rows(_inverse), _totals),
    "log": RowFunctions(_rows(_log), _totals),
    "identity": RowFunctions(_rows(_identity), _totals),
}


def responses(y, w, _trials):
    """Return what the rows read; weights are folded in."""
    return Responses((y * w, w), np.array([w.sum(), (w * np.log(y)).sum()]))
