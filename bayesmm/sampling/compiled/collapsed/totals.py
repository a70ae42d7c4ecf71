"""A factor whose level totals a are sampled: the rows given a, and the prior of a.

The totals hold the intercept, the columns constant within levels, the effects of the factors that
the factor is nested in, and its own effects:

    a ~ N(W b + Z_outer u, t^2 I),

with b and u integrated out of this prior (`dense`, a taking the place of the response). Given a
the rows are those of a model with the response r = y - Z_c a. Per group j of the eliminated
factor H_j = R_j^-T Z_j'Z_c has one column for each level that meets the group, and

    T_j,r = T_j,y - H_j a,   D'r = D'y - (D'Z_c) a,   r'r = y'y - 2 (Z_c'y)'a + a'(Z_c'Z_c) a,

so that each evaluation makes two passes over the cells (j, level), and none over the rows.
Where no level is sampled all arrays are empty.
"""

import math
from typing import NamedTuple

import numpy as np

from bayesmm.sampling.compiled.collapsed.dense import dense_backward, dense_forward, to_columns
from bayesmm.sampling.compiled.collapsed.groups import start_gram
from bayesmm.sampling.compiled.kernels.arena import take
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.records import Integers, Matrix, Rows, Vector

__all__ = [
    "Totals",
    "prior_gram",
    "prior_of_totals",
    "prior_of_totals_backward",
    "rows_given_totals",
    "totals_gradient",
]


class Totals(NamedTuple):
    """Arrays of K sampled levels; m columns of W = [D, y], J groups.

    H is kept by group and by level: cells ``group_start[j]`` to ``group_start[j + 1]`` have the
    levels `group_level` and values `group_H`, (q, cells), and those of a level likewise.
    """

    response: Vector  # W'y, not within groups
    group_start: Integers
    group_level: Integers
    group_H: Matrix
    level_start: Integers
    level_group: Integers
    level_H: Matrix
    columns: Matrix  # Z_c'W, (K, m)
    squares: Vector  # diagonal of Z_c'Z_c
    fixed: Matrix  # columns that are constant within levels, (K, p2)
    outer: Rows  # level of each level in the factors that it is nested in, (outer factors, K)
    small: Rows  # their table, as in ``dense.to_effects``
    constant: Matrix  # Gram matrix of [fixed, indicators of the outer levels, 0], (m2, m2)
    effect: int  # position of the factor's sd among the effects


@bare
def _sparse_dot(values, positions, first, last, x):
    """Return sum_k values[k] x[positions[k]], first <= k < last, by four running sums."""
    s0 = s1 = s2 = s3 = 0.0
    # Unsigned: a signed index could count from the end and would be tested for it.
    k = np.uint64(first)
    end = np.uint64(last)
    while k + np.uint64(3) < end:
        s0 += values[k] * x[np.uint64(positions[k])]
        s1 += values[k + np.uint64(1)] * x[np.uint64(positions[k + np.uint64(1)])]
        s2 += values[k + np.uint64(2)] * x[np.uint64(positions[k + np.uint64(2)])]
        s3 += values[k + np.uint64(3)] * x[np.uint64(positions[k + np.uint64(3)])]
        k += np.uint64(4)
    while k < end:
        s0 += values[k] * x[np.uint64(positions[k])]
        k += np.uint64(1)
    return (s0 + s1) + (s2 + s3)


@bare
def rows_given_totals(a, rows, totals, r, within):
    """Set r to T_j,r, shape (q, J), and `within` to the Gram matrix of [D, r]."""
    J, q, m = rows.T.shape
    last = m - 1
    for e in range(q):
        H = totals.group_H[e]
        for j in range(J):
            start, stop = totals.group_start[j], totals.group_start[j + 1]
            r[e, j] = rows.T[j, e, last] - _sparse_dot(H, totals.group_level, start, stop, a)
    for i in range(last):
        for j in range(i, last):
            within[i, j] = rows.within[i, j]
    for c in range(m):
        within[c, last] = totals.response[c]
    for k in range(a.size):
        for c in range(last):
            within[c, last] -= totals.columns[k, c] * a[k]
        within[last, last] += a[k] * (totals.squares[k] * a[k] - 2.0 * totals.columns[k, last])
    for e in range(q):
        for j in range(J):
            response = r[e, j]
            for c in range(last):
                within[c, last] -= rows.T[j, e, c] * response
            within[last, last] -= response * response


