"""Sums in a fixed order that are vector instructions without fastmath.

Strict arithmetic forbids the compiler to reorder a running sum, which makes it serial. Here the
order itself is wide: the second half of an array is added to the first until one is left. The
result does not depend on the machine, and its rounding error grows with log n only.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["dot", "halved_log_product", "halved_sum", "run_sum"]


@bare
def halved_sum(values, n):
    """Return the sum of the first `n` >= 0 entries; overwrites them."""
    while n > 1:
        half = (n + 1) // 2
        for i in range(n - half):
            values[i] += values[half + i]
        n = half
    return values[0] if n == 1 else 0.0


@bare
def halved_log_product(values, n):
    """Return the sum of logs of the first `n` <= 1024 entries, all in [1, 2]; overwrites them.

    Two products of at most 512 factors each stay below 2^512, so two logarithms do.
    """
    while n > 2:
        half = (n + 1) // 2
        for i in range(n - half):
            values[i] *= values[half + i]
        n = half
    log_product = 0.0
    for i in range(n):
        log_product += math.log(values[i])
    return log_product


@bare
def run_sum(values, first, last):
    """Return the sum of ``values[first:last]``, four running sums side by side."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    i = first
    while i + 4 <= last:
        s0 += values[i]
        s1 += values[i + 1]
        s2 += values[i + 2]
        s3 += values[i + 3]
        i += 4
    while i < last:
        s0 += values[i]
        i += 1
    return (s0 + s1) + (s2 + s3)


@bare
def dot(x, i, y, j, n):
    """Return the sum of ``x[i + k] * y[j + k]`` for k < n, four running sums side by side."""
    s0, s1, s2, s3 = 0.0, 0.0, 0.0, 0.0
    k = 0
    while k + 4 <= n:
        s0 += x[i + k] * y[j + k]
        s1 += x[i + k + 1] * y[j + k + 1]
        s2 += x[i + k + 2] * y[j + k + 2]
        s3 += x[i + k + 3] * y[j + k + 3]
        k += 4
    while k < n:
        s0 += x[i + k] * y[j + k]
        k += 1
    return (s0 + s1) + (s2 + s3)
