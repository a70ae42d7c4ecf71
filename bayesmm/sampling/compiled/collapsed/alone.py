"""Groups of the eliminated factor that are alone with their R_j, side by side.

The sums of `groups` by the elimination of `kernels.levels`, in units of sigma: A = I + E_j E_j'
with E_j = R_j Lam / sigma, and the columns T_j / sigma. On the way back columns are turned by Q:
Psi = QQ' is then the identity, and log p has the derivatives -P in the columns P = F_j Q.

Many columns are taken tile by tile, the rows of a group after those of the one before: only what
has q x q entries stands side by side. With the columns side by side, too, a gradient takes 1.8
times as long with 24 of them, 2.7 times with 72.
"""

import math

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.collapsed.tile import TILE
from bayesmm.sampling.compiled.collapsed.tiled import add_gram, tiled_product
from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import ZERO, bare
from bayesmm.sampling.compiled.kernels.levels import add_products, factor_levels, levels_backward
from bayesmm.sampling.compiled.kernels.records import Vector
from bayesmm.sampling.compiled.kernels.reductions import dot, run_sum
from bayesmm.sampling.compiled.kernels.vectors import add, add_many, add_product, scaled_vector

__all__ = [
    "alone_backward",
    "alone_forward",
    "lay_side_by_side",
    "shapes_of_factors",
    "side_by_side",
]

# Groups whose arrays follow each other: few enough for the caches.
_STRETCH = 256


def side_by_side(groups: NDArray[np.float64]) -> Vector:
    """Return an array (J, a, b) flat, (a, b, groups) of one stretch of groups after the other."""
    starts = range(0, len(groups), _STRETCH)
    parts = [groups[i : i + _STRETCH].transpose(1, 2, 0).ravel() for i in starts]
    return np.concatenate([np.zeros(0), *parts])


@bare
def lay_side_by_side(groups, out):
    """Write what `side_by_side` returns."""
    J, rows, columns = groups.shape
    for first in range(0, J, _STRETCH):
        n, at = min(_STRETCH, J - first), first * rows * columns
        for a in range(rows):
            for b in range(columns):
                for j in range(n):
                    out[at + j] = groups[first + j, a, b]
                at += n


