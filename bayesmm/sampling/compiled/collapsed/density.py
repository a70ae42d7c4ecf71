"""Log density of a Gaussian model whose coefficients and group effects are integrated out.

The largest factor is eliminated through V = sigma^2 I + Z G Z' (`elimination`), the coefficients
and the effects of the other factors through one dense factorisation (`dense`). What is left to
sample are sigma, the sds, the correlations, one precision per heavy-tailed coefficient, and the
level totals of a second large factor where there is one (`totals`).
"""

import math

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import (
    integrated_covariance_backward,
    integrated_covariance_forward,
    scale_precision,
)
from bayesmm.sampling.compiled.collapsed.data import data_of_table
from bayesmm.sampling.compiled.collapsed.dense import (
    block_bandwidth,
    dense_backward,
    dense_forward,
    to_columns,
)
from bayesmm.sampling.compiled.collapsed.elimination import (
    eliminate,
    elimination_backward,
    room_for_elimination,
)
from bayesmm.sampling.compiled.collapsed.totals import (
    prior_of_totals,
    rows_given_totals,
    totals_gradient,
)
from bayesmm.sampling.compiled.kernels.arena import (
    close_arena,
    open_arena,
    take,
    take_copy,
    take_zeros,
)
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.pointers import (
    BAD_DENSITY,
    BAD_GRADIENT,
    DENSITY_SIGNATURE,
    floats,
)

__all__ = ["density_code", "log_density"]


@bare
def log_density(arena, x, out, data):
    """Return the log density at x and write its gradient to `out`.

    Parameters
    ----------
    arena
        Where scratch is taken from.
    x, out : array
        Position, sigma to partial correlations as in `covariance`, then the totals; gradient.
    data : GaussianData
        The model.
    """
    rows, totals, small, tables = data.rows, data.totals, data.small, data.priors
    m, K = rows.within.shape[0], totals.squares.size
    in_rows = tables.precision.size - totals.fixed.shape[1]
    covariance, lp = integrated_covariance_forward(arena, x, tables)
    variance = covariance.values[0] * covariance.values[0]
    precision, centre = take(arena, tables.precision.shape), tables.centre
    scale_precision(tables, covariance.values, precision)
    d_precision = take(arena, precision.shape)
    dL = take_zeros(arena, covariance.L.shape)
    d_log = take_zeros(arena, covariance.values.shape)
    a, d_a = x[x.size - K :], out[x.size - K :]

    within, lane_T = rows.within, rows.lane_T
    r = take(arena, (rows.R.shape[1], rows.R.shape[0] if K > 0 else 0))
    if K > 0:
        within, lane_T = take(arena, (m, m)), take_copy(arena, lane_T)
        rows_given_totals(a, rows, totals, r, within, lane_T)
    C, Q = take(arena, (m, m)), take(arena, (m, m))
    kept = room_for_elimination(arena, rows)
    log_det = eliminate(arena, rows, within, lane_T, covariance.Lam, variance, kept, C)
    margin, quad = dense_forward(
        arena, C, small, covariance.Lam, precision[:in_rows], centre[:in_rows], Q
    )
    lp += margin - 0.5 * log_det

    trace = dense_backward(
        arena,
        Q,
        small,
        covariance.L,
        precision[:in_rows],
        centre[:in_rows],
        quad,
        d_precision[:in_rows],
        dL,
    )
    to_columns(small, covariance.Lam, Q)
    d_log[0] = trace - elimination_backward(
        arena, rows, kept, Q, block_bandwidth(small), covariance, C, dL
    )
    if K > 0:
        totals_gradient(arena, a, Q[:, m - 1], variance, rows, totals, r, kept.lane_factors, d_a)
        lp += prior_of_totals(
            arena,
            a,
            totals,
            covariance,
            precision[in_rows:],
            centre[in_rows:],
            d_precision[in_rows:],
            dL,
            d_a,
        )
    return lp + integrated_covariance_backward(x, tables, covariance, d_precision, dL, d_log, out)


def density_code() -> int:
    """Return the C address of `density`: compiled, or loaded, when it is first asked for."""
    return c_address("gaussian_density", DENSITY_SIGNATURE, lambda: density)


def density(dimension, x_pointer, gradient_pointer, log_pointer, table):
    """Evaluate `log_density` with the data behind a table, see `data`."""
    x, out = floats(x_pointer, dimension), floats(gradient_pointer, dimension)
    arena = open_arena()
    value = log_density(arena, x, out, data_of_table(table))
    close_arena(arena)
    if not math.isfinite(value):
        return BAD_DENSITY
    for i in range(x.size):
        if not math.isfinite(out[i]):
            return BAD_GRADIENT
    log_pointer[0] = value
    return 0
