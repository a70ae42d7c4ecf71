"""Effects that follow their own sd: where weights that are frozen leave what they should not.

Weights of rows are those of the middle of the posterior. On a bounded scale they fall as effects
grow: of a level whose responses are all alike the effect goes where the sd lets it go, and its
spread is that of the sd, whatever was frozen. So coordinates z of the finest effects are read as
r^a z + b log r, r = (1 + sd / middle) / 2, which is 1 in the middle and at least 1/2: powers of the
sd where it is large, nothing that grows where it is small. The log Jacobian is the sum of a log r.
"""

import math

from bayesmm.sampling.compiled.kernels.data import BlockField
from bayesmm.sampling.compiled.kernels.elementary import exp
from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.reductions import dot, run_sum
from bayesmm.sampling.compiled.kernels.transport_data import LinkField

__all__ = ["followed", "followed_backward"]

_SDS = BlockField.SDS
_BLOCK = LinkField.BLOCK
_Q = LinkField.EFFECTS
_J = LinkField.LEVELS
_EFFECTS = LinkField.EFFECTS_AT


@bare
def followed(chain, following, scales, moved, stretch):
    """Move the coordinates of the finest effects; return the log Jacobian.

    Parameters
    ----------
    chain : array
        See `TransportData`.
    following : array, shape (q, 1 + 2 J)
        Of each effect the middle of its sd, then a and b of every level.
    scales : array, shape (2 K, q)
        See `TransportSpace`.
    moved : array
        The coordinates: those of the effects are overwritten.
    stretch : array, shape (q J,)
        Overwritten: r^a.
    """
    link = chain[0]
    J, log_jacobian = link[_J], 0.0
    for a in range(following.shape[0]):
        log_r = math.log(0.5 + 0.5 * scales[2 * link[_BLOCK], a] / following[a, 0])
        powers, shifts = following[a, 1 : 1 + J], following[a, 1 + J : 1 + 2 * J]
        z = moved[link[_EFFECTS] + a * J : link[_EFFECTS] + (a + 1) * J]
        own = stretch[a * J : (a + 1) * J]
        for j in range(J):
            own[j] = exp(powers[j] * log_r)
            z[j] = own[j] * z[j] + shifts[j] * log_r
        log_jacobian += log_r * run_sum(powers, 0, J)
    return log_jacobian


@bare
def followed_backward(chain, following, scales, blocks, x, stretch, out):
    """Turn derivatives in what `followed` writes into those in coordinates; add those of sds.

    Parameters
    ----------
    chain, following, scales, stretch
        As of `followed`, and left by it.
    blocks : array
        See `JointData`.
    x : array
        The coordinates before.
    out : array
        Derivatives.
    """
    link = chain[0]
    J = link[_J]
    for a in range(following.shape[0]):
        powers, shifts = following[a, 1 : 1 + J], following[a, 1 + J : 1 + 2 * J]
        at = link[_EFFECTS] + a * J
        own, slopes = stretch[a * J : (a + 1) * J], out[at : at + J]
        total = run_sum(powers, 0, J) + dot(slopes, 0, shifts, 0, J)
        for j in range(J):
            slopes[j] *= own[j]
            own[j] = powers[j] * x[at + j]
        total += dot(slopes, 0, own, 0, J)
        sd, slope = scales[2 * link[_BLOCK], a], scales[2 * link[_BLOCK] + 1, a]
        out[blocks[link[_BLOCK], _SDS] + a] += total * slope / (sd + following[a, 0])
