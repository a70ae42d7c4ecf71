"""Log density of a Gaussian model whose coefficients and group effects are all integrated out.

The largest factor is eliminated through V = sigma^2 I + Z G Z' (`groups`), the coefficients and
the effects of the other factors through one dense factorization (`dense`). What is left to
sample are sigma, the sds, the correlations and one precision per heavy-tailed coefficient.
"""

import math

import numpy as np

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.collapsed.covariance import (
    covariance_backward,
    covariance_forward,
)
from bayesmm.sampling.compiled.collapsed.dense import (
    block_bandwidth,
    dense_backward,
    dense_forward,
    doubled_square,
    to_columns,
)
from bayesmm.sampling.compiled.collapsed.groups import (
    classes_backward,
    classes_forward,
    eliminated_gradient,
    rows_backward,
    rows_buffer,
    rows_forward,
    start_gram,
)
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
def log_density(
    x,
    out,
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
):
    """Return the log density at x and write its gradient to `out`.

    Parameters
    ----------
    x, out : array
        Position (see `covariance`) and gradient.
    n : int
        Number of rows.
    within, R, T, single, lane_R, lane_T, class_size, class_R, class_E
        As in ``GroupStatistics``.
    small : array of int64, shape (factors, 4)
        As in ``dense.to_effects``.
    precision, center : array, shape (p,)
        Of the normal priors of the coefficients.
    mixtures : array of int64
        Coefficients whose precision is multiplied by a parameter.
    priors, corr, bases, etas
        As in `covariance`.
    effects : int
        Number of effects of all factors, Q.
    """
    m = within.shape[0]
    q = R.shape[1]
    positive = priors.shape[0]
    own = np.empty((effects, effects))
    L = np.empty((effects, effects))
    Lam = np.empty((effects, effects))
    values = np.empty(positive)
    slopes = np.empty(positive)
    gradients = np.empty(positive)
    lp = covariance_forward(x, priors, corr, bases, own, L, Lam, values, slopes, gradients)
    variance = values[0] * values[0]

    C = np.empty((m, m))
    start_gram(within, variance, C)
    inverses = np.empty((class_size.size, q, q))
    log_det = n * math.log(variance)
    log_det += classes_forward(class_R, class_size, class_E, Lam, variance, inverses, C)
    factors = np.empty((single.size, q, q))
    F = rows_buffer(single.size, q, m)
    log_det += rows_forward(R, T, single, Lam, variance, factors, F, C)
    lane_factors = np.empty(lane_R.shape)
    lane_F = np.empty(lane_T.shape)
    log_det += lanes_forward(lane_R, lane_T, Lam, variance, lane_factors, lane_F, C)
    scaled = precision.copy()
    for k in range(mixtures.size):
        scaled[mixtures[k]] *= values[1 + effects + k]
    Q = np.empty((m, m))
    margin, quad = dense_forward(C, small, Lam, scaled, center, Q)
    lp += margin - 0.5 * log_det

    dL = np.zeros((effects, effects))
    d_log = np.zeros(positive)
    d_precision = np.empty(precision.size)
    trace = dense_backward(Q, small, L, scaled, center, quad, d_precision, dL)
    for k in range(mixtures.size):
        d_log[1 + effects + k] = d_precision[mixtures[k]]
    to_columns(small, Lam, Q)
    bandwidth = block_bandwidth(small)
    total = np.zeros((q, q))
    K = np.empty((q, q))
    trace_K, trace_C = rows_backward(R, single, factors, F, Q, bandwidth, K, total)
    more_K, more_C = lanes_backward(lane_R, lane_factors, lane_F, Q, bandwidth, total)
    trace_K += more_K
    trace_C += more_C
    if class_size.size > 0:
        doubled_square(Q, bandwidth, C)
        more_K, more_C = classes_backward(class_R, class_size, class_E, inverses, C, K, total)
        trace_K += more_K
        trace_C += more_C
    eliminated_gradient(total, Lam, values[1:], q, dL)
    # tr(Psi within) / sigma^2 is what the groups leave of tr(Psi W'V^-1W).
    in_lanes = lane_R.shape[0] * LANES
    members = single.size + in_lanes + class_size.sum()  # empty groups have their share of trace_K
    d_log[0] = (trace - trace_C) - variance * trace_K - (n - members * q)
    return lp + covariance_backward(
        x, priors, corr, bases, etas, own, L, Lam, values, dL, slopes, gradients, d_log, out
    )


def compiled() -> int:
    """Return the C address of `density`: compiled, or loaded, when it is first asked for."""
    return c_address("density_integrated", DENSITY_SIGNATURE, lambda: density, counted=True)


def density(dimension, x_, gradient_, log_density_, table_):
    """Evaluate `log_density` with the data behind a table made by `tables.density_table`."""
    x = carray(x_, (dimension,))
    out = carray(gradient_, (dimension,))
    t = carray(table_pointer(table_), (29,))
    n, m, q, J, singles, lanes, classes = t[0], t[1], t[2], t[3], t[4], t[5], t[6]
    factors, p, mixtures, blocks, effects = t[7], t[8], t[9], t[10], t[11]
    value = log_density(
        x,
        out,
        n,
        carray(float64_pointer(t[12]), (m, m)),
        carray(float64_pointer(t[13]), (J, q, q)),
        carray(float64_pointer(t[14]), (J, q, m)),
        carray(int64_pointer(t[15]), (singles,)),
        carray(float64_pointer(t[16]), (lanes, q, q, LANES)),
        carray(float64_pointer(t[17]), (lanes, q, m, LANES)),
        carray(float64_pointer(t[18]), (classes,)),
        carray(float64_pointer(t[19]), (classes, q, q)),
        carray(float64_pointer(t[20]), (m, classes * (q * (q + 1) // 2), m)),
        carray(int64_pointer(t[21]), (factors, 4)),
        carray(float64_pointer(t[22]), (p,)),
        carray(float64_pointer(t[23]), (p,)),
        carray(int64_pointer(t[24]), (mixtures,)),
        carray(float64_pointer(t[25]), (1 + effects + mixtures, 6)),
        carray(int64_pointer(t[26]), (blocks, 3)),
        carray(float64_pointer(t[27]), (effects, effects)),
        carray(float64_pointer(t[28]), (blocks,)),
        effects,
    )
    if not math.isfinite(value):
        return BAD_DENSITY
    for i in range(dimension):
        if not math.isfinite(out[i]):
            return BAD_GRADIENT
    log_density_[0] = value
    return 0
