"""Gaussian rows: y_i ~ N(mu_i, sigma^2 / w_i).

Rows alike in everything but y are one row with the weighted mean of y and the sum of weights;
the sum of squares within is in the totals. Statistics: number of observations n, sum of squares
within rows alike.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.links import identity_mean, inverse_mean, log_mean
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS", "responses"]


def _rows(link):
    """Return minus half the weighted sum of squares over sigma^2."""

    @bare
    def rows(columns, first, n, eta, work, auxiliary, d_auxiliary):
        y = columns[0, first : first + n]
        weight = columns[1, first : first + n]
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

    return rows


@bare
def _totals(statistics, auxiliary, d_auxiliary):
    """Return -n log sigma and the squares within rows alike."""
    n, within = statistics[0], statistics[1]
    sigma = auxiliary[0]
    squares = within / (sigma * sigma)
    d_auxiliary[0] += (squares - n) / sigma
    return -n * math.log(sigma) - 0.5 * squares


ROWS = {
    "identity": RowFunctions(_rows(identity_mean), _totals),
    "log": RowFunctions(_rows(log_mean), _totals),
    "inverse": RowFunctions(_rows(inverse_mean), _totals),
}


def responses(y, w, _trials):
    """Return what the rows read; weights are folded in."""
    return Responses((y, w), np.array([float(y.size), 0.0]), "mean")
