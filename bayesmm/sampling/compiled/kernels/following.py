"""Effects that follow their own sd: where weights that are frozen leave what they should not.

Weights of rows are those of the middle of the posterior. On a bounded scale they fall as effects
grow: of a level whose responses are all alike the effect goes where the sd lets it go, and its
spread is that of the sd, whatever was frozen. So the coordinate z of the one effect of a finest
level is read as r^a z + b log r, r = (1 + sd / middle) / 2, which is 1 in the middle and 1/2 at
sd = 0: a power of the sd where it is large, bounded where it is small. The log Jacobian is the sum
of a log r.
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
_J = LinkField.LEVELS
_EFFECTS = LinkField.EFFECTS_AT


@bare
def followed(link, following, scales, moved, stretch):
    """Move the coordinates of the finest effects; return the log Jacobian.

    `link` is the first of ``TransportData.chain``, of one effect; `following`, (1 + 2 J,), has the
    middle of the sd, then a and b of every level; for `scales` see `TransportSpace`. Of `moved`,
    the coordinates, those of the effects are overwritten; `stretch`, (J,), becomes r^a.
    """
    J = link[_J]
    log_r = math.log(0.5 + 0.5 * scales[2 * link[_BLOCK], 0] / following[0])
    powers, shifts = following[1 : 1 + J], following[1 + J :]
    z = moved[link[_EFFECTS] : link[_EFFECTS] + J]
    for j in range(J):
        stretch[j] = exp(powers[j] * log_r)
        z[j] = stretch[j] * z[j] + shifts[j] * log_r
    return log_r * run_sum(powers, 0, J)


@bare
def followed_backward(link, following, scales, blocks, x, stretch, out):
    """Turn derivatives in what `followed` writes into those in coordinates; add those of the sd.

    x are the coordinates before, `stretch` is as left by `followed`, and overwritten; `out` has the
    derivatives.
    """
    k, at, J = link[_BLOCK], link[_EFFECTS], link[_J]
    powers, shifts = following[1 : 1 + J], following[1 + J :]
    slopes = out[at : at + J]
    total = run_sum(powers, 0, J) + dot(slopes, 0, shifts, 0, J)
    for j in range(J):
        slopes[j] *= stretch[j]
        stretch[j] = powers[j] * x[at + j]
    total += dot(slopes, 0, stretch, 0, J)
    out[blocks[k, _SDS]] += total * scales[2 * k + 1, 0] / (scales[2 * k, 0] + following[0])
