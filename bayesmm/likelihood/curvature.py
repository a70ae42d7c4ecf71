"""Gradient and Hessian of a smooth function by central differences."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["gradient", "hessian"]

type Array = NDArray[np.float64]


def gradient(function: Callable[[Array], float], point: Array, steps: Array) -> Array:
    """Return the gradient at `point`, shape (d,), with error O(steps^2)."""
    shifts = np.diag(steps)
    return np.array([function(point + s) - function(point - s) for s in shifts]) / (2 * steps)


def hessian(function: Callable[[Array], float], point: Array, steps: Array) -> Array:
    """Return the Hessian at `point`, shape (d, d), from d (d + 1) + 1 evaluations.

    The off-diagonal entries reuse the evaluations along the axes: the second difference along
    s_i + s_j is the sum of those along s_i and s_j and twice the mixed one.
    """
    shifts = np.diag(steps)
    centre = function(point)

    def second_difference(shift: Array) -> float:
        return function(point + shift) - 2 * centre + function(point - shift)

    d = len(point)
    result = np.empty((d, d))
    along = [second_difference(shift) for shift in shifts]
    for i in range(d):
        result[i, i] = along[i]
        for j in range(i):
            both = second_difference(shifts[i] + shifts[j])
            result[i, j] = result[j, i] = (both - along[i] - along[j]) / 2
    return result / np.outer(steps, steps)
