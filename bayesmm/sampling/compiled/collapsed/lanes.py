"""The eliminated factor again, for many unlike groups and few columns: 16 groups at a time.

The same sums as ``groups.rows_forward`` and ``rows_backward``, with the groups in blocks whose
innermost axis is the group, so that every loop over it is a few vector instructions. Blocks are
filled up with empty groups (R = T = 0), which contribute nothing to the density.
"""

import math

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import bare, flat

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


@flat
def _set(v, value):
    for i in range(LANES):
        v[i] = value


@flat
def _add_scaled(v, x, factor):
    for i in range(LANES):
        v[i] += x[i] * factor


@flat
def _add_product(v, x, y):
    for i in range(LANES):
        v[i] += x[i] * y[i]


@flat
def _subtract_product(v, x, y):
    for i in range(LANES):
        v[i] -= x[i] * y[i]


@flat
def _set_product(v, x, y):
    for i in range(LANES):
        v[i] = x[i] * y[i]


@flat
def _copy(v, x):
    for i in range(LANES):
        v[i] = x[i]


@bare
def lanes_forward(arena, R, T, Lam, variance, factors, F, C):  # noqa: PLR0912 - loops
    """Add sum_j F_j'F_j to C, keep l_j (reciprocal diagonal) and F_j; return their log-dets."""
    blocks, q, m, _ = T.shape
    if blocks == 0:
        return 0.0
    E = take(arena, (q, q, LANES))
    gram = take_zeros(arena, (m, m, LANES))
    ratio, v = take(arena, (LANES,)), take(arena, (LANES,))
    _set(ratio, 1.0)
    scale = 1.0 / math.sqrt(variance)
    per_logarithm = max(1, _FACTORS_PER_LOGARITHM // max(q, 1))
    log_det = 0.0
    for k in range(blocks):
        chol = factors[k]
        for a in range(q):
            for c in range(q):
                _set(v, 0.0)
                for d in range(max(a, c), q):
                    _add_scaled(v, R[k, a, d], Lam[d, c])
                _copy(E[a, c], v)
        for a in range(q):
            for c in range(a + 1):
                _set(v, variance if a == c else 0.0)
                for d in range(q):
                    _add_product(v, E[a, d], E[c, d])
                for d in range(c):
                    _subtract_product(v, chol[a, d], chol[c, d])
                if a == c:
                    for i in range(LANES):
                        root = math.sqrt(v[i])
                        ratio[i] *= root * scale
                        chol[a, a, i] = 1.0 / root
                else:
                    _set_product(chol[a, c], v, chol[c, c])
        if (k + 1) % per_logarithm == 0:
            for i in range(LANES):
                log_det += 2.0 * math.log(ratio[i])
                ratio[i] = 1.0
        for c in range(m):
            for a in range(q):
                _copy(v, T[k, a, c])
                for d in range(a):
                    _subtract_product(v, chol[a, d], F[k, d, c])
                _set_product(F[k, a, c], v, chol[a, a])
        for c in range(m):
            for d in range(c + 1):
                for a in range(q):
                    _add_product(gram[d, c], F[k, a, c], F[k, a, d])
    for i in range(LANES):
        log_det += 2.0 * math.log(ratio[i])
    for d in range(m):
        for c in range(d, m):
            C[d, c] += lane_sum(gram[d, c])
    return log_det


@bare
def lanes_backward(arena, R, factors, F, Q, bandwidth, total):  # noqa: PLR0912 - loops
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
                _set(v, 1.0 if a == c else 0.0)
                for d in range(c, a):
                    _subtract_product(v, chol[a, d], inverse[d, c])
                _set_product(inverse[a, c], v, chol[a, a])
        for a in range(q):
            for c in range(a + 1):
                _set(v, 0.0)
                for d in range(a, q):
                    _add_product(v, inverse[d, a], inverse[d, c])
                _copy(K[a, c], v)
        for e in range(m):
            last = min(e + bandwidth + 1, m)
            for a in range(q - 1, -1, -1):
                _set(v, 0.0)
                for d in range(last):
                    _add_scaled(v, F[k, a, d], Q[d, e])
                _add_product(traces_C, v, v)
                for d in range(a + 1, q):
                    _subtract_product(v, chol[d, a], Y[d])
                _set_product(Y[a], v, chol[a, a])
            for a in range(q):
                for c in range(a + 1):
                    _subtract_product(K[a, c], Y[a], Y[c])
        for a in range(q):
            _add_scaled(traces_K, K[a, a], 1.0)
            for c in range(a):
                _copy(K[c, a], K[a, c])
        for c in range(q):  # column c of K R, then R' times it
            for a in range(q):
                _set(v, 0.0)
                for d in range(c + 1):
                    _add_product(v, K[a, d], R[k, d, c])
                _copy(half[a], v)
            for a in range(c, q):
                for d in range(a + 1):
                    _add_product(sums[a, c], R[k, d, a], half[d])
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
