"""Log density of a Gaussian model whose coefficients and group effects are integrated out.

The largest factor is eliminated through V = sigma^2 I + Z G Z' (`elimination`), the coefficients
and the effects of the other factors through one dense factorisation (`dense`). What is left to
sample are sigma, the sds, the correlations, one precision per heavy-tailed coefficient, and the
level totals of a second large factor where there is one (`totals`). The way back to the gradient
is a C function of its own, `gradient`, which a second process compiles meanwhile.
"""

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import (
    integrated_covariance_forward,
    scale_precision,
)
from bayesmm.sampling.compiled.collapsed.data import data_of_table
from bayesmm.sampling.compiled.collapsed.dense import dense_forward
from bayesmm.sampling.compiled.collapsed.elimination import eliminate, room_for_elimination
from bayesmm.sampling.compiled.collapsed.gradient import KEPT_WORDS, Kept, keep
from bayesmm.sampling.compiled.collapsed.totals import prior_of_totals, rows_given_totals
from bayesmm.sampling.compiled.kernels.arena import close_arena, open_arena, take
from bayesmm.sampling.compiled.kernels.inner import merged
from bayesmm.sampling.compiled.kernels.pointers import (
    DENSITY_SIGNATURE,
    address_of,
    call_gradient,
    finish_density,
    floats,
)

__all__ = ["density_code"]


@merged
def _forward(arena, x, data):
    """Return the log density at x, less what `gradient` adds, and what is kept for it.

    x is sigma to partial correlations as in `covariance`, then the totals.
    """
    rows, totals, small, tables = data.rows, data.totals, data.small, data.priors
    m, K = rows.within.shape[0], totals.squares.size
    in_rows = tables.precision.size - totals.fixed.shape[1]
    covariance, lp = integrated_covariance_forward(arena, x, tables)
    variance = covariance.values[0] * covariance.values[0]
    precision, centre = take(arena, tables.precision.shape), tables.centre
    scale_precision(tables, covariance.values, precision)
    a = x[x.size - K :]

    within = rows.within
    r = take(arena, (rows.R.shape[1], rows.R.shape[0] if K > 0 else 0))
    if K > 0:
        within = take(arena, (m, m))
        rows_given_totals(a, rows, totals, r, within)
    C, Q = take(arena, (m, m)), take(arena, (m, m))
    eliminated = room_for_elimination(arena, rows)
    log_det = eliminate(arena, rows, within, r, covariance.Lam, variance, eliminated, C)
    quads = take(arena, (2,))
    margin, quads[0] = dense_forward(
        arena, C, small, covariance.Lam, precision[:in_rows], centre[:in_rows], Q
    )
    lp += margin - 0.5 * log_det
    m = totals.constant.shape[0] if K > 0 else 0
    totals_Q = take(arena, (m, m))
    if K > 0:
        prior, quads[1] = prior_of_totals(
            arena, a, totals, covariance, precision[in_rows:], centre[in_rows:], totals_Q
        )
        lp += prior
    return lp, Kept(arena, covariance, precision, eliminated, C, Q, r, totals_Q, quads)


def density_code() -> int:
    """Return the C address of `density`: compiled, or loaded, when it is first asked for."""
    return c_address("gaussian_density", DENSITY_SIGNATURE, lambda: density)


def density(dimension, x_pointer, gradient_pointer, log_pointer, table):
    """Evaluate the log density and its gradient with the data behind a table, see `data`."""
    x, out = floats(x_pointer, dimension), floats(gradient_pointer, dimension)
    arena = open_arena()
    data = data_of_table(table)
    value, kept = _forward(arena, x, data)
    memory = take(arena, (KEPT_WORDS,))
    keep(address_of(memory), kept)
    value += call_gradient(
        data.gradient, dimension, x_pointer, gradient_pointer, address_of(memory), table
    )
    close_arena(arena)
    return finish_density(value, out, log_pointer)
