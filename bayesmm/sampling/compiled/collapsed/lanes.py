"""The eliminated factor again, for many unlike groups and few columns: 16 groups at a time.

The same sums as ``groups.rows_forward`` and ``rows_backward``, with the groups in blocks whose
innermost axis is the group, so that every loop over it is a few vector instructions. Blocks are
filled up with empty groups (R = T = 0), which contribute nothing to the density.
"""

import math

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["LANES", "lanes_backward", "lanes_forward", "to_lanes"]

LANES = 16

# Products of ratios that are taken before a logarithm: each may reach 10^30 without overflow.
_FACTORS_PER_LOGARITHM = 8


def to_lanes(groups: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return an array (J, a, b) as (ceil(J / 16), a, b, 16), filled up with zeros."""
    J, a, b = groups.shape
    blocks = -(-J // LANES)
    padded = np.zeros((blocks * LANES, a, b))
    padded[:J] = groups
    return np.ascontiguousarray(padded.reshape(blocks, LANES, a, b).transpose(0, 2, 3, 1))


@bare
def lanes_forward(arena, R, T, Lam, variance, factors, F, C):  # noqa: PLR0912
    """Add sum_j F_j'F_j to C, keep l_j (reciprocal diagonal) and F_j; return their log-dets."""
    blocks, q, m, _ = T.shape
    if blocks == 0:
        return 0.0
    E = take(arena, (q, q, LANES))
    gram = take_zeros(arena, (m, m, LANES))
    ratio, v = take(arena, (LANES,)), take(arena, (LANES,))
    for i in range(LANES):
        ratio[i] = 1.0
    scale = 1.0 / math.sqrt(variance)
    per_logarithm = max(1, _FACTORS_PER_LOGARITHM // max(q, 1))
    log_det = 0.0
    for k in range(blocks):
        chol = factors[k]
        for a in range(q):
            for c in range(q):
                for i in range(LANES):
                    v[i] = 0.0
                for d in range(max(a, c), q):
                    w = Lam[d, c]
                    for i in range(LANES):
                        v[i] += R[k, a, d, i] * w
                for i in range(LANES):
                    E[a, c, i] = v[i]
        for a in range(q):
            for c in range(a + 1):
                start = variance if a == c else 0.0
                for i in range(LANES):
                    v[i] = start
                for d in range(q):
                    for i in range(LANES):
                        v[i] += E[a, d, i] * E[c, d, i]
                for d in range(c):
                    for i in range(LANES):
                        v[i] -= chol[a, d, i] * chol[c, d, i]
                if a == c:
                    for i in range(LANES):
                        root = math.sqrt(v[i])
                        ratio[i] *= root * scale
                        chol[a, a, i] = 1.0 / root
                else:
                    for i in range(LANES):
                        chol[a, c, i] = v[i] * chol[c, c, i]
        if (k + 1) % per_logarithm == 0:
            for i in range(LANES):
                log_det += 2.0 * math.log(ratio[i])
                ratio[i] = 1.0
        for c in range(m):
            for a in range(q):
                for i in range(LANES):
                    v[i] = T[k, a, c, i]
                for d in range(a):
                    for i in range(LANES):
                        v[i] -= chol[a, d, i] * F[k, d, c, i]
                for i in range(LANES):
                    F[k, a, c, i] = v[i] * chol[a, a, i]
        for c in range(m):
            for d in range(c + 1):
                for a in range(q):
                    for i in range(LANES):
                        gram[d, c, i] += F[k, a, c, i] * F[k, a, d, i]
    for i in range(LANES):
        log_det += 2.0 * math.log(ratio[i])
    for d in range(m):
        for c in range(d, m):
            C[d, c] += lane_sum(gram[d, c])
    return log_det


@bare
def lanes_backward(arena, R, factors, F, Q, bandwidth, total):  # noqa: PLR0912
    """Add sum_j R_j'K_jR_j to `total`; return tr K (empty groups included) and tr(Psi C)."""
    blocks, q, m, _ = F.shape
    if blocks == 0:
        return 0.0, 0.0
    Y, half = take(arena, (q, LANES)), take(arena, (q, LANES))
    K = take(arena, (q, q, LANES))
    inverse, sums = take_zeros(arena, (q, q, LANES)), take_zeros(arena, (q, q, LANES))
    traces_K, traces_C = take_zeros(arena, (LANES,)), take_zeros(arena, (LANES,))
    v = take(arena, (LANES,))
    for k in range(blocks):
        chol = factors[k]
        for c in range(q):
            for a in range(c, q):
                start = 1.0 if a == c else 0.0
                for i in range(LANES):
                    v[i] = start
                for d in range(c, a):
                    for i in range(LANES):
                        v[i] -= chol[a, d, i] * inverse[d, c, i]
                for i in range(LANES):
                    inverse[a, c, i] = v[i] * chol[a, a, i]
        for a in range(q):
            for c in range(a + 1):
                for i in range(LANES):
                    v[i] = 0.0
                for d in range(a, q):
                    for i in range(LANES):
                        v[i] += inverse[d, a, i] * inverse[d, c, i]
                for i in range(LANES):
                    K[a, c, i] = v[i]
        for e in range(m):
            last = min(e + bandwidth + 1, m)
            for a in range(q - 1, -1, -1):
                for i in range(LANES):
                    v[i] = 0.0
                for d in range(last):
                    w = Q[d, e]
                    for i in range(LANES):
                        v[i] += F[k, a, d, i] * w
                for i in range(LANES):
                    traces_C[i] += v[i] * v[i]
                for d in range(a + 1, q):
                    for i in range(LANES):
                        v[i] -= chol[d, a, i] * Y[d, i]
                for i in range(LANES):
                    Y[a, i] = v[i] * chol[a, a, i]
            for a in range(q):
                for c in range(a + 1):
                    for i in range(LANES):
                        K[a, c, i] -= Y[a, i] * Y[c, i]
        for a in range(q):
            for i in range(LANES):
                traces_K[i] += K[a, a, i]
            for c in range(a):
                for i in range(LANES):
                    K[c, a, i] = K[a, c, i]
        for c in range(q):  # column c of K R, then R' times it
            for a in range(q):
                for i in range(LANES):
                    v[i] = 0.0
                for d in range(c + 1):
                    for i in range(LANES):
                        v[i] += K[a, d, i] * R[k, d, c, i]
                for i in range(LANES):
                    half[a, i] = v[i]
            for a in range(c, q):
                for d in range(a + 1):
                    for i in range(LANES):
                        sums[a, c, i] += R[k, d, a, i] * half[d, i]
    for a in range(q):
        for c in range(a + 1):
            s = lane_sum(sums[a, c])
            total[a, c] += s
            if a != c:
                total[c, a] += s
    return lane_sum(traces_K), lane_sum(traces_C)


@bare
def lane_sum(values):
    """Return the sum over the lanes in a fixed order."""
    s = 0.0
    for i in range(LANES):
        s += values[i]
    return s
