"""Derivatives of a smooth function by central differences."""

from collections.abc import Callable

import numpy as np

from bayesmm.arrays import Array

__all__ = ["derivatives"]


def derivatives(
    function: Callable[[Array], Array], point: Array, steps: Array
) -> tuple[Array, Array, Array]:
    """Return value, first and second derivatives of several functions, with error O(steps^4).

    The function maps a point of shape (d,) to k values; `steps` are the distances over which it is
    followed, in 2 d (d + 1) + 1 evaluations. The shapes are (k,), (d, k) and (d, d, k).
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
