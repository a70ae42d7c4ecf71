"""The eliminated factor as a whole: its groups by class, one by one, and 16 at a time."""

import math
from typing import NamedTuple

from bayesmm.sampling.compiled.collapsed.dense import doubled_square
from bayesmm.sampling.compiled.collapsed.groups import (
    classes_backward,
    classes_forward,
    eliminated_gradient,
    rows_backward,
    rows_forward,
    shape_of_rows,
    start_gram,
)
from bayesmm.sampling.compiled.collapsed.lanes import LANES, lanes_backward, lanes_forward
from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.records import Cube, Matrix, Stack

__all__ = ["Eliminated", "eliminate", "elimination_backward", "room_for_elimination"]


class Eliminated(NamedTuple):
    """What is kept of the groups from forward to backward, see `groups` and `lanes`.

    Attributes
    ----------
    inverses : array, shape (C, q, q)
        N^-1 of each class.
    factors, F : array
        l_j and F_j of groups one by one.
    lane_factors, lane_F : array
        The same of groups 16 at a time.
    """

    inverses: Cube
    factors: Cube
    F: Matrix
    lane_factors: Stack
    lane_F: Stack


@bare
def room_for_elimination(arena, rows):
    """Return an `Eliminated` to be filled; `rows` as `GroupStatistics`."""
    q, m = rows.T.shape[1:]
    return Eliminated(
        take(arena, (rows.class_size.size, q, q)),
        take(arena, (rows.single.size, q, q)),
        take(arena, shape_of_rows(rows.single.size, q, m)),
        take(arena, rows.lane_R.shape),
        take(arena, rows.lane_T.shape),
    )


@bare
def eliminate(arena, rows, within, lane_T, Lam, variance, kept, C):
    """Set the upper triangle of C to W'V^-1W; return log|V|.

    Parameters
    ----------
    rows : GroupStatistics
        Of the data.
    within, lane_T : array
        Those of `rows`, or of the response given the sampled totals.
    Lam, variance
        Factor of the effects' covariance; sigma^2.
    kept : Eliminated
        Overwritten.
    """
    start_gram(within, variance, C)
    log_det = rows.n_obs * math.log(variance)
    log_det += classes_forward(
        arena, rows.class_R, rows.class_size, rows.class_E, Lam, variance, kept.inverses, C
    )
    log_det += rows_forward(
        arena, rows.R, rows.T, rows.single, Lam, variance, kept.factors, kept.F, C
    )
    return log_det + lanes_forward(
        arena, rows.lane_R, lane_T, Lam, variance, kept.lane_factors, kept.lane_F, C
    )


@bare
def elimination_backward(arena, rows, kept, Q, bandwidth, covariance, Psi, dL):
    """Set the factor's derivatives in L; return what to take from d log p / d log sigma.

    That is tr(Psi W'V^-1W) less its part within groups, tr(Psi within) / sigma^2, plus
    d log|V| / d log sigma.

    Parameters
    ----------
    rows, kept
        As in and from `eliminate`.
    Q, bandwidth
        Psi = QQ'; row i of Q is zero before column i - bandwidth.
    covariance : Covariance
        At the position.
    Psi : array, shape (m, m)
        Scratch.
    """
    q = rows.R.shape[1]
    variance = covariance.values[0] * covariance.values[0]
    total, K = take_zeros(arena, (q, q)), take(arena, (q, q))
    trace_K, trace_C = rows_backward(
        arena, rows.R, rows.single, kept.factors, kept.F, Q, bandwidth, K, total
    )
    more_K, more_C = lanes_backward(
        arena, rows.lane_R, kept.lane_factors, kept.lane_F, Q, bandwidth, total
    )
    trace_K += more_K
    trace_C += more_C
    if rows.class_size.size > 0:
        doubled_square(arena, Q, bandwidth, Psi)
        more_K, more_C = classes_backward(
            arena, rows.class_R, rows.class_size, rows.class_E, kept.inverses, Psi, K, total
        )
        trace_K += more_K
        trace_C += more_C
    eliminated_gradient(total, covariance.Lam, covariance.values[1:], q, dL)
    # empty groups of the lanes have their share of trace_K
    members = float(rows.single.size + rows.lane_R.shape[0] * LANES)
    for c in range(rows.class_size.size):
        members += rows.class_size[c]
    return trace_C + variance * trace_K + (rows.n_obs - members * q)
