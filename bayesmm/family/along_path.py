"""Derivatives of functions of jets that have no closed form: differences along their path."""

from collections.abc import Callable

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.jet import Jet, Number

__all__ = ["along_path"]


# Points of central differences, their step on the path, and their weights for three derivatives.
_STEP = 0.02
_POINTS = np.arange(-3, 4)
_WEIGHTS = (
    np.array([-1, 9, -45, 0, 45, -9, 1]) / 60,
    np.array([2, -27, 270, -490, 270, -27, 2]) / 180,
    np.array([1, -8, 13, 0, -13, 8, -1]) / 8,
)


def along_path(
    function: Callable[..., Array],
    speed: Callable[[list, list], Array],
    *arguments: Number,
) -> Number:
    """Return a smooth function of jets, its derivatives by central differences of seventh order.

    `function` is of arrays, and known to rounding. ``speed(values, firsts)`` is how fast it goes
    its own ways on the path, per unit of the variable, from the values and the first derivatives of
    the arguments: 1 over the distance on which it changes its shape. Without a jet among the
    arguments the function alone is returned.
    """
    if not any(isinstance(argument, Jet) for argument in arguments):
        return function(*arguments)
    paths = [p.parts if isinstance(p, Jet) else (p, 0.0, 0.0, 0.0) for p in arguments]
    h = _STEP / np.maximum(speed([p[0] for p in paths], [p[1] for p in paths]), 1e-8)
    at = []
    for k in _POINTS:
        t = k * h
        moved = [f + t * (f1 + t * (f2 / 2 + t * f3 / 6)) for f, f1, f2, f3 in paths]
        at.append(function(*moved))
    middle = at[_POINTS.size // 2]
    changes = [value - middle for value in at]  # exactly 0 of what does not change
    first, second, third = (
        sum(weight * change for weight, change in zip(weights, changes, strict=True)) / h**order
        for order, weights in enumerate(_WEIGHTS, start=1)
    )
    return Jet(middle, first, second, third)
