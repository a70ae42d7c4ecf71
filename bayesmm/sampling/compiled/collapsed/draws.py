"""Exact draws of what was integrated out, given each draw of the covariance parameters.

Given theta, the coefficients and dense effects are N(-Q_y, L_M^-T L_M^-1) in the notation of
`dense`. Given those too, the effects of each group of the eliminated factor are independent:
u_j = Lam v_j with

    M_j = sigma^2 I + E_j'E_j,   v_j ~ N(M_j^-1 E_j'(T_j,y - T_j,D delta), sigma^2 M_j^-1).

Where level totals are sampled, the coefficients and outer effects of their prior are drawn given
them in the same way; what is left of a total is the level's own effect.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import (
    correlations_of,
    integrated_covariance_forward,
    scale_precision,
)
from bayesmm.sampling.compiled.collapsed.data import GaussianData
from bayesmm.sampling.compiled.collapsed.dense import dense_forward
from bayesmm.sampling.compiled.collapsed.elimination import eliminate, room_for_elimination
from bayesmm.sampling.compiled.collapsed.level import effect_factor
from bayesmm.sampling.compiled.collapsed.model import GaussianModel
from bayesmm.sampling.compiled.collapsed.parameters import ConditionalDraws, effects_of_dense
from bayesmm.sampling.compiled.collapsed.streams import open_stream, standard_normal
from bayesmm.sampling.compiled.collapsed.threads import in_threads
from bayesmm.sampling.compiled.collapsed.totals import prior_gram, rows_given_totals
from bayesmm.sampling.compiled.kernels.arena import (
    close_arena,
    mark_of_arena,
    open_arena,
    rewind_arena,
    take,
    take_copy,
)
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.pointers import TABLE_SIGNATURE
from bayesmm.sampling.compiled.kernels.records import (
    Cube,
    Matrix,
    Words,
    call_with_record,
    record_reader,
)
from bayesmm.sampling.compiled.kernels.triangles import (
    lower_times,
    solve_lower,
    solve_lower_transposed,
)

__all__ = ["draw_columns", "draw_conditionals", "draw_groups", "draws_code"]

type Floats = NDArray[np.float64]


class _Job(NamedTuple):
    """Consecutive draws, and what is filled for each: D positions of the sampler.

    Attributes
    ----------
    data : GaussianData
        The model.
    positions : ndarray, shape (D, dimension)
        Draws of the covariance parameters, and of level totals.
    first : int
        Index of the first draw.
    seed, state : ndarray of uint64, shapes (1,) and (4,)
        Seed of the streams; scratch.
    values, correlations : ndarray, shapes (D, k) and (D, Q, Q)
        Sigma, sds, ...; correlations of all effects.
    delta, dense, outer, own, eliminated : ndarray
        Coefficients less the shift, effects of the factors by their place in the plan.
    """

    data: GaussianData
    positions: Matrix
    first: int
    seed: Words
    state: Words
    values: Matrix
    correlations: Cube
    delta: Matrix
    dense: Matrix
    outer: Matrix
    own: Matrix
    eliminated: Cube


_job_of_table = record_reader(_Job)


def draw_conditionals(
    model: GaussianModel, positions: Floats, seed: int, threads: int
) -> ConditionalDraws:
    """Draw coefficients and effects given each position; draw d uses random stream d.

    Parameters
    ----------
    model : GaussianModel
        The model.
    positions : ndarray, shape (D, dimension)
        Draws of the covariance parameters, and of level totals.
    seed : int
        Seed of the streams.
    threads : int
        Number of threads; does not change the result.
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
    address = draws_code()

    def work(part: slice) -> None:
        job = _Job(
            model.data,
            positions[part],
            part.start,
            np.array([seed], dtype=np.uint64),
            np.empty(4, dtype=np.uint64),
            *(
                filled[part]
                for filled in (values, correlations, delta, dense, outer, own, eliminated)
            ),
        )
        call_with_record(address, job)

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
    """Return the C address of `_draw`: compiled, or loaded, when it is first asked for."""
    return c_address("gaussian_draws", TABLE_SIGNATURE, lambda: _draw)


def _draw(table):
    """Fill the draws of a job."""
    job = _job_of_table(table)
    rows, totals, small, tables = job.data.rows, job.data.totals, job.data.small, job.data.priors
    J, q, m = rows.T.shape
    K, m2 = totals.squares.size, totals.constant.shape[0]
    in_rows = tables.precision.size - totals.fixed.shape[1]
    centre = tables.centre
    arena = open_arena()
    C, Q = take(arena, (m, m)), take(arena, (m, m))
    C2, Q2 = take(arena, (m2, m2)), take(arena, (m2, m2))
    delta, delta2 = take(arena, (m - 1,)), take(arena, (m2 - 1,))
    precision = take(arena, tables.precision.shape)
    kept = room_for_elimination(arena, rows)
    within, lane_T, T = rows.within, rows.lane_T, rows.T
    r = take(arena, (q, J if K > 0 else 0))
    if K > 0:
        within, lane_T = take(arena, (m, m)), take_copy(arena, lane_T)
        T = take_copy(arena, T)
    mark = mark_of_arena(arena)
    for t in range(job.positions.shape[0]):
        rewind_arena(arena, mark)
        open_stream(job.seed[0], job.first + t, job.state)
        x = job.positions[t]
        covariance, _ = integrated_covariance_forward(arena, x, tables)
        Lam, values = covariance.Lam, covariance.values
        for k in range(values.size):
            job.values[t, k] = values[k]
        correlations_of(covariance.L, job.correlations[t])
        scale_precision(tables, values, precision)
        if K > 0:
            a = x[x.size - K :]
            sd = values[1 + totals.effect]
            prior_gram(a, totals, sd * sd, C2)
            dense_forward(arena, C2, totals.small, Lam, precision[in_rows:], centre[in_rows:], Q2)
            draw_columns(arena, Q2, totals.small, Lam, job.state, delta2, job.outer[t])
            for c in range(totals.fixed.shape[1]):
                job.delta[t, in_rows + c] = delta2[c]
            for k in range(K):
                s = a[k]
                for c in range(totals.fixed.shape[1]):
                    s -= totals.fixed[k, c] * delta2[c]
                for f in range(totals.small.shape[0]):
                    s -= delta2[totals.small[f, 0] + totals.outer[f, k]]
                job.own[t, k] = s
            rows_given_totals(a, rows, totals, r, within, lane_T)
            for e in range(q):
                for j in range(J):
                    T[j, e, m - 1] = r[e, j]
        eliminate(arena, rows, within, lane_T, Lam, values[0] * values[0], kept, C)
        dense_forward(arena, C, small, Lam, precision[:in_rows], centre[:in_rows], Q)
        draw_columns(arena, Q, small, Lam, job.state, delta, job.dense[t])
        for c in range(in_rows):
            job.delta[t, c] = delta[c]
        draw_groups(arena, rows.R, T, Lam, values[0], delta, job.state, job.eliminated[t])
    close_arena(arena)
    return 0


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
def draw_groups(arena, R, T, Lam, sigma, delta, state, out):
    """Draw the effects of the eliminated factor given the other coefficients; out is (q, J)."""
    J, q, m = T.shape
    variance = sigma * sigma
    E, chol = take(arena, (q, q)), take(arena, (q, q))
    r, v = take(arena, (q,)), take(arena, (q,))
    for j in range(J):
        for a in range(q):
            s = T[j, a, m - 1]
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
