"""Sds folded onto the whole line, so that those near 0 have nearly normal coordinates too.

Of a coordinate t the sd is that of `signed` at x = fold g(t), g(t) = phi(t) + t Phi(t), whose slope
is Phi(t): far above 0 it is t itself, and far below g falls like a normal density. Where nothing
is known of an sd but that it is below something, a half-normal density in x, that in t is nearly
normal. Signed, such an sd is symmetric about 0: what is asked of its size is then even in the
coordinate, and a trajectory that crosses to the other side, the best there is for the rest, changes
nothing of it.
"""

import math

from bayesmm.sampling.compiled.kernels.inner import bare
from bayesmm.sampling.compiled.kernels.signed import FOLDED, POSITIVE, SINH, sd_at

__all__ = ["folded_sd", "line_of", "sd_of"]

_ROOT_HALF = math.sqrt(0.5)
_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
# Below this the normal distribution function is 0 in double precision, or soon.
_FAR = -36.0


@bare
def line_of(t):
    """Return g(t), its slope Phi(t), the logarithm of the slope and the slope of that."""
    density = math.exp(-0.5 * t * t - _LOG_ROOT_TWO_PI)
    if t < _FAR:
        # g(t) is about phi / t^2, Phi(t) about -phi / t: both are 0 beside any scale
        return 0.0, 0.0, -0.5 * t * t - _LOG_ROOT_TWO_PI - math.log(-t), -t
    below = 0.5 * math.erfc(-_ROOT_HALF * t)
    return max(density + t * below, 0.0), below, math.log(below), density / below


@bare
def folded_sd(row, kind, scale, fold, t):
    """Return an sd, its slope in t, the log prior of t and its slope; as `signed.sd_at`.

    For `kind` and `scale` see `signed`; `POSITIVE` is not folded. `fold` is the scale of x: about
    its root mean square.
    """
    if kind == POSITIVE:
        return sd_at(row, kind, scale, 0.0, t)
    place, below, log_below, pull = line_of(t)
    value, slope, log_density, gradient = sd_at(row, kind, scale, 0.0, fold * place)
    own = fold * below
    return value, slope * own, log_density + log_below, gradient * own + pull


@bare
def sd_of(row, coordinate, x):
    """Return an sd by its row of kind, scale and reach, or fold; as `signed.sd_at`."""
    if coordinate[0] == FOLDED:
        return folded_sd(row, SINH, coordinate[1], coordinate[2], x)
    return sd_at(row, coordinate[0], coordinate[1], coordinate[2], x)
