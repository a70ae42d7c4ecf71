"""Coefficients that are no straight line in their coordinate: of a part of the line, or bent.

Where a prior allows a part of the line alone the coordinate is on all of it. On a half line from a,
beta = a + s g((t - a) / s) with g of `folded`: far from the end it is t itself, and near it a
half-normal density of beta is nearly normal in t. In an interval from a of width w, beta = a + w /
(1 + exp(-(rate t + shift))), which is t to first order where the coefficient is expected. A
coefficient whose posterior is narrow with one long flat end, as of the logarithm of an sd of rows
that effects may fit exactly, is bent: with x = rate t + shift, beta = a + s x - h g(-x), of slope s
to the one side and s + h to the other.
"""

import math

from bayesmm.sampling.compiled.kernels.folded import line_of
from bayesmm.sampling.compiled.kernels.inner import bare

__all__ = ["BENT", "HALF_LINE", "INTERVAL", "WHOLE_LINE", "BoundField", "within"]

WHOLE_LINE, HALF_LINE, INTERVAL, BENT = 0, 1, 2, 3


class BoundField:
    """Columns of ``TransportData.bounds``."""

    KIND = 0
    END = 1  # a
    SIZE = 2  # s, or w
    RATE = 3
    SHIFT = 4
    BEND = 5  # h
    COUNT = 6


_KIND = BoundField.KIND
_END = BoundField.END
_SIZE = BoundField.SIZE
_RATE = BoundField.RATE
_SHIFT = BoundField.SHIFT
_BEND = BoundField.BEND


@bare
def within(bound, t):
    """Return a coefficient, its slope in t, the logarithm of the slope and the slope of that.

    The bound is of any kind but the whole line; t is in the unit of the coefficient.
    """
    size = bound[_SIZE]
    if bound[_KIND] == HALF_LINE:
        place, slope, log_slope, pull = line_of((t - bound[_END]) / size)
        return bound[_END] + size * place, slope, log_slope, pull / size
    x = bound[_RATE] * t + bound[_SHIFT]
    if bound[_KIND] == BENT:
        place, below, _, pull = line_of(-x)
        own = size + bound[_BEND] * below
        log_slope = math.log(bound[_RATE] * own)
        bend = -bound[_RATE] * bound[_BEND] * below * pull / own
        value = bound[_END] + size * x - bound[_BEND] * place
        return value, bound[_RATE] * own, log_slope, bend
    share = 1.0 / (1.0 + math.exp(-x))
    # exact in both tails
    log_slope = math.log(size * bound[_RATE]) - abs(x) - 2.0 * math.log1p(math.exp(-abs(x)))
    pull = bound[_RATE] * (1.0 - 2.0 * share)
    return bound[_END] + size * share, math.exp(log_slope), log_slope, pull
