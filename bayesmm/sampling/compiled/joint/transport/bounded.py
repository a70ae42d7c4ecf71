"""Coefficients whose priors are on a part of the line: where, and the rows of `kernels.bounded`."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.kernels.bounded import HALF_LINE, INTERVAL, WHOLE_LINE, BoundField
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES

__all__ = ["coefficient_bounds", "has_bounds"]

type Floats = NDArray[np.float64]

_INTERVAL = PRIOR_CODES["Uniform"]
_HALF_LINES = frozenset(
    PRIOR_CODES[name]
    for name in (
        *("HalfFlat", "HalfNormal", "HalfStudentT", "HalfCauchy"),
        *("Exponential", "Gamma", "InverseGamma"),
    )
)
# An interval is as the line to first order where the coefficient is expected, but no nearer to an
# end than this share of its width.
_NEAREST = 0.05


def has_bounds(joint: JointModel) -> bool:
    """Return whether the prior of a coefficient is on a part of the line."""
    return any(_kind(row) != WHOLE_LINE for row in _priors(joint))


def coefficient_bounds(joint: JointModel, middle: Floats, spread: Floats) -> Floats:
    """Return ``TransportData.bounds``, of no rows where no coefficient is bounded.

    `middle` and `spread` are where each coefficient is expected, and its sd: a half-normal
    posterior of about that sd has a nearly normal coordinate.
    """
    if not has_bounds(joint):
        return np.zeros((0, BoundField.COUNT))
    priors = _priors(joint)
    bounds = np.zeros((len(priors), BoundField.COUNT))
    for own, row, value, sd in zip(bounds, priors, middle, spread, strict=True):
        own[BoundField.KIND] = _kind(row)
        own[BoundField.SIZE] = sd
        if _kind(row) == INTERVAL:
            end, width = row[1], row[2] - row[1]
            share = np.clip((value - end) / width, _NEAREST, 1.0 - _NEAREST)
            rate = 1.0 / (width * share * (1.0 - share))
            shift = np.log(share / (1.0 - share)) - rate * (end + share * width)
            own[BoundField.END : BoundField.SHIFT + 1] = end, width, rate, shift
    return bounds


def _kind(row: Floats) -> int:
    code = int(row[0])
    if code in _HALF_LINES:
        return HALF_LINE
    return INTERVAL if code == _INTERVAL else WHOLE_LINE


def _priors(joint: JointModel) -> Floats:
    """Return the prior rows of the coefficients."""
    return joint.priors[joint.layout.coefficients]
