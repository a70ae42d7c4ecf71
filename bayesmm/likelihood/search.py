"""The minimum of a smooth function with its gradient: a quasi-Newton search, then Newton steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

__all__ = ["Minimum", "find_minimum"]

type Array = NDArray[np.float64]

_STEP = 1e-3  # of the differences of the gradient; parameters are of unit order
_NEWTON_STEPS, _HALVINGS = 30, 20
# Newton's decrement is twice what the function can still lose: below the first the search is
# finished, below the second the point is a minimum.
_FINISHED, _NEGLIGIBLE = 1e-10, 1e-6
# Below this part of the largest curvature a direction is flat: it does not change the function.
_FLAT = 1e-7


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where the search ended.

    Attributes
    ----------
    x : ndarray, shape (d,)
        The point.
    value : float
        The function there.
    inverse : ndarray, shape (d, d)
        Inverse of the Hessian on the directions that are curved, 0 in those that are not and in
        parameters at the end of their range.
    converged : bool
        Whether the point is a minimum.
    """

    x: Array
    value: float
    inverse: Array
    converged: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Curvature:
    """The curved directions of a Hessian, shape (d, k), and their eigenvalues, shape (k,)."""

    directions: Array
    values: Array

    def newton(self, slope: Array) -> Array:
        """Return the step downwards, also where the curvature is negative."""
        return -self.directions @ ((self.directions.T @ slope) / np.abs(self.values))


def find_minimum(
    function: Callable[[Array], tuple[float, Array]],
    start: Array,
    bounds: Array,
    at_end: Callable[[Array], NDArray[np.bool_]],
) -> Minimum:
    """Return a local minimum.

    Parameters
    ----------
    function : callable
        Value and gradient.
    start : ndarray, shape (d,)
        Where to begin; it is moved into the bounds.
    bounds : ndarray, shape (d, 2)
        Range of the quasi-Newton search.
    at_end : callable
        Which parameters of a point are at the end of their range, where the function no longer
        changes; these stay.
    """
    options = {"maxiter": 500, "ftol": 1e-13, "gtol": 1e-5}
    begin = np.clip(start, *bounds.T)
    x = minimize(function, begin, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    value, slope = function(x)
    for _ in range(_NEWTON_STEPS):
        curvature = _curvature(function, x, ~at_end(x))
        step = curvature.newton(slope)
        left = -float(step @ slope)
        if left < _FINISHED:
            if curvature.values.min(initial=0.0) >= 0:
                break
            # a saddle: the gradient is zero beside a minimum where an sd is zero
            lowest = np.argmin(curvature.values)
            step = curvature.directions[:, lowest] / np.sqrt(-curvature.values[lowest])
        for halving in range(_HALVINGS):
            moved = x + step / 2**halving
            trial, trial_slope = function(moved)
            if trial < value:
                break
        else:  # as good as rounding allows
            break
        x, value, slope = moved, trial, trial_slope
    up = curvature.values > 0
    directions = curvature.directions[:, up]
    inverse = (directions / curvature.values[up]) @ directions.T
    return Minimum(x, value, inverse, left < _NEGLIGIBLE and bool(up.all()))


def _curvature(
    function: Callable[[Array], tuple[float, Array]], x: Array, free: NDArray[np.bool_]
) -> _Curvature:
    """Return the Hessian in the free parameters, from central differences of the gradient."""
    shifts = _STEP * np.eye(len(x))[free]
    rows = np.array([function(x + s)[1] - function(x - s)[1] for s in shifts])
    hessian = rows[:, free].reshape(len(shifts), -1) / (2 * _STEP)
    values, vectors = np.linalg.eigh((hessian + hessian.T) / 2)
    curved = np.abs(values) > _FLAT * np.abs(values).max(initial=0.0)
    directions = np.zeros((len(x), int(curved.sum())))
    directions[free] = vectors[:, curved]
    return _Curvature(directions, values[curved])
