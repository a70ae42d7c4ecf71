"""The second half of the density of a Gaussian model: from what `density` kept to the gradient."""

from typing import NamedTuple

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import (
    CovarianceParts,
    integrated_covariance_backward,
)
from bayesmm.sampling.compiled.collapsed.data import data_of_table
from bayesmm.sampling.compiled.collapsed.dense import block_bandwidth, dense_backward, to_columns
from bayesmm.sampling.compiled.collapsed.elimination import Eliminated, elimination_backward
from bayesmm.sampling.compiled.collapsed.totals import prior_of_totals_backward, totals_gradient
from bayesmm.sampling.compiled.kernels.arena import take, take_zeros
from bayesmm.sampling.compiled.kernels.inner import merged
from bayesmm.sampling.compiled.kernels.pointers import GRADIENT_SIGNATURE, floats
from bayesmm.sampling.compiled.kernels.records import (
    Integers,
    Matrix,
    Vector,
    record_reader,
    record_writer,
    words_of_record,
)

__all__ = ["KEPT_WORDS", "Kept", "gradient_code", "keep"]


class Kept(NamedTuple):
    """What the density hands on to its gradient."""

    arena: Integers  # where scratch is taken from
    covariance: CovarianceParts  # at the position
    precision: Vector  # prior precisions of the coefficients, of the rows and then of the totals
    eliminated: Eliminated  # from `elimination.eliminate`
    C: Matrix  # scratch, (m, m)
    Q: Matrix  # from `dense.dense_forward`, (m, m)
    r: Matrix  # from `totals.rows_given_totals`, (q, J)
    totals_Q: Matrix  # from `totals.prior_of_totals`, (m2, m2)
    quads: Vector  # quad of the rows, and of the totals


KEPT_WORDS = words_of_record(Kept)
keep = record_writer(Kept)
_kept_at = record_reader(Kept)


@merged
def _backward(x, out, kept, data):
    """Write the gradient into `out`; return the log prior of the correlations."""
    rows, totals, small, tables = data.rows, data.totals, data.small, data.priors
    arena, covariance, Q, quads = kept.arena, kept.covariance, kept.Q, kept.quads
    precision, centre = kept.precision, tables.centre
    m, K = rows.within.shape[0], totals.squares.size
    in_rows = tables.precision.size - totals.fixed.shape[1]
    d_precision = take(arena, precision.shape)
    dL = take_zeros(arena, covariance.L.shape)
    d_log = take_zeros(arena, covariance.values.shape)
    trace = dense_backward(
        arena,
        Q,
        small,
        covariance.L,
        precision[:in_rows],
        centre[:in_rows],
        quads[0],
        d_precision[:in_rows],
        dL,
    )
    to_columns(small, covariance.Lam, Q)
    bandwidth, solved = block_bandwidth(small), take(arena, kept.r.shape)
    d_log[0] = trace - elimination_backward(
        arena, rows, kept.eliminated, Q, bandwidth, covariance, kept.C, solved, dL
    )
    if K > 0:
        a, d_a, w = x[x.size - K :], out[x.size - K :], Q[:, m - 1]
        totals_gradient(a, w, covariance.values[0], rows, totals, kept.r, solved, d_a)
        prior_of_totals_backward(
            arena,
            a,
            totals,
            covariance,
            precision[in_rows:],
            centre[in_rows:],
            kept.totals_Q,
            quads[1],
            d_precision[in_rows:],
            dL,
            d_a,
        )
    return integrated_covariance_backward(x, tables, covariance, d_precision, dL, d_log, out)


def gradient_code() -> int:
    """Return the C address of `gradient`: compiled, or loaded, when it is first asked for."""
    return c_address("gaussian_gradient", GRADIENT_SIGNATURE, lambda: gradient)


def gradient(dimension, x_pointer, gradient_pointer, kept_pointer, table):
    """Write the gradient through the C interface; return what it adds to the log density."""
    x, out = floats(x_pointer, dimension), floats(gradient_pointer, dimension)
    return _backward(x, out, _kept_at(kept_pointer), data_of_table(table))
