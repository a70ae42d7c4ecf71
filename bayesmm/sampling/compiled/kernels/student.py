"""Student-t rows: y_i = mu_i + sigma t_i with nu degrees of freedom; weights count rows.

Statistics: total weight.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.elementary import digamma, log1p
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.links import identity_mean, inverse_mean, log_mean
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS", "responses"]


def _rows(link):
    """Return the sum of -(nu + 1) / 2 log(1 + z^2 / nu), z = (y - mu) / sigma."""

    @bare
    def rows(columns, first, n, eta, work, auxiliary, d_auxiliary):
        y = columns[0, first : first + n]
        weight = columns[1, first : first + n]
        sigma, nu = auxiliary[0], auxiliary[1]
        power = 0.5 * (nu + 1.0)
        shares = work[CHUNK:]
        for i in range(n):
            mu, slope = link(eta[i])
            z = (y[i] - mu) / sigma
            square = z * z / nu
            # share of the square in 1 + square
            share = square / (1.0 + square)
            work[i] = weight[i] * log1p(square)
            shares[i] = weight[i] * share
            eta[i] = 2.0 * power * weight[i] * z / (nu * (1.0 + square)) / sigma * slope
        log_density, pull = halved_sum(work, n), halved_sum(shares, n)
        d_auxiliary[0] += 2.0 * power * pull / sigma
        d_auxiliary[1] += power * pull / nu - 0.5 * log_density
        return -power * log_density

    return rows


@bare
def _totals(statistics, auxiliary, d_auxiliary):
    """Return what normalises the density, total weight times."""
    n, sigma, nu = statistics[0], auxiliary[0], auxiliary[1]
    upper, lower = 0.5 * (nu + 1.0), 0.5 * nu
    d_auxiliary[0] -= n / sigma
    d_auxiliary[1] += 0.5 * n * (digamma(upper) - digamma(lower) - 1.0 / nu)
    return n * (math.lgamma(upper) - math.lgamma(lower) - 0.5 * math.log(nu) - math.log(sigma))


ROWS = {
    "identity": RowFunctions(_rows(identity_mean), _totals),
    "log": RowFunctions(_rows(log_mean), _totals),
    "inverse": RowFunctions(_rows(inverse_mean), _totals),
}


def responses(y, w, _trials):
    """Return what the rows read; weights are folded in."""
    return Responses((y, w), np.array([w.sum()]), "same")
