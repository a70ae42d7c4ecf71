"""Sds and their coordinates outside of the kernels: the line of `folded`, and the way back."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.kernels.signed import FOLDED, HELD, LINEAR, SOFT
from bayesmm.special import log_ndtr, ndtr

__all__ = ["LEAST_SHARE", "coordinate_of", "folded_line", "unfolded_line"]

type Floats = NDArray[np.float64]

_LOG_ROOT_TWO_PI = 0.5 * math.log(2.0 * math.pi)
_STEPS = 60
# Nothing of an sd below such a share of its scale is told from 0.
LEAST_SHARE = 1e-12


def coordinate_of(coordinate: Sequence[float], value: float) -> float:
    """Return x of a positive value, the inverse of `folded.sd_of` but for the kind POSITIVE."""
    kind, scale, *further = coordinate
    if kind == FOLDED:
        return float(unfolded_line(np.asarray(math.asinh(value / scale) / further[0])))
    if kind >= SOFT and further[0] > 0.0:
        value = further[0] * math.sinh(value / further[0])
    if kind == LINEAR:
        return value / scale
    if kind == HELD:
        return math.log(scale) - math.log(math.sinh(scale / value))
    return math.asinh(value / scale)


def folded_line(t: Floats) -> Floats:
    """Return g(t) = phi(t) + t Phi(t), see `kernels.folded`."""
    return np.maximum(np.exp(-0.5 * t**2 - _LOG_ROOT_TWO_PI) + t * ndtr(t), 0.0)


def unfolded_line(x: Floats) -> Floats:
    """Return where g is x > 0: by Newton's method on log g, which is concave and rises."""
    log_x = np.log(np.maximum(x, LEAST_SHARE))
    # left of the answer, from where the steps go up and never past it
    t = np.minimum(-np.sqrt(np.maximum(-2.0 * log_x, 0.0)), x) - 1.0
    for _ in range(_STEPS):
        value = np.maximum(folded_line(t), 1e-300)
        t = t + (log_x - np.log(value)) * np.exp(np.log(value) - log_ndtr(t))
    return t
