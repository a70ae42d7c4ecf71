"""Bernoulli rows of one trial each under the logit link.

Rows alike, sizes and other links are binomial rows, see `binomial`.
"""

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.elementary import exp
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import halved_log_product, halved_sum
from bayesmm.sampling.compiled.kernels.rows import RowFunctions

__all__ = ["ROWS"]


@bare
def _rows_logit(columns, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y eta - max(eta, 0) - log(1 + e^-|eta|).

    The logarithms are the logarithm of one product, whose factors are in [1, 2].
    """
    y = columns[0, first : first + n]
    factors = work[CHUNK:]
    for i in range(n):
        e = exp(-abs(eta[i]))
        factor = 1.0 + e
        share = 1.0 / factor
        factors[i] = factor
        work[i] = y[i] * eta[i] - max(eta[i], 0.0)
        eta[i] = y[i] - (share if eta[i] > 0.0 else e * share)
    return halved_sum(work, n) - halved_log_product(factors, n)


ROWS = {"logit": RowFunctions(_rows_logit)}
