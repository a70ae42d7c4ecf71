"""Group effects of a block: from coordinates to level values, and the gradient back.

A level value is what multiplies the columns of Z in the rows: the effect u_j plus m_j, the part
of the common effects that this block carries and the level values of a coarser factor that it
rests on. With Sigma = Lam Lam', Lam = diag(sd) L:

centred       v_j ~ N(m_j, Sigma),   value_j = v_j           the first levels
non-centred   v_j ~ N(0, I),         value_j = Lam v_j + m_j  the others
"""

import math

from bayesmm.sampling.compiled.kernels.correlation import (
    correlation_backward,
    partials_to_cholesky,
)
from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.priors import prior_of_parameter
from bayesmm.sampling.compiled.kernels.reductions import dot

__all__ = [
    "block_forward",
    "centred_backward",
    "covariance_backward",
    "covariance_forward",
    "noncentred_backward",
]

_Q = BlockField.EFFECTS
_J = BlockField.LEVELS
_CORRELATED = BlockField.CORRELATED
_CENTRED = BlockField.CENTRED
_SHIFTED = BlockField.SHIFTED
_SDS = BlockField.SDS
_PARTIALS = BlockField.PARTIALS
_PRIOR = BlockField.PRIOR


@bare
def covariance_forward(block, priors, x, out, L, Lam, scales):
    """Fill L and Lam of a block; return the log prior of its sds and write its gradient.

    x and `out` are coordinates and gradient. L and Lam, (q, q), become the Cholesky factors of the
    correlation and the covariance matrix, `scales`, (2, q), the sds and their derivatives in their
    coordinates.
    """
    q = block[_Q]
    if block[_CORRELATED]:
        partials_to_cholesky(x[block[_PARTIALS] :], q, L)
    else:
        for a in range(q):
            for b in range(a):
                L[a, b] = 0.0
            L[a, a] = 1.0
    log_density = 0.0
    for a in range(q):
        sd, slope, log_prior, gradient = prior_of_parameter(
            priors[block[_PRIOR] + a], x[block[_SDS] + a]
        )
        scales[0, a] = sd
        scales[1, a] = slope
        log_density += log_prior
        out[block[_SDS] + a] = gradient
        for b in range(a + 1):
            Lam[a, b] = sd * L[a, b]
    return log_density


@bare
def covariance_backward(block, eta, L, dLam, scales, out):
    """Turn d log p / d Lam into the gradient of sds and partials; return the log LKJ density.

    eta is the shape of the LKJ prior. dLam, (q, q), has the derivatives in the lower triangle of
    Lam, and is overwritten by those of L.
    """
    q, correlated = block[_Q], block[_CORRELATED]
    for a in range(q):
        derivative = 0.0
        for b in range(0 if correlated else a, a + 1):
            derivative += dLam[a, b] * L[a, b]
            dLam[a, b] *= scales[0, a]
        out[block[_SDS] + a] += derivative * scales[1, a]
    if not correlated:
        return 0.0
    return correlation_backward(q, L, dLam, eta, out[block[_PARTIALS] :])


@bare
def block_forward(block, v, Lam, mean, shift, values):
    """Write v (centred levels, less the shift of one effect) or Lam v + m into `values`.

    Here and below effects are flat arrays of shape (q, J) in C order.
    """
    q, J, centred = block[_Q], block[_J], block[_CENTRED]
    for a in range(q):
        row = a * J
        own = shift if a == block[_SHIFTED] else 0.0
        for j in range(centred):
            values[row + j] = v[row + j] - own
        for j in range(centred, J):
            values[row + j] = mean[row + j] + Lam[a, a] * v[row + j]
        for b in range(a if block[_CORRELATED] else 0):
            for j in range(centred, J):
                values[row + j] += Lam[a, b] * v[b * J + j]


@bare
def noncentred_backward(block, v, Lam, d_values, d_mean, dv, dLam):
    """Return -1/2 sum_j v_j'v_j of the levels that are not centred; write their gradient.

    `d_values` has the derivatives of the log likelihood in the level values; `d_mean` and `dv` are
    overwritten with those in the carried part m_j and in v_j, to dLam, (q, q), those in the lower
    triangle of Lam are added.
    """
    q, J, correlated, first = block[_Q], block[_J], block[_CORRELATED], block[_CENTRED]
    squares = 0.0
    for a in range(q):
        row = a * J
        for j in range(first, J):
            d_mean[row + j] = d_values[row + j]
            dv[row + j] = Lam[a, a] * d_values[row + j] - v[row + j]
        for b in range(a + 1, q if correlated else 0):
            for j in range(first, J):
                dv[row + j] += Lam[b, a] * d_values[b * J + j]
        for b in range(0 if correlated else a, a + 1):
            dLam[a, b] += dot(d_values, row + first, v, b * J + first, J - first)
        squares += dot(v, row + first, v, row + first, J - first)
    return -0.5 * squares


@bare
def centred_backward(block, Lam, values, mean, d_values, d_mean, dv, dLam):
    """Return -1/2 sum_j z_j'z_j - n log|Lam| of the n centred levels; write their gradient.

    z_j = Lam^-1 (value_j - m_j), of level values after any shift; `mean`, which has the m_j, is
    overwritten. The rest is as in `noncentred_backward`.
    """
    q, J, correlated, n = block[_Q], block[_J], block[_CORRELATED], block[_CENTRED]
    log_density = 0.0
    z = mean
    for a in range(q):
        row = a * J
        for j in range(n):
            z[row + j] = values[row + j] - mean[row + j]
        for b in range(a if correlated else 0):
            for j in range(n):
                z[row + j] -= Lam[a, b] * z[b * J + j]
        for j in range(n):
            z[row + j] /= Lam[a, a]
        log_density -= n * math.log(Lam[a, a]) + 0.5 * dot(z, row, z, row, n)
    # d/dm = Lam^-T z, which is minus the derivative with respect to the value
    for a in range(q - 1, -1, -1):
        row = a * J
        for j in range(n):
            d_mean[row + j] = z[row + j]
        for b in range(a + 1, q if correlated else 0):
            for j in range(n):
                d_mean[row + j] -= Lam[b, a] * d_mean[b * J + j]
        for j in range(n):
            d_mean[row + j] /= Lam[a, a]
            dv[row + j] = d_values[row + j] - d_mean[row + j]
    for a in range(q):
        for b in range(0 if correlated else a, a + 1):
            dLam[a, b] += dot(d_mean, a * J, z, b * J, n)
        dLam[a, a] -= n / Lam[a, a]
    return log_density
