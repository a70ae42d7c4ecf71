"""The eliminated factor as a whole: its groups by class, and those that are alone."""

import math
from typing import NamedTuple

from bayesmm.sampling.compiled.collapsed.alone import (
    alone_backward,
    alone_forward,
    shapes_of_factors,
)
from bayesmm.sampling.compiled.collapsed.dense import doubled_square
from bayesmm.sampling.compiled.collapsed.groups import (
    classes_backward,
    classes_forward,
    eliminated_gradient,
    start_gram,
)
from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.records import Cube, Matrix, Vector

__all__ = ["Eliminated", "eliminate", "elimination_backward", "room_for_elimination"]


class Eliminated(NamedTuple):
    """What is kept of the groups from forward to backward."""

    inverses: Cube  # N^-1 of each class, (C, q, q)
    factors: Vector  # l_j of groups that are alone, see `alone`
    F: Matrix  # their F_j


@bare
def room_for_elimination(arena, rows):
    """Return an `Eliminated` to be filled; `rows` as `GroupStatistics`."""
    q, m = rows.T.shape[1:]
    size, count = shapes_of_factors(rows.n_alone, q, m, rows.in_rows)
    return Eliminated(
        take(arena, (rows.class_size.size, q, q)), take(arena, (size,)), take(arena, (count, m))
    )


@bare
def eliminate(arena, rows, within, r, Lam, variance, kept, C):
    """Set the upper triangle of C to W'V^-1W, and `kept`; return log|V|.

    `within` is that of `rows`, or of the response given the sampled totals; `r`, (q, J) or (q, 0),
    is that response, see `totals.rows_given_totals`.
    """
    start_gram(within, variance, C)
    log_det = rows.n_obs * math.log(variance)
    log_det += classes_forward(
        arena, rows.class_R, rows.class_size, rows.class_E, Lam, variance, kept.inverses, C
    )
    return log_det + alone_forward(
        arena,
        rows.n_alone,
        rows.alone_R,
        rows.alone_T,
        r,
        Lam,
        variance,
        kept.factors,
        kept.F,
        C,
    )


@bare
def elimination_backward(arena, rows, kept, Q, bandwidth, covariance, Psi, solved, dL):
    """Set the factor's derivatives in L; return what to take from d log p / d log sigma.

    That is tr(Psi W'V^-1W) less its part within groups, tr(Psi within) / sigma^2, plus d log|V| / d
    log sigma. Psi = QQ', (m, m), is scratch; row i of Q is zero before column i - bandwidth.
    `solved`, (q, J) or (q, 0), is overwritten, see `alone.alone_backward`.
    """
    q = rows.R.shape[1]
    variance = covariance.values[0] * covariance.values[0]
    total = take_zeros(arena, (q, q))
    trace_K, trace_C = alone_backward(
        arena,
        rows.n_alone,
        rows.alone_R,
        variance,
        kept.factors,
        kept.F,
        Q,
        bandwidth,
        solved,
        total,
    )
    if rows.class_size.size > 0:
        doubled_square(arena, Q, bandwidth, Psi)
        more_K, more_C = classes_backward(
            arena, rows.class_R, rows.class_size, rows.class_E, kept.inverses, Psi, total
        )
        trace_K += more_K
        trace_C += more_C
    eliminated_gradient(total, covariance.Lam, covariance.values[1:], q, dL)
    members = float(rows.n_alone)
    for c in range(rows.class_size.size):
        members += rows.class_size[c]
    return trace_C + variance * trace_K + (rows.n_obs - members * q)
