"""Cholesky factors of many small matrices at once, the matrix axes first.

LAPACK is called matrix by matrix, which for 2 x 2 matrices is all overhead; here each step of
the algorithm is one operation on all of them.
"""

import numpy as np

from bayesmm.arrays import Array

__all__ = ["back_substitute", "cholesky", "forward_substitute"]


def cholesky(matrices: Array) -> Array:
    """Return lower L with L L' = A for matrices of shape (q, q, ...).

    A pivot that rounding makes negative counts as zero, and its column with it: correlations
    of +-1 have a factor too.
    """
    q = len(matrices)
    L = np.zeros_like(matrices)
    for b in range(q):
        pivot = matrices[b, b] - np.sum(L[b, :b] ** 2, axis=0)
        root = L[b, b] = np.sqrt(np.maximum(pivot, 0.0))
        safe = np.where(root > 0, root, np.inf)
        for a in range(b + 1, q):
            L[a, b] = (matrices[a, b] - np.sum(L[a, :b] * L[b, :b], axis=0)) / safe
    return L


def forward_substitute(L: Array, right: Array) -> Array:
    """Return L^-1 B for L of shape (q, q, ...) and B of shape (q, ...)."""
    x = np.empty(np.broadcast_shapes(right.shape, L.shape[1:]))
    for a in range(len(L)):
        x[a] = (right[a] - np.sum(L[a, :a] * x[:a], axis=0)) / L[a, a]
    return x


def back_substitute(L: Array, right: Array) -> Array:
    """Return L'^-1 B for L of shape (q, q, ...) and B of shape (q, ...)."""
    x = np.empty(np.broadcast_shapes(right.shape, L.shape[1:]))
    for a in reversed(range(len(L))):
        x[a] = (right[a] - np.sum(L[a + 1 :, a] * x[a + 1 :], axis=0)) / L[a, a]
    return x
