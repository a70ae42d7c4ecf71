"""One effect per level, each level by itself: what `elimination` does with arrays, in few passes.

With F and h of `levels_alone` and s the sd, w = (1 + s^2 F)^-1/2, v = w (z + s h w) and u = s v.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot, run_sum
from bayesmm.sampling.compiled.kernels.vectors import scaled_vector

__all__ = ["solve_single", "solve_single_backward"]

# Pivots are multiplied up to here before a logarithm is taken.
_LARGE = 1e150


@bare
def solve_single(s, F, h, z, w, v, u):
    """Write w, v and u of all levels; return sum log 1/w and sum v'v, NaN where there is no w."""
    J = F.shape[0]
    square = s * s
    for j in range(J):
        w[j] = 1.0 / math.sqrt(1.0 + square * F[j])
    for j in range(J):
        v[j] = (z[j] + s * h[j] * w[j]) * w[j]
    scaled_vector(u, 0, s, v, 0, J)
    return 0.5 * _log_product(square, F), dot(v, 0, v, 0, J)


@bare
def _log_product(square, F):
    """Return sum log(1 + s^2 F): four products side by side."""
    J = F.shape[0]
    total, k = 0.0, 0
    p0, p1, p2, p3 = 1.0, 1.0, 1.0, 1.0
    while k + 4 <= J:
        p0 *= 1.0 + square * F[k]
        p1 *= 1.0 + square * F[k + 1]
        p2 *= 1.0 + square * F[k + 2]
        p3 *= 1.0 + square * F[k + 3]
        if max(p0, p1, p2, p3) > _LARGE:
            total += (math.log(p0) + math.log(p1)) + (math.log(p2) + math.log(p3))
            p0, p1, p2, p3 = 1.0, 1.0, 1.0, 1.0
        k += 4
    total += (math.log(p0) + math.log(p1)) + (math.log(p2) + math.log(p3))
    while k < J:
        total += math.log(1.0 + square * F[k])
        k += 1
    return total


@bare
def solve_single_backward(s, F, h, w, v, d_u, scores, d_h, work):
    """Write the derivatives in z (`scores`) and h; return the one in s.

    s, F, h, w and v are as in `solve_single`, `d_u` has the derivatives in u, `work` is
    overwritten.
    """
    J = F.shape[0]
    for j in range(J):
        scores[j] = (s * d_u[j] - v[j]) * w[j]
    for j in range(J):
        d_h[j] = w[j] * scores[j]
    for j in range(J):
        squared = w[j] * w[j]
        work[j] = F[j] * (squared + d_h[j] * (v[j] + s * h[j] * squared))
    d_s = dot(d_u, 0, v, 0, J) + dot(d_h, 0, h, 0, J) - s * run_sum(work, 0, J)
    scaled_vector(d_h, 0, s, d_h, 0, J)
    return d_s
