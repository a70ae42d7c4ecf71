"""Rows of ordered categories that count once each, under the logit link.

As in `cumulative`, with the logarithms as the logarithm of one product. Few arrays are read in each
loop: beyond that they are no vector instructions.
"""

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.cumulative import place_cuts, totals
from bayesmm.sampling.compiled.kernels.elementary import exp
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import halved_log_product, halved_sum
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS"]


@bare
def _shares(z, factors, n):
    """Replace z by 1 / (1 + e^-z); return the sum of log(1 + e^z), whose factors are in [1, 2]."""
    for i in range(n):
        factors[i] = 1.0 + exp(-abs(z[i]))
    log_density = 0.0
    for i in range(n):
        factor = factors[i]
        share = 1.0 / factor
        positive = z[i] > 0.0
        factors[CHUNK + i] = z[i] if positive else 0.0
        z[i] = share if positive else (factor - 1.0) * share
    log_density = halved_sum(factors[CHUNK:], n)
    return log_density + halved_log_product(factors, n)


@bare
def _rows_logit(columns, first, n, eta, work, gaps, d_gaps):
    """Return the sum of what depends on eta."""
    category = columns[0, first : first + n]
    lower, upper = work[:CHUNK], work[CHUNK : 2 * CHUNK]
    scratch, cuts = work[2 * CHUNK :], work[4 * CHUNK :]
    if n == 0:
        return 0.0
    K = int(columns[2, first] + 0.5)
    place_cuts(cuts, gaps, K)
    for i in range(n):
        lower[i] = cuts[0] - eta[i]
        upper[i] = eta[i] - cuts[1]
    for k in range(1, K):
        below, above = cuts[k], cuts[k + 1]
        for i in range(n):
            inside = category[i] > k + 0.5
            lower[i] = below - eta[i] if inside else lower[i]
            upper[i] = eta[i] - above if inside else upper[i]
    log_density = -_shares(lower, scratch, n) - _shares(upper, scratch, n)
    for i in range(n):
        eta[i] = lower[i] - upper[i]
    for k in range(2, K):
        for i in range(n):
            scratch[i] = upper[i] if category[i] > k - 0.5 else 0.0
            scratch[i] -= lower[i] if category[i] > k + 0.5 else 0.0
        d_gaps[k - 2] += halved_sum(scratch, n)
    return log_density


ROWS = {"logit": RowFunctions(_rows_logit, totals)}