@bare
def shapes_of_factors(J, q, m, in_rows):
    """Return the number of entries of `factors`, and of rows of F, of `alone_forward`.

    F has a row per effect of each group, up to a multiple of 8 rows.
    """
    if in_rows:
        return J * q * q, -(-J * q // TILE) * TILE
    return J * q * (q + m), ZERO


@bare
def alone_forward(arena, J, R, T, r, Lam, variance, factors, F, C):
    """Add the groups' sum_j F_j'F_j to C, (m, m); return their log|V| / sigma^2n.

    R and T have R_j and T_j of J groups, see `side_by_side`; where F has rows, T has the groups one
    after the other. `r`, (q, J) or (q, 0), is the response in the place of that in T, `Lam` the
    factor of the effects' covariance, `variance` sigma^2. Overwritten: `factors` and F,
    [l_j' | F_j], see `kernels.levels`, without F_j where F has its rows.
    """
    q, m, scale = r.shape[0], C.shape[0], 1.0 / math.sqrt(variance)
    in_rows = F.shape[0] > 0
    V, log_det = q if in_rows else q + m, 0.0
    E = take(arena, (q * q * min(J, _STRETCH),))
    for first in range(0, J, _STRETCH):
        n, at = min(_STRETCH, J - first), first * q * V
        _covariances(R, first * q * q, Lam, scale, E, factors, at, q, V, n)
        for a in range(0 if in_rows else q):
            rest = at + (a * V + q) * n
            scaled_vector(factors, rest, scale, T, (first * q + a * n) * m, m * n)
            if r.shape[1] > 0:
                scaled_vector(factors, rest + (m - 1) * n, scale, r[a], first, n)
        log_det += 2.0 * factor_levels(factors, at, q, V, n)
        if in_rows:
            _solve_rows(T, first, scale, factors, at, q, n, F)
        for a in range(0 if in_rows else q):
            add_products(factors, at + (a * V + q) * n, n, 1.0, C)
    if in_rows:
        for k in range(J * q, F.shape[0]):
            for i in range(m):
                F[k, i] = 0.0
        add_gram(F, C)
    return log_det


@bare
def _covariances(R, from_R, Lam, scale, E, factors, at, q, V, n):
    """Write I + E E', right of its diagonal, with E = scale R Lam."""
    for a in range(q):
        for c in range(q):
            place, row = (a * q + c) * n, from_R + a * q * n
            d = max(a, c)
            scaled_vector(E, place, scale * Lam[d, c], R, row + d * n, n)
            for b in range(d + 1, q):
                add(E, place, scale * Lam[b, c], R, row + b * n, n)
    for a in range(q):
        for c in range(a, q):
            place = at + (a * V + c) * n
            for j in range(n):
                factors[place + j] = 1.0 if a == c else 0.0
            for d in range(q):
                add_product(factors, place, E, (a * q + d) * n, E, (c * q + d) * n, n)


@bare
def _solve_rows(T, first, scale, factors, at, q, n, F):
    """Write the rows F_j = l_j^-1 T_j / sigma of a stretch."""
    m = F.shape[1]
    for j in range(n):
        r = (first + j) * q
        for a in range(q):
            inverse = factors[at + (a * q + a) * n + j]
            row, own = F[r + a], T[(r + a) * m : (r + a + 1) * m]
            for i in range(m):
                row[i] = scale * inverse * own[i]
            for b in range(a):
                factor = inverse * factors[at + (b * q + a) * n + j]
                for i in range(m):
                    row[i] -= factor * F[r + b, i]


@bare
def alone_backward(arena, J, R, variance, factors, F, Q, bandwidth, solved, total):
    """Add sum_j R_j'K_jR_j to `total`, (q, q), see `groups`; return tr K and tr(Psi C).

    The rest is as in and from `alone_forward`; the columns of `factors` are overwritten. Psi = QQ',
    and row i of Q is zero before column i - bandwidth. `solved`, (q, J) or (q, 0), becomes N_j^-1
    T_j times the last column of Q, times sigma; not where F has rows.
    """
    q, size, in_rows = total.shape[0], min(J, _STRETCH), F.shape[0] > 0
    V, trace_K, trace_C = q if in_rows else q + Q.shape[0], 0.0, 0.0
    tail, small = take(arena, (q * V * size,)), take(arena, (q * q * size,))
    half, sums, moment = take(arena, (q * size,)), take_zeros(arena, (q, q)), take(arena, (q, q))
    products = take(arena, F.shape)
    if in_rows:
        tiled_product(F, Q, bandwidth, products)
    for first in range(0, J, _STRETCH):
        n, at = min(_STRETCH, J - first), first * q * V
        for a in range(q):
            for b in range(a + 1):
                sign = -1.0 if a == b else 0.0
                scaled_vector(small, (b * q + a) * n, sign, factors, at + (a * V + a) * n, n)
        if in_rows:
            trace_C += _slopes_of_rows(products, first, factors, at, q, n, moment, small)
        else:
            trace_C += _turn_columns(Q, bandwidth, factors, at, q, n, tail)
        levels_backward(factors, at, q, V, n, tail, small)
        for a in range(q if solved.shape[1] > 0 else 0):
            scaled_vector(solved[a], first, 1.0, tail, (a * V + V - 1) * n, n)
        trace_K += _add_quadratics(R, first * q * q, small, q, n, half, sums)
    # log p has -log|A| / 2: its derivatives in A are -K_j / 2, in units of sigma
    for a in range(q):
        for c in range(q):
            total[a, c] -= 2.0 / variance * sums[max(a, c), min(a, c)]
    return -2.0 / variance * trace_K, trace_C


@bare
def _turn_columns(Q, bandwidth, factors, at, q, n, tail):
    """Write the derivatives P and leave the columns -P in `factors`; return the sum of P P'."""
    m, trace = Q.shape[0], 0.0
    for a in range(q):
        rest = (a * (q + m) + q) * n
        for e in range(m):
            last = min(e + bandwidth + 1, m)
            scaled_vector(tail, rest + e * n, Q[0, e], factors, at + rest, n)
            add_many(tail, rest + e * n, Q[1:last, e], factors, at + rest + n, n)
        scaled_vector(factors, at + rest, -1.0, tail, rest, m * n)
        trace += dot(tail, rest, tail, rest, m * n)
    return trace


@bare
def _slopes_of_rows(P, first, factors, at, q, n, moment, small):
    """Add l_j^-T P P' to the derivatives in l_j of a stretch; return the trace of P P'."""
    trace = 0.0
    for j in range(n):
        r = (first + j) * q
        for a in range(q):
            for b in range(a + 1):
                moment[a, b] = dot(P[r + a], 0, P[r + b], 0, P.shape[1])
                moment[b, a] = moment[a, b]
            trace += moment[a, a]
        for b in range(q):
            for a in range(q - 1, -1, -1):
                s = moment[a, b]
                for c in range(a + 1, q):
                    s -= factors[at + (a * q + c) * n + j] * moment[c, b]
                moment[a, b] = s * factors[at + (a * q + a) * n + j]
                if a >= b:
                    small[(b * q + a) * n + j] += moment[a, b]
    return trace


@bare
def _add_quadratics(R, from_R, S, q, n, half, sums):
    """Add R_j'S_jR_j of a stretch to the lower triangle of `sums`; return tr S."""
    trace = 0.0
    for c in range(q):
        trace += run_sum(S, (c * q + c) * n, (c * q + c + 1) * n)
        for a in range(q):
            for j in range(a * n, (a + 1) * n):
                half[j] = 0.0
            for d in range(c + 1):
                column = from_R + (d * q + c) * n
                add_product(half, a * n, S, (a * q + d) * n, R, column, n)
        for a in range(c, q):
            for d in range(a + 1):
                sums[a, c] += dot(R, from_R + (d * q + a) * n, half, d * n, n)
    return trace