@bare
def totals_gradient(a, w, sigma, rows, totals, r, solved, out):
    """Set `out` to d log p / da of the rows: Z_c'V^-1 e with e = [D, r] w.

    w is the last column of Q, see `dense`; `solved`, (q, J), comes from `alone.alone_backward`, and
    is overwritten.
    """
    J, q, m = rows.T.shape
    variance = sigma * sigma
    for j in range(J):
        for e in range(q):  # (I - variance N_j^-1) T_j,e
            s = r[e, j]
            for c in range(m - 1):
                s += rows.T[j, e, c] * w[c]
            solved[e, j] = s - sigma * solved[e, j]
    for k in range(a.size):
        s = totals.columns[k, m - 1] - totals.squares[k] * a[k]
        for c in range(m - 1):
            s += totals.columns[k, c] * w[c]
        first, last = totals.level_start[k], totals.level_start[k + 1]
        for e in range(q):
            s -= _sparse_dot(totals.level_H[e], totals.level_group, first, last, solved[e])
        out[k] = s / variance


@bare
def prior_gram(a, totals, variance, C):
    """Set C to the Gram matrix of [fixed, outer levels, a] / variance."""
    last = totals.constant.shape[0] - 1
    start_gram(totals.constant, variance, C)
    for c in range(last + 1):
        C[c, last] = 0.0
    for k in range(a.size):
        for c in range(totals.fixed.shape[1]):
            C[c, last] += totals.fixed[k, c] * a[k]
        for f in range(totals.small.shape[0]):
            C[totals.small[f, 0] + totals.outer[f, k], last] += a[k]
        C[last, last] += a[k] * a[k]
    for c in range(last + 1):
        C[c, last] /= variance


@bare
def prior_of_totals(arena, a, totals, covariance, precision, centre, Q):
    """Return the log prior of a, (K,), and quad; set Q, (m2, m2): both as ``dense_forward``.

    `precision` and `centre`, (p2,), are of the coefficients of `Totals.fixed`.
    """
    sd = covariance.values[1 + totals.effect]
    variance = sd * sd
    C = take(arena, Q.shape)
    prior_gram(a, totals, variance, C)
    log_density, quad = dense_forward(arena, C, totals.small, covariance.Lam, precision, centre, Q)
    return log_density - 0.5 * a.size * math.log(variance), quad


@bare
def prior_of_totals_backward(
    arena, a, totals, covariance, precision, centre, Q, quad, d_precision, dL, out
):
    """Add the gradient of the log prior of a to `out`, and set its derivatives in the rest.

    Q and quad come from `prior_of_totals`, and Q is overwritten; `d_precision` and dL are as in
    ``dense.dense_backward``.
    """
    sd = covariance.values[1 + totals.effect]
    variance = sd * sd
    m = Q.shape[0]
    small = totals.small
    trace = dense_backward(arena, Q, small, covariance.L, precision, centre, quad, d_precision, dL)
    dL[totals.effect, totals.effect] = (trace - a.size) * covariance.L[totals.effect, totals.effect]
    to_columns(small, covariance.Lam, Q)
    for k in range(a.size):
        s = a[k]
        for c in range(totals.fixed.shape[1]):
            s += totals.fixed[k, c] * Q[c, m - 1]
        for f in range(small.shape[0]):
            s += Q[small[f, 0] + totals.outer[f, k], m - 1]
        out[k] -= s / variance
