"""Sampling with a centred factor: exact draws of the rest given its level totals."""

import time

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.arrays import array_function
from bayesmm.sampling.compiled.bridge import sample_density
from bayesmm.sampling.compiled.collapsed.bases import factors_with_basis
from bayesmm.sampling.compiled.collapsed.centred_density import compiled
from bayesmm.sampling.compiled.collapsed.centred_model import (
    CentredModel,
    centred_model,
    compiled_density,
)
from bayesmm.sampling.compiled.collapsed.centred_parts import outer_gram, response_gram
from bayesmm.sampling.compiled.collapsed.centred_statistics import responses_by_group
from bayesmm.sampling.compiled.collapsed.conditional import draw_groups
from bayesmm.sampling.compiled.collapsed.covariance import covariance_parameters
from bayesmm.sampling.compiled.collapsed.dense import (
    block_bandwidth,
    dense_forward,
    to_columns,
)
from bayesmm.sampling.compiled.collapsed.groups import start_gram
from bayesmm.sampling.compiled.collapsed.integrated import STREAM_FAMILY
from bayesmm.sampling.compiled.collapsed.lanes import LANES, lanes_forward
from bayesmm.sampling.compiled.collapsed.parameters import (
    ConditionalDraws,
    effects_of_dense,
    parameter_draws,
)
from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.compiled.collapsed.streams import open_stream, standard_normal
from bayesmm.sampling.compiled.collapsed.threads import over_draws
from bayesmm.sampling.compiled.kernels.inner import inner
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings

__all__ = ["draw_given_totals", "sample_centred"]

type Floats = NDArray[np.float64]


def sample_centred(
    design: Design, priors: Priors, plan: Plan, settings: SamplerSettings
) -> ParameterDraws:
    """Sample covariance parameters and level totals, then all else given each draw."""
    began = time.perf_counter()
    compiled()  # first: what comes after sampling may be compiled beside it
    model = centred_model(design, priors, plan)
    prepared = time.perf_counter()
    raw = sample_density(compiled_density(model), settings)
    sampled = time.perf_counter()
    conditional = draw_given_totals(
        model,
        raw.positions.reshape(-1, model.dimension),
        settings.seed ^ STREAM_FAMILY,
        settings.cores,
    )
    seconds = {
        "compile": prepared - began,
        "sample": time.perf_counter() - prepared,
        "effects": time.perf_counter() - sampled,
    }
    integrated = [f.name for f in plan.factors if f is not plan.centred]
    facts = {
        "path": "collapsed",
        "integrated": (*design.terms, *integrated),
        "eliminated": plan.eliminated.name,
        "centred": plan.centred.name,
        "dense_width": len(model.statistics.within) + len(model.outer_constant) - 2,
        "decorrelated": factors_with_basis(plan, model.tables.bases),
        "sampled_dimension": model.dimension,
    }
    return parameter_draws(design, plan, model.tables, raw, conditional, seconds, facts)


def draw_given_totals(
    model: CentredModel, positions: Floats, seed: int, threads: int
) -> ConditionalDraws:
    """Draw coefficients and effects given each position; draw d uses random stream d.

    Parameters
    ----------
    model : CentredModel
        The model.
    positions : ndarray, shape (D, dimension)
        Draws of covariance parameters and level totals.
    seed : int
        Seed of the streams.
    threads : int
        Number of threads; does not change the result.
    """
    D = len(positions)
    s, plan = model.statistics, model.plan
    J, q, _ = s.T.shape
    p = len(model.shift)
    delta = np.empty((D, p))
    dense = np.empty((D, sum(f.width for f in plan.dense)))
    outer = np.empty((D, sum(f.width for f in plan.outer)))
    own = np.empty((D, 1, plan.centred.n_groups))
    eliminated = np.empty((D, q, J))

    def work(part: slice) -> None:
        _draw(
            positions[part],
            part.start,
            np.uint64(seed),
            s.R,
            *model.arguments(),
            delta[part],
            dense[part],
            outer[part],
            own[part],
            eliminated[part],
        )

    over_draws(work, D, threads)
    effects = effects_of_dense(dense, plan.dense) | effects_of_dense(outer, plan.outer)
    effects |= {plan.eliminated.name: eliminated, plan.centred.name: own}
    coefficients = np.empty((D, p))
    coefficients[:, model.order] = delta + model.shift
    return ConditionalDraws(coefficients, effects)


