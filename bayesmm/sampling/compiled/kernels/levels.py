"""Levels of a grouping factor side by side: each one's own block factored, and the way back.

What is known of n levels of q effects is flat, of shape (q, V, n): operations go along the levels.
The first q of the V columns are a positive definite matrix A per level, right of its diagonal, the
others the columns F that it is eliminated from. Kept is [K' | E] with K K' = A and E = K^-1 F, and
1 / K_aa on the diagonal.

The transported density (`elimination`) has A = I + C'F_own C, and what is coarser loses E'E, its
Schur complement. The integrated gaussian one (`collapsed.alone`) has the covariance of the
responses of a level for A, and the rest gains E'E: nothing is subtracted, so nothing cancels.

References
----------
Giles (2008), doi:10.1007/978-3-540-68942-3_4, of derivatives of matrix factorisations.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare, flat
from bayesmm.sampling.compiled.kernels.reductions import add_dots
from bayesmm.sampling.compiled.kernels.vectors import multiply, scaled_vector, subtract_product

__all__ = ["add_products", "factor_levels", "levels_backward"]

# Pivots are multiplied up to here before a logarithm is taken.
_LARGE = 1e150


@flat
def factor_levels(factors, first, q, V, n):
    """Turn [A | F] at ``factors[first:]`` into [K' | E]; return sum log K_aa.

    NaN where a matrix is not positive definite.
    """
    log_det = 0.0
    for a in range(q):
        row = first + a * V * n
        log_det += _invert_roots(factors[row + a * n : row + (a + 1) * n])
        for t in range(a + 1, V):
            multiply(factors, row + t * n, factors, row + a * n, n)
        for b in range(a + 1, q):
            for t in range(b, V):
                place = first + (b * V + t) * n
                subtract_product(factors, place, factors, row + b * n, factors, row + t * n, n)
    return log_det


@bare
def _invert_roots(pivots):
    """Replace pivots by 1 / sqrt; return half the sum of their logarithms."""
    log_det, product = 0.0, 1.0
    for j in range(pivots.shape[0]):
        pivot = pivots[j]
        if not pivot > 0.0:
            return math.nan
        product *= pivot
        if product > _LARGE:
            log_det += math.log(product)
            product = 1.0
    for j in range(pivots.shape[0]):
        pivots[j] = 1.0 / math.sqrt(pivots[j])
    return 0.5 * (log_det + math.log(product))


@flat
def add_products(factors, at, n, sign, rest):
    """Add ``sign`` e'e to the upper triangle of `rest`, e the columns at ``factors[at:]``."""
    for r in range(rest.shape[0]):
        add_dots(rest[r, r:], sign, factors, at + r * n, factors, at + r * n, n)


@flat
def levels_backward(factors, first, q, V, n, tail, small):
    """Turn derivatives in E, and in K alone, into those in F and A.

    Those in E are in `tail`, (q, V, n), of which the first q columns are not used; those in K' by
    other ways than E in `small`, (q, q, n), symmetric afterwards. `factors` is as left by
    `factor_levels`.
    """
    for a in range(q - 1, -1, -1):
        for t in range(q, V):
            place = (a * V + t) * n
            for b in range(a + 1, q):
                across = first + (a * V + b) * n
                subtract_product(tail, place, factors, across, tail, (b * V + t) * n, n)
            multiply(tail, place, factors, first + (a * V + a) * n, n)
    for a in range(q):
        for b in range(a + 1):
            slope = small[(b * q + a) * n : (b * q + a + 1) * n]
            for t in range(q, V):
                place = first + (b * V + t) * n
                subtract_product(slope, 0, tail, (a * V + t) * n, factors, place, n)
    _factors_backward(factors, first, q, V, n, small)


@bare
def _factors_backward(factors, first, q, V, n, small):
    """Turn derivatives in K' (upper, in `small`) into those in K K', symmetric."""
    for k in range(q - 1, -1, -1):
        for r in range(k + 1, q):
            for t in range(r, q):
                product, upper = (r * q + t) * n, first + k * V * n
                subtract_product(small, (k * q + r) * n, small, product, factors, upper + t * n, n)
                subtract_product(small, (k * q + t) * n, factors, upper + r * n, small, product, n)
        inverse = first + (k * V + k) * n
        pivot = small[(k * q + k) * n : (k * q + k + 1) * n]
        for t in range(k + 1, q):
            place = (k * q + t) * n
            multiply(small, place, factors, inverse, n)
            subtract_product(pivot, 0, small, place, factors, first + (k * V + t) * n, n)
        multiply(pivot, 0, factors, inverse, n)
        scaled_vector(pivot, 0, 0.5, pivot, 0, n)
    for k in range(q):
        for t in range(k + 1, q):
            scaled_vector(small, (k * q + t) * n, 0.5, small, (k * q + t) * n, n)
            scaled_vector(small, (t * q + k) * n, 1.0, small, (k * q + t) * n, n)
