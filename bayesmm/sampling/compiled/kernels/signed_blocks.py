"""Sds and correlations of all blocks, in the coordinates of `folded` and `signed`, and back."""

from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.decov import add_decov
from bayesmm.sampling.compiled.kernels.folded import folded_sd
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.priors import DECOV
from bayesmm.sampling.compiled.kernels.signed import (
    NORMAL,
    cholesky_backward,
    cholesky_of_scores,
)

__all__ = ["covariances", "covariances_backward"]

_Q = BlockField.EFFECTS
_CORRELATED = BlockField.CORRELATED
_SDS = BlockField.SDS
_PARTIALS = BlockField.PARTIALS
_PRIOR = BlockField.PRIOR


@bare
def covariances(data, sds, x, out, scalars, d_scalars, L, C, dC, scales):
    """Fill the factors of all blocks; return the log prior of the sds, write its gradient."""
    log_density = 0.0
    n_scalars = data.sizes[1] + data.sizes[2]
    width = C.shape[1]
    for k in range(data.blocks.shape[0]):
        block = data.blocks[k]
        q, first = block[_Q], k * width
        own = L[first : first + width]
        if block[_CORRELATED]:
            cholesky_of_scores(NORMAL, x[block[_PARTIALS] :], q, own)
        else:
            for a in range(q):
                for b in range(a):
                    own[a, b] = 0.0
                own[a, a] = 1.0
        for a in range(q):
            row, at = block[_PRIOR] + a, block[_SDS] + a
            own_sd = sds[row - n_scalars]
            sd, slope, log_p, gradient = folded_sd(
                data.priors[row], own_sd[0], own_sd[1], own_sd[2], x[at]
            )
            log_density += log_p
            out[at] = gradient
            scales[2 * k, a] = sd
            scales[2 * k + 1, a] = slope
            for b in range(a + 1):
                C[first + a, b] = sd * own[a, b]
                dC[first + a, b] = 0.0
        row = data.priors[block[_PRIOR]]
        if row[0] == DECOV:
            at = data.sizes[5]
            dispersion = scalars[at] if at >= 0 else 1.0
            log_p, pull = add_decov(row, scales[2 * k], dispersion, out[block[_SDS] :])
            log_density += log_p
            if at >= 0:
                d_scalars[at] += pull / dispersion
    return log_density


@bare
def covariances_backward(data, x, out, L, dC, scales):
    """Add to the gradient of sds and correlations; return the log prior of the correlations."""
    log_density = 0.0
    width = dC.shape[1]
    for k in range(data.blocks.shape[0]):
        block = data.blocks[k]
        q, first = block[_Q], k * width
        own, derivative = L[first : first + width], dC[first : first + width]
        for a in range(q):
            total = 0.0
            for b in range(0 if block[_CORRELATED] else a, a + 1):
                total += derivative[a, b] * own[a, b]
                derivative[a, b] *= scales[2 * k, a]
            out[block[_SDS] + a] += total * scales[2 * k + 1, a]
        if block[_CORRELATED]:
            at = block[_PARTIALS]
            log_density += cholesky_backward(
                NORMAL, x[at:], q, own, derivative, data.lkj[k], out[at:]
            )
    return log_density