@inner
def _draw_columns(Q, bandwidth, state, delta):
    """Draw the coefficients of all columns, N(-Q_y, Q_D Q_D')."""
    P = delta.size
    z = np.empty(P)
    for i in range(P):
        z[i] = standard_normal(state)
    for i in range(P):
        s = -Q[i, P]
        for k in range(max(i - bandwidth, 0), P):
            s += Q[i, k] * z[k]
        delta[i] = s


@inner
def _scatter_levels(delta, small, out):
    """Write the effects of the small factors, for each effect all levels."""
    at = 0
    for f in range(small.shape[0]):
        start, levels, width, _ = small[f]
        for a in range(width):
            for j in range(levels):
                out[at] = delta[start + j * width + a]
                at += 1


@array_function
def _draw(
    positions,
    first_index,
    seed,
    R,
    _n,
    within,
    total_response,
    T,
    lane_R,
    lane_T,
    group_start,
    group_level,
    group_H,
    _level_start,
    _level_group,
    _level_H,
    columns,
    squares,
    small,
    outer_fixed,
    outer_codes,
    outer_small,
    outer_constant,
    precision,
    center,
    mixtures,
    priors,
    corr,
    bases,
    _etas,
    effects,
    centred_effect,
    delta_out,
    dense_out,
    outer_out,
    own_out,
    eliminated_out,
):
    """Fill the draws for consecutive positions, the first with index `first_index`."""
    J, q, m = T.shape
    K, p2 = outer_fixed.shape
    p1 = precision.size - p2
    m2 = outer_constant.shape[0]
    T_r = T.copy()
    lanes = lane_T.copy()
    factors = np.empty(lane_R.shape)
    F = np.empty(lane_T.shape)
    r = np.empty((q, J))
    gram = np.empty((m, m))
    C = np.empty((m, m))
    Q = np.empty((m, m))
    C2 = np.empty((m2, m2))
    Q2 = np.empty((m2, m2))
    delta = np.empty(m - 1)
    delta2 = np.empty(m2 - 1)
    state = np.empty(4, np.uint64)
    bandwidth = block_bandwidth(small)
    for t in range(positions.shape[0]):
        open_stream(seed, first_index + t, state)
        x = positions[t]
        a = x[x.size - K :]
        sigma, Lam, values = covariance_parameters(x, priors, corr, bases)
        scaled = precision.copy()
        for k in range(mixtures.size):
            scaled[mixtures[k]] *= values[1 + effects + k]
        level_sd = values[1 + centred_effect]
        outer_gram(
            a, outer_fixed, outer_codes, outer_small, outer_constant, level_sd * level_sd, C2
        )
        dense_forward(C2, outer_small, Lam, scaled[p1:], center[p1:], Q2)
        to_columns(outer_small, Lam, Q2)
        _draw_columns(Q2, 0, state, delta2)
        for c in range(p2):
            delta_out[t, p1 + c] = delta2[c]
        _scatter_levels(delta2, outer_small, outer_out[t])
        for k in range(K):
            s = a[k]
            for c in range(p2):
                s -= outer_fixed[k, c] * delta2[c]
            for f in range(outer_small.shape[0]):
                s -= delta2[outer_small[f, 0] + outer_codes[f, k]]
            own_out[t, 0, k] = s

        variance = sigma * sigma
        responses_by_group(a, group_start, group_level, group_H, T, r)
        response_gram(a, within, total_response, T, r, columns, squares, gram)
        for j in range(J):
            for e in range(q):
                lanes[j // LANES, e, m - 1, j % LANES] = r[e, j]
                T_r[j, e, m - 1] = r[e, j]
        start_gram(gram, variance, C)
        lanes_forward(lane_R, lanes, Lam, variance, factors, F, C)
        dense_forward(C, small, Lam, scaled[:p1], center[:p1], Q)
        to_columns(small, Lam, Q)
        _draw_columns(Q, bandwidth, state, delta)
        for c in range(p1):
            delta_out[t, c] = delta[c]
        _scatter_levels(delta, small, dense_out[t])
        draw_groups(R, T_r, Lam, sigma, delta, state, eliminated_out[t])
