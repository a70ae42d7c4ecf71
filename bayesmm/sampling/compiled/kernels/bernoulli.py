"""Bernoulli rows of one trial each under the logit link.

Rows alike, sizes and other links are binomial rows, see `binomial`.
"""

import numba

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.elementary import exp
from bayesmm.sampling.compiled.kernels.joint import joint_density, no_totals
from bayesmm.sampling.compiled.kernels.reductions import halved_log_product, halved_sum

__all__ = ["DENSITIES"]


@numba.njit(error_model="numpy")
def _rows_logit(data, first, n, eta, work, _auxiliary, _d_auxiliary):
    """Return the sum of y eta - max(eta, 0) - log(1 + e^-|eta|).

    The logarithms are the logarithm of one product, whose factors are in [1, 2].
    """
    y = data.columns[0, first : first + n]
    factors = work[CHUNK:]
    for i in range(n):
        e = exp(-abs(eta[i]))
        factor = 1.0 + e
        share = 1.0 / factor
        factors[i] = factor
        work[i] = y[i] * eta[i] - max(eta[i], 0.0)
        eta[i] = y[i] - (share if eta[i] > 0.0 else e * share)
    return halved_sum(work, n) - halved_log_product(factors, n)


def logit(dimension, x, gradient, log_density, table):
    """Bernoulli with logit link."""
    return joint_density(_rows_logit, no_totals, dimension, x, gradient, log_density, table)


DENSITIES = {"logit": logit}
