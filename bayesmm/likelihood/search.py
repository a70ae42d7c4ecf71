"""The minimum of a smooth function with its gradient: a quasi-Newton search, then Newton steps."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.likelihood.information import inverse_information
from bayesmm.one_thread import one_blas_thread

__all__ = ["Minimum", "find_minimum"]

_STEP = 1e-3  # of the differences of the gradient; parameters are of unit order
# The function may change by so much over a step; else the step is made so short, in units of the
# inverse root of the curvature, but not so short that only rounding is left.
_LARGEST_CHANGE, _WITHIN, _SHORTEST_STEP = 1.0, 0.1, 1e-7
_EVALUATIONS, _NEWTON_STEPS, _HALVINGS = 1_000, 30, 20
# Newton's decrement is twice what the function can still lose: below the first the search is
# finished, below the second the point is a minimum.
_FINISHED, _NEGLIGIBLE = 1e-10, 1e-6
# A direction is flat, so that it does not change the function, when its curvature is below the
# first part of the largest, or negative and above the second, which is what the differences can
# make of nothing. With counts of a million per row the largest is 1e10 while that of the intercept,
# whose error is the spread of a few groups, is of order one.
_FLAT, _NOISE = 1e-11, 1e-7
# Where the function falls so much per unit it is not flat, whatever its curvature.
_SLOPE = 1e-3
# Parameters are of unit order: the inverse of less curvature than this says that nothing is known.
_LEAST = 1e-5


@dataclass(frozen=True, slots=True, eq=False)
class Minimum:
    """Where the search ended."""

    x: Array  # (d,)
    value: float
    # (d, d): inverse of the Hessian, with large numbers in flat directions and 0 in parameters at
    # the end of their range
    inverse: Array
    converged: bool  # whether the point is a minimum


@dataclass(frozen=True, slots=True, eq=False)
class _Curvature:
    """A Hessian in the free parameters, and where it is curved."""

    hessian: Array  # (f, f): of the free parameters alone
    free: NDArray[np.bool_]  # (d,): which these are
    # (d, k) and (k,): eigenvectors and eigenvalues of the directions that are not flat
    directions: Array
    values: Array
    largest: float

    def newton(self, gradient: Array) -> Array:
        """Return the step downwards, also where the curvature is negative."""
        return -self.directions @ ((self.directions.T @ gradient) / np.abs(self.values))

    def inverse(self) -> Array:
        """Return the inverse of the Hessian, shape (d, d)."""
        result = np.zeros((len(self.free), len(self.free)))
        least = min(_FLAT * self.largest, _LEAST) or _LEAST
        result[np.ix_(self.free, self.free)] = inverse_information(self.hessian, least)
        return result


def find_minimum(
    function: Callable[[Array], tuple[float, Array]],
    start: Array,
    bounds: Array,
    at_end: Callable[[Array], NDArray[np.bool_]],
) -> Minimum:
    """Return a local minimum.

    The function gives value and gradient; `start`, shape (d,), is moved into `bounds`, shape (d,
    2), the range of the quasi-Newton search; `at_end` says which parameters of a point are at the
    end of their range, where the function no longer changes; these stay.
    """
    options = {"maxiter": 500, "maxfun": _EVALUATIONS, "ftol": 1e-13, "gtol": 1e-5}
    begin = np.clip(start, *bounds.T)
    from scipy.optimize import minimize  # noqa: PLC0415  (linear models do without)

    with one_blas_thread():  # again, for the BLAS that SciPy has brought
        x = minimize(function, begin, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    value, gradient = function(x)
    # from a gradient of millions a first step can lead where it does not find back from
    if not value <= (first := function(begin))[0]:
        x, (value, gradient) = begin, first
    for _ in range(_NEWTON_STEPS):
        curvature = _curvature(function, x, gradient, ~at_end(x))
        step = curvature.newton(gradient)
        left = -float(step @ gradient)
        if left < _FINISHED:
            if curvature.values.min(initial=0.0) >= 0:
                break
            # a saddle: the gradient is zero beside a minimum where an sd is zero
            lowest = np.argmin(curvature.values)
            step = curvature.directions[:, lowest] / np.sqrt(-curvature.values[lowest])
        for halving in range(_HALVINGS):
            moved = x + step / 2**halving
            trial, trial_gradient = function(moved)
            if trial < value:
                break
        else:  # as good as rounding allows
            break
        x, value, gradient = moved, trial, trial_gradient
    upwards = bool((curvature.values > 0).all())
    return Minimum(x, value, curvature.inverse(), left < _NEGLIGIBLE and upwards)


def _curvature(
    function: Callable[[Array], tuple[float, Array]],
    x: Array,
    gradient: Array,
    free: NDArray[np.bool_],
) -> _Curvature:
    """Return the Hessian in the free parameters, from central differences of the gradient."""
    at = np.flatnonzero(free)
    rows = np.array([_differences(function, x, k)[free] for k in at]).reshape(len(at), len(at))
    hessian = (rows + rows.T) / 2
    values, vectors = np.linalg.eigh(hessian)
    largest = float(np.abs(values).max(initial=0.0))
    curved = (values > _FLAT * largest) | (values < -_NOISE * largest)
    curved |= np.abs(vectors.T @ gradient[free]) > _SLOPE
    least = _FLAT * largest or 1.0  # beside impossible points there may be a slope alone
    values = np.where(np.abs(values) < least, least, values)
    directions = np.zeros((len(x), int(curved.sum())))
    directions[free] = vectors[:, curved]
    return _Curvature(hessian, free, directions, values[curved], largest)


def _differences(function: Callable[[Array], tuple[float, Array]], x: Array, k: int) -> Array:
    """Return row k of the Hessian.

    Where a parameter is known to better than the step, the function changes its shape over the
    step, as beside an sd of zero with counts of a million: the step is then made shorter.
    """
    size, shift = _STEP, np.zeros_like(x)
    while True:
        shift[k] = size
        row = (function(x + shift)[1] - function(x - shift)[1]) / (2 * size)
        if row[k] * size**2 <= _LARGEST_CHANGE or size < _SHORTEST_STEP:
            return row
        size = _WITHIN / np.sqrt(row[k])
