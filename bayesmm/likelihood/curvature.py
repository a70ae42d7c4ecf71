"""Derivatives of a smooth function by central differences."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

__all__ = ["derivatives", "gradient", "hessian"]

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


def derivatives(
    function: Callable[[Array], Array], point: Array, steps: Array
) -> tuple[Array, Array, Array]:
    """Return value, first and second derivatives of several functions, with error O(steps^4).

    Parameters
    ----------
    function : callable
        Maps a point of shape (d,) to k values.
    point, steps : ndarray, shape (d,)
        Where, and over what distances; it takes 2 d (d + 1) + 1 evaluations.

    Returns
    -------
    tuple of ndarray
        Of shapes (k,), (d, k) and (d, d, k).
    """
    centre = function(point)

    def along(shift: Array) -> tuple[Array, Array]:
        """Return the first and second derivatives along a shift."""
        ahead, behind = function(point + shift), function(point - shift)
        far_ahead, far_behind = function(point + 2 * shift), function(point - 2 * shift)
        first = (8 * (ahead - behind) - (far_ahead - far_behind)) / 12
        second = (16 * (ahead + behind) - (far_ahead + far_behind) - 30 * centre) / 12
        return first, second

    d = len(point)
    shifts = np.diag(steps)
    first, second = np.empty((d, len(centre))), np.empty((d, d, len(centre)))
    for i in range(d):
        first[i], second[i, i] = along(shifts[i])
        for j in range(i):
            both = along(shifts[i] + shifts[j])[1]
            second[i, j] = second[j, i] = (both - second[i, i] - second[j, j]) / 2
    return centre, first / steps[:, None], second / np.outer(steps, steps)[:, :, None]
