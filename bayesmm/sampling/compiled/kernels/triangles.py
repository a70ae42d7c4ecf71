"""Triangular algebra of the effects of one level: a few rows, entry by entry."""

import math

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = [
    "cholesky_lower",
    "lower_times",
    "lower_transposed_times",
    "solve_lower",
    "solve_lower_transposed",
]


@bare
def cholesky_lower(A, n):
    """Overwrite the lower triangle of the leading n x n part of A with its Cholesky factor."""
    for a in range(n):
        for b in range(a + 1):
            s = A[a, b]
            for c in range(b):
                s -= A[a, c] * A[b, c]
            A[a, b] = math.sqrt(s) if a == b else s / A[b, b]


@bare
def solve_lower(L, n, x):
    """Overwrite x with L^-1 x."""
    for a in range(n):
        s = x[a]
        for b in range(a):
            s -= L[a, b] * x[b]
        x[a] = s / L[a, a]


@bare
def solve_lower_transposed(L, n, x):
    """Overwrite x with L'^-1 x."""
    for a in range(n - 1, -1, -1):
        s = x[a]
        for b in range(a + 1, n):
            s -= L[b, a] * x[b]
        x[a] = s / L[a, a]


@bare
def lower_times(L, x):
    """Overwrite x with L x: entry a needs those up to a."""
    for a in range(x.shape[0] - 1, -1, -1):
        s = 0.0
        for b in range(a + 1):
            s += L[a, b] * x[b]
        x[a] = s


@bare
def lower_transposed_times(L, x):
    """Overwrite x with L'x: entry b needs those from b on."""
    n = x.shape[0]
    for b in range(n):
        s = 0.0
        for a in range(b, n):
            s += L[a, b] * x[a]
        x[b] = s
