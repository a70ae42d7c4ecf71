"""Negative binomial rows: counts with mean mu_i and variance mu_i + mu_i^2 / alpha.

Rows alike and weights add counts y_i and units m_i, because the Gamma functions of y and alpha
do not depend on the mean. Statistics: pairs (count, weight of the rows with that count).
"""

import math

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.elementary import exp, log1p_unit
from bayesmm.sampling.compiled.kernels.gamma_functions import log_rising
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.links import cloglog_mean, identity_mean
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses, paired
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS", "responses"]


@bare
def _rows_log(columns, first, n, eta, work, auxiliary, d_auxiliary):
    """Return the sum of y log p - m alpha s, p = mu / (alpha + mu), s = log(1 + mu / alpha)."""
    y = columns[0, first : first + n]
    units = columns[1, first : first + n]
    softplus = work[CHUNK:]
    alpha = auxiliary[0]
    log_alpha = math.log(alpha)
    for i in range(n):
        d = eta[i] - log_alpha
        e = exp(-abs(d))
        share = 1.0 / (1.0 + e)
        p = share if d > 0.0 else e * share
        s = max(d, 0.0) + log1p_unit(e)
        work[i] = y[i] * (d - s)
        softplus[i] = units[i] * s
        eta[i] = y[i] - (y[i] + units[i] * alpha) * p
    log_density = halved_sum(work, n)
    total = halved_sum(softplus, n)
    for i in range(n):
        work[i] = eta[i]
    # d/d alpha of a row is -m s - score / alpha
    d_auxiliary[0] -= total + halved_sum(work, n) / alpha
    return log_density - alpha * total


def _rows(link):
    """Return the same sum for a mean that any link gives."""

    @bare
    def rows(columns, first, n, eta, work, auxiliary, d_auxiliary):
        y = columns[0, first : first + n]
        units = columns[1, first : first + n]
        alpha = auxiliary[0]
        log_density = 0.0
        for i in range(n):
            mu, slope = link(eta[i])
            mu = mu if mu > 0.0 else math.nan
            s = math.log1p(mu / alpha)
            excess = y[i] - units[i] * mu
            log_density += y[i] * (math.log(mu / alpha) - s) - units[i] * alpha * s
            d_auxiliary[0] -= units[i] * s + excess / (alpha + mu)
            eta[i] = alpha * excess / (mu * (alpha + mu)) * slope
        return log_density

    return rows


@bare
def _totals(statistics, auxiliary, d_auxiliary):
    """Return the sum of log Gamma(y + alpha) - log Gamma(alpha) over all rows."""
    alpha = auxiliary[0]
    log_density = 0.0
    for u in range(0, statistics.size, 2):
        count, weight = statistics[u], statistics[u + 1]
        value, slope = log_rising(count, alpha)
        log_density += weight * value
        d_auxiliary[0] += weight * slope
    return log_density


ROWS = {
    "log": RowFunctions(_rows_log, _totals),
    "identity": RowFunctions(_rows(identity_mean), _totals),
    "cloglog": RowFunctions(_rows(cloglog_mean), _totals),
}


def responses(y, w, _trials):
    """Return what the rows read; weights are folded in."""
    pairs = paired(y, w)
    # log Gamma(0 + alpha) - log Gamma(alpha) = 0
    return Responses((y * w, w), pairs[pairs[:, 0] > 0].ravel())
