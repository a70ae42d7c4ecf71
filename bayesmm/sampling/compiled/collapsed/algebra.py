"""Triangular algebra of small dense matrices, row by row so that every inner loop is contiguous.

A matrix is kept in its upper triangle. Each step adds multiples of a few rows to one row: such a
loop runs in vector registers without any change of the order of its sums, so that the bits of a
result do not depend on the machine's vector width.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.kernels.inner import ZERO, bare

__all__ = [
    "add_rows",
    "add_triangular_rows",
    "cholesky_upper",
    "invert_upper",
]


@bare
def add_rows(target, low, high, rows, first, last, coefficients, sign):
    """Add sign * sum_k coefficients[k] rows[k], first <= k < last, to target[low:high]."""
    # Unsigned: a signed index could count from the end, is tested for it, and stops vectorisation.
    k = first
    while k + 3 < last:
        c0 = sign * coefficients[k]
        c1 = sign * coefficients[k + 1]
        c2 = sign * coefficients[k + 2]
        c3 = sign * coefficients[k + 3]
        for i in range(np.uint64(low), np.uint64(high)):
            target[i] += (c0 * rows[k, i] + c1 * rows[k + 1, i]) + (
                c2 * rows[k + 2, i] + c3 * rows[k + 3, i]
            )
        k += 4
    while k < last:
        c0 = sign * coefficients[k]
        for i in range(np.uint64(low), np.uint64(high)):
            target[i] += c0 * rows[k, i]
        k += 1


@bare
def add_triangular_rows(target, rows, first, coefficients, sign, bandwidth):
    """As `add_rows` for all rows from `first`; row k is zero before column k - bandwidth."""
    n = rows.shape[0]
    for k in range(first, n, 8):
        add_rows(target, max(k - bandwidth, 0), n, rows, k, min(k + 8, n), coefficients, sign)


@bare
def cholesky_upper(A):
    """Overwrite the upper triangle of A with U, A = U'U; NaN when A is not positive."""
    n = A.shape[0]
    for i in range(n):
        add_rows(A[i], i, n, A, ZERO, i, A[:, i], -1.0)
        scale = 1.0 / math.sqrt(A[i, i])
        for j in range(i, n):
            A[i, j] *= scale


@bare
def invert_upper(U, V):
    """Set the upper triangle of V to U^-1; what is below the diagonal of V must be zero."""
    n = U.shape[0]
    for i in range(n - 1, -1, -1):
        for j in range(i + 1, n):
            V[i, j] = 0.0
        add_triangular_rows(V[i], V, i + 1, U[i], -1.0, ZERO)
        scale = 1.0 / U[i, i]
        V[i, i] = scale
        for j in range(i + 1, n):
            V[i, j] *= scale
