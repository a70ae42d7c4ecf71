"""Sums in a fixed order that are vector instructions without fastmath.

Strict arithmetic forbids the compiler to reorder a running sum, which makes it serial. Here the
order itself is wide: the second half of an array is added to the first until one is left. The
result does not depend on the machine, and its rounding error grows with log n only.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare, flat

__all__ = ["add_dots", "dot", "halved_log_product", "halved_sum", "run_sum"]


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


@bare
def _four_dots(x, i, y, j, n):
    """Return `dot` of a stretch of x with four stretches of y that follow each other.

    Four at a time, because one alone waits for each of its additions.
    """
    own = x[i : i + n]
    first, second = y[j : j + n], y[j + n : j + 2 * n]
    third, fourth = y[j + 2 * n : j + 3 * n], y[j + 3 * n : j + 4 * n]
    a0, a1, a2, a3 = 0.0, 0.0, 0.0, 0.0
    b0, b1, b2, b3 = 0.0, 0.0, 0.0, 0.0
    c0, c1, c2, c3 = 0.0, 0.0, 0.0, 0.0
    d0, d1, d2, d3 = 0.0, 0.0, 0.0, 0.0
    k = 0
    while k + 4 <= n:
        x0, x1, x2, x3 = own[k], own[k + 1], own[k + 2], own[k + 3]
        a0 += x0 * first[k]
        a1 += x1 * first[k + 1]
        a2 += x2 * first[k + 2]
        a3 += x3 * first[k + 3]
        b0 += x0 * second[k]
        b1 += x1 * second[k + 1]
        b2 += x2 * second[k + 2]
        b3 += x3 * second[k + 3]
        c0 += x0 * third[k]
        c1 += x1 * third[k + 1]
        c2 += x2 * third[k + 2]
        c3 += x3 * third[k + 3]
        d0 += x0 * fourth[k]
        d1 += x1 * fourth[k + 1]
        d2 += x2 * fourth[k + 2]
        d3 += x3 * fourth[k + 3]
        k += 4
    while k < n:
        a0 += own[k] * first[k]
        b0 += own[k] * second[k]
        c0 += own[k] * third[k]
        d0 += own[k] * fourth[k]
        k += 1
    return (
        (a0 + a1) + (a2 + a3),
        (b0 + b1) + (b2 + b3),
        (c0 + c1) + (c2 + c3),
        (d0 + d1) + (d2 + d3),
    )


@flat
def add_dots(out, sign, x, i, y, j, n):
    """Add ``sign`` times `dot` of a stretch of x with those of y that follow each other."""
    t = 0
    while t + 4 <= out.shape[0]:
        first, second, third, fourth = _four_dots(x, i, y, j + t * n, n)
        out[t] += sign * first
        out[t + 1] += sign * second
        out[t + 2] += sign * third
        out[t + 3] += sign * fourth
        t += 4
    while t < out.shape[0]:
        out[t] += sign * dot(x, i, y, j + t * n, n)
        t += 1
