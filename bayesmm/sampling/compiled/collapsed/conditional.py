"""Exact draws of what was integrated out, given each draw of the covariance parameters.

Given theta, the coefficients and dense effects are N(-Q_y, L_M^-T L_M^-1) in the notation of
`dense`. Given those too, the effects of each group of the eliminated factor are independent:
u_j = Lam v_j with

    M_j = sigma^2 I + E_j'E_j,   v_j ~ N(M_j^-1 E_j'(T_j,y - T_j,D delta), sigma^2 M_j^-1).
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.collapsed.algebra import (
    cholesky_lower,
    solve_lower,
    solve_lower_transposed,
)
from bayesmm.sampling.compiled.collapsed.covariance import covariance_parameters
from bayesmm.sampling.compiled.collapsed.dense import dense_forward
from bayesmm.sampling.compiled.collapsed.groups import (
    classes_forward,
    rows_buffer,
    rows_forward,
    start_gram,
)
from bayesmm.sampling.compiled.collapsed.lanes import lanes_forward
from bayesmm.sampling.compiled.collapsed.model import CollapsedModel
from bayesmm.sampling.compiled.collapsed.parameters import ConditionalDraws, effects_of_dense
from bayesmm.sampling.compiled.collapsed.streams import open_stream, standard_normal
from bayesmm.sampling.compiled.collapsed.threads import over_draws
from bayesmm.sampling.compiled.kernels.inner import inner

__all__ = ["draw_conditionals", "draw_groups"]

type Floats = NDArray[np.float64]


def draw_conditionals(
    model: CollapsedModel, positions: Floats, seed: int, threads: int
) -> ConditionalDraws:
    """Draw coefficients and effects given each position; draw d uses random stream d.

    Parameters
    ----------
    model : CollapsedModel
        The model.
    positions : ndarray, shape (D, dimension)
        Draws of the covariance parameters.
    seed : int
        Seed of the streams.
    threads : int
        Number of threads; does not change the result.
    """
    D = len(positions)
    J, q, _ = model.statistics.T.shape
    p = len(model.shift)
    delta = np.empty((D, p))
    dense = np.empty((D, sum(f.width for f in model.plan.dense)))
    eliminated = np.empty((D, q, J))

    def work(part: slice) -> None:
        _draw(
            np.ascontiguousarray(positions[part]),
            part.start,
            np.uint64(seed),
            *model.arguments(),
            delta[part],
            dense[part],
            eliminated[part],
        )

    over_draws(work, D, threads)
    effects = effects_of_dense(dense, model.plan.dense)
    if model.plan.eliminated:
        effects[model.plan.eliminated.name] = eliminated
    return ConditionalDraws(delta + model.shift, effects)


@array_function
def _draw(
    positions,
    first_index,
    seed,
    n,
    within,
    R,
    T,
    single,
    lane_R,
    lane_T,
    class_size,
    class_R,
    class_E,
    small,
    precision,
    center,
    mixtures,
    priors,
    corr,
    bases,
    etas,
    effects,
    delta_out,
    dense_out,
    eliminated_out,
):
    """Fill the draws for consecutive positions, the first with index `first_index`."""
    m = within.shape[0]
    q = R.shape[1]
    p = precision.size
    C = np.empty((m, m))
    Q = np.empty((m, m))
    inverses = np.empty((class_size.size, q, q))
    factors = np.empty((single.size, q, q))
    F = rows_buffer(single.size, q, m)
    lane_factors = np.empty(lane_R.shape)
    lane_F = np.empty(lane_T.shape)
    z = np.empty(m - 1)
    delta = np.empty(m - 1)
    state = np.empty(4, np.uint64)
    for t in range(positions.shape[0]):
        open_stream(seed, first_index + t, state)
        sigma, Lam, values = covariance_parameters(positions[t], priors, corr, bases)
        variance = sigma * sigma
        start_gram(within, variance, C)
        classes_forward(class_R, class_size, class_E, Lam, variance, inverses, C)
        rows_forward(R, T, single, Lam, variance, factors, F, C)
        lanes_forward(lane_R, lane_T, Lam, variance, lane_factors, lane_F, C)
        scaled = precision.copy()
        for k in range(mixtures.size):
            scaled[mixtures[k]] *= values[1 + effects + k]
        dense_forward(C, small, Lam, scaled, center, Q)
        for i in range(m - 1):
            z[i] = standard_normal(state)
        for i in range(m - 1):
            s = -Q[i, m - 1]
            for k in range(i, m - 1):
                s += Q[i, k] * z[k]
            delta[i] = s
        for a in range(p):
            delta_out[t, a] = delta[a]
        for f in range(small.shape[0]):
            start, levels, width, effect = small[f]
            for j in range(levels):
                first = start + j * width
                for a in range(width - 1, -1, -1):
                    s = 0.0
                    for b in range(a + 1):
                        s += Lam[effect + a, effect + b] * delta[first + b]
                    delta[first + a] = s
                    dense_out[t, start - p + a * levels + j] = s
        draw_groups(R, T, Lam, sigma, delta, state, eliminated_out[t])


@inner
def draw_groups(R, T, Lam, sigma, delta, state, out):
    """Draw the effects of the eliminated factor given the other coefficients; out is (q, J)."""
    J, q, m = T.shape
    variance = sigma * sigma
    E = np.empty((q, q))
    M = np.empty((q, q))
    chol = np.empty((q, q))
    r = np.empty(q)
    v = np.empty(q)
    for j in range(J):
        for a in range(q):
            s = T[j, a, m - 1]
            for c in range(m - 1):
                s -= T[j, a, c] * delta[c]
            r[a] = s
            for c in range(q):
                s = 0.0
                for d in range(max(a, c), q):
                    s += R[j, a, d] * Lam[d, c]
                E[a, c] = s
        for a in range(q):
            s = 0.0
            for d in range(q):
                s += E[d, a] * r[d]
            v[a] = s
            for c in range(a + 1):
                s = variance if a == c else 0.0
                for d in range(q):
                    s += E[d, a] * E[d, c]
                M[a, c] = s
        cholesky_lower(M, q, chol)
        solve_lower(chol, q, v)
        for a in range(q):
            v[a] += sigma * standard_normal(state)
        solve_lower_transposed(chol, q, v)
        for a in range(q):
            s = 0.0
            for c in range(a + 1):
                s += Lam[a, c] * v[c]
            out[a, j] = s
