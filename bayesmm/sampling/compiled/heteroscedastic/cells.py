"""The integrated likelihood of the cells given their sigmas, and its derivatives.

With R_c, T_c the cross-products of a cell (`data`) and s_c its sigma, a level of the eliminated
factor has R_j, T_j from stacking R_c / s_c and T_c / s_c, so that what is left to do is that of
`collapsed` with sigma = 1 (`stacking`).

Per cell, d log p / d log s_c = -n_c + E[r'r] / s_c^2, the mean over the posterior of the
coefficients and effects given theta.
"""

import math
from typing import NamedTuple

from bayesmm.sampling.compiled.collapsed.alone import (
    alone_backward,
    alone_forward,
    lay_side_by_side,
    shapes_of_factors,
)
from bayesmm.sampling.compiled.collapsed.dense import (
    block_bandwidth,
    dense_backward,
    dense_forward,
    doubled_square,
    to_columns,
)
from bayesmm.sampling.compiled.collapsed.groups import eliminated_gradient
from bayesmm.sampling.compiled.collapsed.level import effect_factor
from bayesmm.sampling.compiled.collapsed.tiled import is_tiled
from bayesmm.sampling.compiled.heteroscedastic.stacking import stack_cells
from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.pointers import address_of, floats
from bayesmm.sampling.compiled.kernels.records import Cube, Matrix, Vector
from bayesmm.sampling.compiled.kernels.triangles import (
    lower_times,
    solve_lower,
    solve_lower_transposed,
)

__all__ = ["WeightedGroups", "cells_backward", "cells_forward", "room_for_groups"]


class WeightedGroups(NamedTuple):
    """The levels of the eliminated factor, in units of sigma; J of them, of q effects."""

    R: Cube  # upper factors, (J, q, q)
    T: Cube  # columns, the response less the shift, (J, q, m)
    R_beside: Vector  # R, see `collapsed.alone.side_by_side`
    factors: Vector  # l_j, see `collapsed.alone`
    F: Matrix  # its F_j
    C: Matrix  # U of `collapsed.dense`, (m, m)
    Q: Matrix  # its [[L_M^-T, -gam], [0, 1]]


@bare
def room_for_groups(arena, data):
    """Return `WeightedGroups` to be filled."""
    J, q, m = data.starts.size - 1, data.T.shape[1], data.T.shape[2]
    size, count = shapes_of_factors(J, q, m, is_tiled(m))
    return WeightedGroups(
        take(arena, (J, q, q)),
        take(arena, (J, q, m)),
        take(arena, (J * q * q,)),
        take(arena, (size,)),
        take(arena, (count, m)),
        take(arena, (m, m)),
        take(arena, (m, m)),
    )


@bare
def cells_forward(arena, data, log_sd, shift, Lam, precision, groups):
    """Return the log likelihood, and `quad` of `collapsed.dense`; overwrite `groups`.

    `log_sd`, (K,), is log sigma of each cell, `shift`, (q, J), the known part of the effects of the
    eliminated factor, `Lam`, (Q, Q), the factor of the covariance of the rest of the effects;
    `precision`, (p,), has the prior precisions of the coefficients.
    """
    R, T, R_beside, factors, F, C, Q = groups
    J, q, m = T.shape
    for a in range(m):
        for b in range(m):
            C[a, b] = 0.0
    log_det = stack_cells(arena, data, log_sd, shift, R, T, C)
    in_T, columns = take(arena, (q, 0)), floats(address_of(T), T.size)
    lay_side_by_side(R, R_beside)
    if F.shape[0] == 0:
        columns = take(arena, (T.size,))
        lay_side_by_side(T, columns)
    log_det += alone_forward(arena, J, R_beside, columns, in_T, Lam, 1.0, factors, F, C)
    margin, quad = dense_forward(arena, C, data.small, Lam, precision, data.priors.centre, Q)
    return margin - 0.5 * log_det, quad


