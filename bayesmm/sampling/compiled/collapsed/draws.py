"""Exact draws of what was integrated out, given each draw of the covariance parameters.

Given theta, the coefficients and dense effects are N(-Q_y, L_M^-T L_M^-1) in the notation of
`dense`. Given those too, the effects of each group of the eliminated factor are independent:
u_j = Lam v_j with

    M_j = sigma^2 I + E_j'E_j,   v_j ~ N(M_j^-1 E_j'(T_j,y - T_j,D delta), sigma^2 M_j^-1).

Where level totals are sampled, the coefficients and outer effects of their prior are drawn given
them in the same way; what is left of a total is the level's own effect.

The factorisations at a draw are those of the density: it is called there, with `_draw` in the place
of its gradient.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import correlations_of
from bayesmm.sampling.compiled.collapsed.data import data_of_table
from bayesmm.sampling.compiled.collapsed.density import density_code
from bayesmm.sampling.compiled.collapsed.gradient import Kept
from bayesmm.sampling.compiled.collapsed.level import effect_factor
from bayesmm.sampling.compiled.collapsed.model import GaussianModel
from bayesmm.sampling.compiled.collapsed.parameters import ConditionalDraws, effects_of_dense
from bayesmm.sampling.compiled.collapsed.streams import open_stream, standard_normal
from bayesmm.sampling.compiled.collapsed.threads import in_threads
from bayesmm.sampling.compiled.kernels.arena import take
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.pointers import (
    GRADIENT_SIGNATURE,
    TABLE_SIGNATURE,
    address_of,
    call_density,
    float64_pointer,
    floats,
)
from bayesmm.sampling.compiled.kernels.records import (
    Cube,
    Integers,
    Matrix,
    Vector,
    Words,
    call_with_record,
    record_reader,
    table_of_record,
)
from bayesmm.sampling.compiled.kernels.triangles import (
    lower_times,
    solve_lower,
    solve_lower_transposed,
)

__all__ = ["draw_columns", "draw_conditionals", "draw_groups", "draws_code"]

type Floats = NDArray[np.float64]


class _Job(NamedTuple):
    """Consecutive draws, and what is filled for each: D positions of the sampler."""

    at: Integers  # the draw that is made, of these, (1,)
    first: int  # index of the first draw
    seed: Words  # of the streams, (1,)
    state: Words  # scratch, (4,)
    values: Matrix  # sigma, sds, ..., (D, k)
    correlations: Cube  # of all effects, (D, Q, Q)
    delta: Matrix  # coefficients less the shift
    dense: Matrix  # here and below effects of the factors by their place in the plan
    outer: Matrix
    own: Matrix
    eliminated: Cube


class _Calls(NamedTuple):
    """What calls the density at each position of a job."""

    density: int  # address
    table: int  # that of its table, where `_draw` stands for the gradient
    job: int  # that of the table of a `_Job`, with at least as many words as a position
    at: Integers  # that of the job
    positions: Matrix  # draws of covariance parameters and level totals, (D, dimension)
    log_density: Vector  # scratch, (1,)


_calls_of_table = record_reader(_Calls)
_job_of_table = record_reader(_Job)
_kept_at = record_reader(Kept)


def draw_conditionals(
    model: GaussianModel, positions: Floats, seed: int, threads: int
) -> ConditionalDraws:
    """Draw coefficients and effects given each position, (D, dimension); draw d uses stream d.

    The number of threads does not change the result.
    """
    D, plan, tables = len(positions), model.plan, model.data.priors
    J, q, _ = model.data.rows.T.shape
    positions = np.ascontiguousarray(positions)
    values = np.empty((D, len(tables.positive)))
    correlations = np.empty((D, tables.effects, tables.effects))
    delta = np.empty((D, len(model.order)))
    dense = np.empty((D, sum(f.width for f in plan.dense)))
    outer = np.empty((D, sum(f.width for f in plan.outer)))
    own = np.empty((D, plan.centred.n_groups if plan.centred else 0))
    eliminated = np.empty((D, q, J))
    address, density = draws_code(), density_code()
    data = model.data._replace(gradient=_draw_code())
    table = table_of_record(data)

    def work(part: slice) -> None:
        at = np.zeros(1, dtype=np.int64)
        job = _Job(
            at,
            part.start,
            np.array([seed], dtype=np.uint64),
            np.empty(4, dtype=np.uint64),
            *(
                filled[part]
                for filled in (values, correlations, delta, dense, outer, own, eliminated)
            ),
        )
        # The density takes it for its gradient, of which it reads as many words as x has.
        given = np.r_[table_of_record(job), np.zeros(model.dimension, dtype=np.int64)]
        words = (density, table.ctypes.data, given.ctypes.data)
        call_with_record(address, _Calls(*words, at, positions[part], np.empty(1)))

    in_threads(work, D, threads)
    effects = effects_of_dense(dense, plan.dense) | effects_of_dense(outer, plan.outer)
    if plan.centred:
        effects[plan.centred.name] = own[:, None]
    if plan.eliminated:
        effects[plan.eliminated.name] = eliminated
    coefficients = np.empty_like(delta)
    coefficients[:, model.order] = delta + model.shift
    return ConditionalDraws(values, correlations, coefficients, effects)


def draws_code() -> int:
    """Return the C address of `_draw_each`; it and `_draw` are compiled, or loaded, once asked."""
    _draw_code()
    return c_address("gaussian_draws", TABLE_SIGNATURE, lambda: _draw_each)


def _draw_code() -> int:
    """Return the C address of `_draw`."""
    return c_address("gaussian_draw", GRADIENT_SIGNATURE, lambda: _draw)


def _draw_each(table):
    """Fill the draws of a job: the density at each position, then `_draw`."""
    calls = _calls_of_table(table)
    for t in range(calls.positions.shape[0]):
        calls.at[0] = t
        x = calls.positions[t]
        call_density(
            calls.density,
            np.uint64(x.size),
            address_of(x),
            float64_pointer(calls.job),
            address_of(calls.log_density),
            calls.table,
        )
    return 0


def _draw(dimension, x_pointer, job_pointer, kept_pointer, table):
    """Fill one draw of a job from what the density has kept; called in the place of `gradient`."""
    job, kept, data = _job_of_table(job_pointer), _kept_at(kept_pointer), data_of_table(table)
    rows, totals, small, tables = data.rows, data.totals, data.small, data.priors
    arena, x, t = kept.arena, floats(x_pointer, dimension), job.at[0]
    m, m2, K = kept.Q.shape[0], kept.totals_Q.shape[0], totals.squares.size
    in_rows = tables.precision.size - totals.fixed.shape[1]
    Lam, values = kept.covariance.Lam, kept.covariance.values
    open_stream(job.seed[0], job.first + t, job.state)
    for k in range(values.size):
        job.values[t, k] = values[k]
    correlations_of(kept.covariance.L, job.correlations[t])
    if K > 0:
        a, delta2 = x[x.size - K :], take(arena, (m2 - 1,))
        draw_columns(arena, kept.totals_Q, totals.small, Lam, job.state, delta2, job.outer[t])
        for c in range(totals.fixed.shape[1]):
            job.delta[t, in_rows + c] = delta2[c]
        for k in range(K):
            s = a[k]
            for c in range(totals.fixed.shape[1]):
                s -= totals.fixed[k, c] * delta2[c]
            for f in range(totals.small.shape[0]):
                s -= delta2[totals.small[f, 0] + totals.outer[f, k]]
            job.own[t, k] = s
    delta = take(arena, (m - 1,))
    draw_columns(arena, kept.Q, small, Lam, job.state, delta, job.dense[t])
    for c in range(in_rows):
        job.delta[t, c] = delta[c]
    draw_groups(arena, rows.R, rows.T, kept.r, Lam, values[0], delta, job.state, job.eliminated[t])
    return 0.0


@bare
def draw_columns(arena, Q, small, Lam, state, delta, effects_out):
    """Draw the coefficients of all columns, N(-Q_y, L_M^-T L_M^-1).

    Those of the small factors are effects, which are written, for each effect all levels.
    """
    P = Q.shape[0] - 1
    z = take(arena, (P,))
    for i in range(P):
        z[i] = standard_normal(state)
    for i in range(P):
        s = -Q[i, P]
        for k in range(i, P):
            s += Q[i, k] * z[k]
        delta[i] = s
    at = 0
    for f in range(small.shape[0]):
        start, levels, width, effect = small[f]
        for j in range(levels):
            first = start + j * width
            lower_times(Lam[effect:, effect:], delta[first : first + width])
            for a in range(width):
                effects_out[at + a * levels + j] = delta[first + a]
        at += levels * width


@bare
def draw_groups(arena, R, T, y, Lam, sigma, delta, state, out):
    """Draw the effects of the eliminated factor given the other coefficients; out is (q, J).

    The response is in the last column of T, or where there is an array y, in that, (q, J).
    """
    J, q, m = T.shape
    in_y = y.shape[1] > 0
    variance = sigma * sigma
    E, chol = take(arena, (q, q)), take(arena, (q, q))
    r, v = take(arena, (q,)), take(arena, (q,))
    for j in range(J):
        for a in range(q):
            s = y[a, j] if in_y else T[j, a, m - 1]
            for c in range(m - 1):
                s -= T[j, a, c] * delta[c]
            r[a] = s
        effect_factor(R[j], Lam, q, variance, E, chol)
        for a in range(q):
            s = 0.0
            for d in range(q):
                s += E[a, d] * r[d]
            v[a] = s
        solve_lower(chol, q, v)
        for a in range(q):
            v[a] += sigma * standard_normal(state)
        solve_lower_transposed(chol, q, v)
        lower_times(Lam, v)
        for a in range(q):
            out[a, j] = v[a]
