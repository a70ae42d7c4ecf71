"""Rows of ordered categories under the logit link, two logistic functions each.

With cuts c_0 = -inf, c_1 = 0 (the first threshold is in the linear predictor), c_k = c_(k-1) + gap:

    log p = log(1 - e^-(c_y - c_(y-1))) - log(1 + e^(eta - c_y)) - log(1 + e^(c_(y-1) - eta)).

The first term depends on no eta, and is counted in the totals. Columns: category, weight, weight
times the number of categories. Statistics: the weight of the rows of each category, which is 0
where simulated responses, or those of a part of the data, have none in it.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.elementary import exp, log1p_unit
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import halved_sum
from bayesmm.sampling.compiled.kernels.responses import Responses
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["OF_SINGLE_TRIALS", "ROWS", "place_cuts", "responses", "totals"]

# By link, the module of faster rows where every row counts once.
OF_SINGLE_TRIALS = {"logit": "bayesmm.sampling.compiled.kernels.cumulative_single"}

# Beyond every linear predictor.
_FAR = 1e10
# Where in the last part of the scratch the derivatives in the cuts are; there are fewer cuts.
_SLOPES = 512


@bare
def place_cuts(cuts, gaps, K):
    """Fill the K + 1 cuts, and zeros for the derivatives in them."""
    cuts[0], cuts[1], cuts[K] = -_FAR, 0.0, _FAR
    for k in range(2, K):
        cuts[k] = cuts[k - 1] + gaps[k - 2]
    for k in range(K + 1):
        cuts[_SLOPES + k] = 0.0


@bare
def _rows_logit(columns, first, n, eta, work, gaps, d_gaps):
    """Return the sum of what depends on eta."""
    category, weight = columns[0, first : first + n], columns[1, first : first + n]
    lower, upper = work[:CHUNK], work[CHUNK : 2 * CHUNK]
    value, cuts = work[2 * CHUNK : 3 * CHUNK], work[3 * CHUNK : 4 * CHUNK]
    if n == 0:
        return 0.0
    K = int(columns[2, first] / weight[0] + 0.5)
    place_cuts(cuts, gaps, K)
    for i in range(n):
        k = int(category[i])
        lower[i], upper[i] = cuts[k - 1] - eta[i], eta[i] - cuts[k]
    for i in range(n):
        e = exp(-abs(lower[i]))
        share = 1.0 / (1.0 + e)
        below = share if lower[i] > 0.0 else e * share
        value[i] = max(lower[i], 0.0) + log1p_unit(e)
        e = exp(-abs(upper[i]))
        share = 1.0 / (1.0 + e)
        above = share if upper[i] > 0.0 else e * share
        value[i] = -weight[i] * (value[i] + max(upper[i], 0.0) + log1p_unit(e))
        lower[i], upper[i] = weight[i] * below, weight[i] * above
        eta[i] = lower[i] - upper[i]
    for i in range(n):
        k = int(category[i])
        cuts[_SLOPES + k - 1] -= lower[i]
        cuts[_SLOPES + k] += upper[i]
    slope = 0.0
    for k in range(K - 1, 1, -1):
        slope += cuts[_SLOPES + k]
        d_gaps[k - 2] += slope
    return halved_sum(value, n)


@bare
def totals(statistics, gaps, d_gaps):
    """Return the sum of log(1 - e^-gap) over the rows between two thresholds."""
    log_density = 0.0
    for k in range(2, statistics.size):
        gap, weight = gaps[k - 2], statistics[k - 1]
        if weight > 0.0:
            rest = -math.expm1(-gap)
            log_density += weight * math.log(rest)
            d_gaps[k - 2] += weight * (1.0 - rest) / rest
    return log_density


ROWS = {"logit": RowFunctions(_rows_logit, totals)}


def responses(y, w, categories):
    """Return what the rows read of categories 1, 2, ..., of which some may not occur."""
    weights = np.bincount(y.astype(np.int64) - 1, w, categories)
    return Responses((y, w, categories * w), weights, "same")
