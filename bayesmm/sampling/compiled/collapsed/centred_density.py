"""Log density of a Gaussian model with two large factors, one integrated out, one centred.

The sampled factor has level totals a: intercept, columns constant within its levels, effects of
the factors it is nested in, and its own effects,

    a ~ N(W b + Z_outer u, t^2 I),

with b and u integrated out of this prior (`dense`, a taking the place of the response). Given a,
the rows are those of a model with the response y - Z_c a, whose remaining coefficients, small
crossed factors and largest factor are integrated out as in `density`.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.centred_parts import (
    group_shares,
    level_gradient,
    outer_gram,
    response_gram,
)
from bayesmm.sampling.compiled.collapsed.centred_statistics import responses_by_group
from bayesmm.sampling.compiled.collapsed.covariance import (
    covariance_backward,
    covariance_forward,
)
from bayesmm.sampling.compiled.collapsed.dense import (
    block_bandwidth,
    dense_backward,
    dense_forward,
    to_columns,
)
from bayesmm.sampling.compiled.collapsed.groups import eliminated_gradient, start_gram
from bayesmm.sampling.compiled.collapsed.lanes import LANES, lanes_backward, lanes_forward
from bayesmm.sampling.compiled.kernels.inner import carray, inner
from bayesmm.sampling.compiled.kernels.pointers import (
    BAD_DENSITY,
    BAD_GRADIENT,
    DENSITY_SIGNATURE,
    float64_pointer,
    int64_pointer,
    table_pointer,
)

__all__ = ["compiled", "log_density"]


@inner
def log_density(  # noqa: PLR0915
    x,
    out,
    n,
    within,
    total_response,
    T,
    lane_R,
    lane_T,
    group_start,
    group_level,
    group_H,
    level_start,
    level_group,
    level_H,
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
    etas,
    effects,
    centred_effect,
):
    """Return the log density at x and write its gradient to `out`.

    Parameters
    ----------
    x, out : array
        Position, sigma to partial correlations as in `covariance`, then a; gradient.
    n ... squares
        As in ``CentredStatistics``.
    small : array of int64, shape (factors, 4)
        Crossed small factors, as in ``dense.to_effects``.
    outer_fixed : array, shape (K, p2)
        Columns of W, constant within levels.
    outer_codes : array of int64, shape (outer factors, K)
        Level of each level's outer factors.
    outer_small, outer_constant
        Table of the outer factors; Gram matrix of [W, Z_outer, 0].
    precision, center : array, shape (p1 + p2,)
        Of the priors of the coefficients, those of rows first.
    mixtures, priors, corr, bases, etas, effects
        As in ``density.log_density``.
    centred_effect : int
        Position of the sampled factor's sd among the effects.
    """
    _, q, m = T.shape
    p2 = outer_fixed.shape[1]
    p1 = precision.size - p2
    positive = priors.shape[0]
    K = squares.size
    a = x[x.size - K :]
    own = np.empty((effects, effects))
    L = np.empty((effects, effects))
    Lam = np.empty((effects, effects))
    values = np.empty(positive)
    slopes = np.empty(positive)
    gradients = np.empty(positive)
    lp = covariance_forward(x, priors, corr, bases, own, L, Lam, values, slopes, gradients)
    variance = values[0] * values[0]
    level_variance = values[1 + centred_effect] * values[1 + centred_effect]
    scaled = precision.copy()
    for k in range(mixtures.size):
        scaled[mixtures[k]] *= values[1 + effects + k]
    dL = np.zeros((effects, effects))
    d_log = np.zeros(positive)
    d_precision = np.empty(precision.size)
    out[:] = 0.0
    d_a = out[x.size - K :]

    # the rows given a
    r = np.empty((q, T.shape[0]))
    responses_by_group(a, group_start, group_level, group_H, T, r)
    gram = np.empty((m, m))
    response_gram(a, within, total_response, T, r, columns, squares, gram)
    lanes = lane_T.copy()
    for j in range(r.shape[1]):
        for e in range(q):
            lanes[j // LANES, e, m - 1, j % LANES] = r[e, j]
    C = np.empty((m, m))
    start_gram(gram, variance, C)
    factors = np.empty(lane_R.shape)
    F = np.empty(lane_T.shape)
    log_det = n * math.log(variance)
    log_det += lanes_forward(lane_R, lanes, Lam, variance, factors, F, C)
    Q = np.empty((m, m))
    margin, quad = dense_forward(C, small, Lam, scaled[:p1], center[:p1], Q)
    lp += margin - 0.5 * log_det
    trace = dense_backward(Q, small, L, scaled[:p1], center[:p1], quad, d_precision[:p1], dL)
    to_columns(small, Lam, Q)
    bandwidth = block_bandwidth(small)
    total = np.zeros((q, q))
    trace_K, trace_C = lanes_backward(lane_R, factors, F, Q, bandwidth, total)
    eliminated_gradient(total, Lam, values[1:], q, dL)
    d_log[0] = (trace - trace_C) - variance * trace_K - (n - lane_R.shape[0] * LANES * q)
    w = np.ascontiguousarray(Q[:, m - 1])
    shares = np.empty((q, T.shape[0]))
    group_shares(T, r, w, factors, variance, shares)
    level_gradient(a, w, variance, shares, level_start, level_group, level_H, columns, squares, d_a)

    # the prior of a
    last = outer_constant.shape[0] - 1
    C = np.empty((last + 1, last + 1))
    Q = np.empty((last + 1, last + 1))
    outer_gram(a, outer_fixed, outer_codes, outer_small, outer_constant, level_variance, C)
    margin, quad = dense_forward(C, outer_small, Lam, scaled[p1:], center[p1:], Q)
    lp += margin - 0.5 * K * math.log(level_variance)
    trace = dense_backward(Q, outer_small, L, scaled[p1:], center[p1:], quad, d_precision[p1:], dL)
    dL[centred_effect, centred_effect] = trace - K
    to_columns(outer_small, Lam, Q)
    for k in range(K):
        s = a[k]
        for c in range(p2):
            s += outer_fixed[k, c] * Q[c, last]
        for f in range(outer_small.shape[0]):
            s += Q[outer_small[f, 0] + outer_codes[f, k], last]
        d_a[k] -= s / level_variance

    for k in range(mixtures.size):
        d_log[1 + effects + k] = d_precision[mixtures[k]]
    return lp + covariance_backward(
        x, priors, corr, bases, etas, own, L, Lam, values, dL, slopes, gradients, d_log, out
    )


def compiled() -> int:
    """Return the C address of `density`: compiled, or loaded, when it is first asked for."""
    return c_address("density_centred", DENSITY_SIGNATURE, lambda: density, counted=True)


def density(dimension, x_, gradient_, log_density_, table_):
    """Evaluate `log_density` with the data behind a table of `centred_model`."""
    x = carray(x_, (dimension,))
    out = carray(gradient_, (dimension,))
    t = carray(table_pointer(table_), (41,))
    n, m, q, J, lanes, cells, K, crossed = t[0], t[1], t[2], t[3], t[4], t[5], t[6], t[7]
    p, p2, outer, m2, mixtures, blocks, effects = t[8], t[9], t[10], t[11], t[12], t[13], t[14]
    value = log_density(
        x,
        out,
        n,
        carray(float64_pointer(t[16]), (m, m)),
        carray(float64_pointer(t[17]), (m,)),
        carray(float64_pointer(t[18]), (J, q, m)),
        carray(float64_pointer(t[19]), (lanes, q, q, LANES)),
        carray(float64_pointer(t[20]), (lanes, q, m, LANES)),
        carray(int64_pointer(t[21]), (J + 1,)),
        carray(int64_pointer(t[22]), (cells,)),
        carray(float64_pointer(t[23]), (q, cells)),
        carray(int64_pointer(t[24]), (K + 1,)),
        carray(int64_pointer(t[25]), (cells,)),
        carray(float64_pointer(t[26]), (q, cells)),
        carray(float64_pointer(t[27]), (K, m)),
        carray(float64_pointer(t[28]), (K,)),
        carray(int64_pointer(t[29]), (crossed, 4)),
        carray(float64_pointer(t[30]), (K, p2)),
        carray(int64_pointer(t[31]), (outer, K)),
        carray(int64_pointer(t[32]), (outer, 4)),
        carray(float64_pointer(t[33]), (m2, m2)),
        carray(float64_pointer(t[34]), (p,)),
        carray(float64_pointer(t[35]), (p,)),
        carray(int64_pointer(t[36]), (mixtures,)),
        carray(float64_pointer(t[37]), (1 + effects + mixtures, 6)),
        carray(int64_pointer(t[38]), (blocks, 3)),
        carray(float64_pointer(t[39]), (effects, effects)),
        carray(float64_pointer(t[40]), (blocks,)),
        effects,
        t[15],
    )
    if not math.isfinite(value):
        return BAD_DENSITY
    for i in range(dimension):
        if not math.isfinite(out[i]):
            return BAD_GRADIENT
    log_density_[0] = value
    return 0