@bare
def cells_backward(
    arena, data, log_sd, shift, covariance, precision, groups, quad, d_precision, dL, score, d_shift
):
    """Write the derivatives of `cells_forward`.

    What that had or left is as there, but Q is replaced by K Q. Overwritten are `d_precision` and
    dL, as in `collapsed.dense.dense_backward`, dL of all effects, and the derivatives in `log_sd`
    and `shift`: `score` and `d_shift`.
    """
    _, T, R_beside, factors, F, Psi, Q = groups
    small, centre, Lam = data.small, data.priors.centre, covariance.Lam
    J, q, m = T.shape
    dense_backward(arena, Q, small, covariance.L, precision, centre, quad, d_precision, dL)
    to_columns(small, Lam, Q)
    bandwidth = block_bandwidth(small)
    total, none = take_zeros(arena, (q, q)), take(arena, (q, 0))
    alone_backward(arena, J, R_beside, 1.0, factors, F, Q, bandwidth, none, total)
    eliminated_gradient(total, Lam, covariance.values[1:], q, dL)
    doubled_square(arena, Q, bandwidth, Psi)
    for c in range(log_sd.size):
        squares = 0.0
        for a in range(m):
            for b in range(a, m):
                squares += Psi[a, b] * data.within[c, a, b]
        score[c] = squares
    if q > 0:
        _squares_of_groups(arena, data, log_sd, shift, Lam, groups, bandwidth, score, d_shift)
    for c in range(log_sd.size):
        score[c] = math.exp(-2.0 * log_sd[c]) * score[c] - data.counts[c]


@bare
def _squares_of_groups(arena, data, log_sd, shift, Lam, groups, bandwidth, score, d_shift):
    """Add to `score` the squares of each cell in its R_c; write the derivatives in the shift."""
    q, m = data.T.shape[1], data.T.shape[2]
    E, chol = take(arena, (q, q)), take(arena, (q, q))
    scatter, effects = take(arena, (q, q)), take(arena, (q, m))
    column, products = take(arena, (q,)), take(arena, (m,))
    for j in range(groups.R.shape[0]):
        _effects_of_level(
            groups.R[j], groups.T[j], Lam, groups.Q, bandwidth, E, chol, column, scatter, effects
        )
        for a in range(q):
            d_shift[a, j] = 0.0
        for c in range(data.starts[j], data.starts[j + 1]):
            squares, weight = 0.0, math.exp(-2.0 * log_sd[c])
            for a in range(q):
                if data.R[c, a, a] == 0.0:
                    continue
                known = 0.0
                for b in range(a, q):
                    known += data.R[c, a, b] * shift[b, j]
                _times(data.T[c, a], known, groups.Q, bandwidth, products)
                for k in range(m):
                    for b in range(a, q):
                        products[k] -= data.R[c, a, b] * effects[b, k]
                    squares += products[k] * products[k]
                for b in range(a, q):
                    d_shift[b, j] += weight * data.R[c, a, b] * products[m - 1]
                for k in range(q):
                    spread = 0.0
                    for b in range(a, q):
                        spread += data.R[c, a, b] * scatter[b, k]
                    squares += spread * spread
            score[c] += squares


@bare
def _effects_of_level(R, T, Lam, Q, bandwidth, E, chol, column, scatter, effects):
    """Write of u = H x + B e the matrices B (`scatter`) and H Q (`effects`)."""
    q, m = T.shape
    effect_factor(R, Lam, q, 1.0, E, chol)
    for k in range(q):  # B = Lam chol^-T: row k of chol^-1
        for a in range(q):
            column[a] = 1.0 if a == k else 0.0
        solve_lower_transposed(chol, q, column)
        lower_times(Lam, column)
        for a in range(q):
            scatter[a, k] = column[a]
    for a in range(q):
        _times(T[a], 0.0, Q, bandwidth, effects[a])
    for k in range(m):
        for a in range(q):
            s = 0.0
            for b in range(q):
                s += E[a, b] * effects[b, k]
            column[a] = s
        solve_lower(chol, q, column)
        for a in range(q):
            s = 0.0
            for b in range(q):
                s += scatter[a, b] * column[b]
            effects[a, k] = s


@bare
def _times(row, known, Q, bandwidth, out):
    """Write row Q, where `known` is taken from the last entry of the row."""
    m = row.size
    for k in range(m):
        out[k] = 0.0
    for i in range(m):
        value = row[i] - known if i == m - 1 else row[i]
        if value != 0.0:
            for k in range(max(i - bandwidth, 0), m):
                out[k] += value * Q[i, k]
