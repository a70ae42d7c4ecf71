"""The minimum of a smooth function of a few numbers, from its gradient (L-BFGS).

SciPy's L-BFGS-B finds the same minima in about as many evaluations; importing `scipy.optimize`
takes longer than a search and the sampling of a linear model together. Curvature of all steps of a
search (BFGS) was tried: where an sd is a thousand times what the search began with, one search in
a hundred came to no end.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array

__all__ = ["Found", "quasi_newton"]

# The conditions of Wolfe: a step has to lose this part of what the slope promises, and to leave
# no more than that part of the slope.
_LOSS, _SLOPE_LEFT = 1e-4, 0.9
_SEEN = 10  # steps that the curvature is made of: what was long ago no longer holds
# A step between two that are too short and too long is at least this part away from either.
_WITHIN = 0.1
_LONGER = 4.0
_ROUNDING = 1000.0  # negligible losses that rounding can make of none


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """A point, shape (d,), with the value and the gradient, shape (d,), there."""

    x: Array
    value: float
    gradient: Array


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Where a search ended."""

    point: Point
    # whether no step from there promises more than is negligible; if not, evaluations were not
    # enough, or rounding hides what a step promises
    converged: bool


def quasi_newton(
    function: Callable[[Array], tuple[float, Array]],
    start: Array,
    *,
    relative_change: float,
    least_slope: float,
    most_evaluations: int,
) -> Found:
    """Return where x - H g, with H the inverse curvature seen of late, no longer leads downwards.

    Lines are searched by halves and parabolas for a point that fulfils the (weak) conditions of
    Wolfe, with which H is positive definite.

    The function returns value and gradient, shape (d,), at a point; `start` is the first. After a
    step that loses less than the part `relative_change` of the value there are further ones only as
    long as each halves the largest derivative, and none where that is below `least_slope`; after
    `most_evaluations` the search stops and is not converged.

    References
    ----------
    Liu and Nocedal (1989), https://doi.org/10.1007/BF01589116; Lewis and Overton (2013), section
    2, https://doi.org/10.1007/s10107-012-0514-2
    """
    counted = _Counted(function, most_evaluations)
    here = counted.point(start)
    seen: list[_Turn] = []
    lost = np.inf
    while np.abs(here.gradient).max(initial=0.0) > least_slope:
        negligible = relative_change * max(abs(here.value), 1.0)
        step = -_times_inverse(seen, here.gradient)
        if not seen:  # nothing is known of the scale: a step of length one at most
            step /= max(1.0, float(np.linalg.norm(step)))
        # a step upwards promises less than nothing: rounding has spoilt what was seen
        promised = -float(step @ here.gradient)
        settled = bool(seen) and (0.0 <= promised <= negligible or lost <= negligible)
        moved = (_flatter if settled else _along)(counted, here, step, negligible)
        if settled and moved is None:
            break
        if moved is None:
            if not seen or counted.left <= 0:
                return Found(here, converged=False)
            seen = []  # what was seen on the way may no longer hold
            continue
        turn = _Turn(moved.x - here.x, moved.gradient - here.gradient)
        if turn.product > 0:
            seen = [*seen[1 - _SEEN :], turn]
        lost, here = here.value - moved.value, moved
    return Found(here, converged=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Turn:
    """A step and the change of the gradient over it, shape (d,) each."""

    step: Array
    change: Array

    @property
    def product(self) -> float:
        return float(self.step @ self.change)


class _Counted:
    """A function that may be asked for so many points."""

    def __init__(self, function: Callable[[Array], tuple[float, Array]], most: int) -> None:
        self._function, self.left = function, most

    def point(self, x: Array) -> Point:
        """Return the point at x."""
        self.left -= 1
        return Point(x, *self._function(x))


def _along(counted: _Counted, here: Point, step: Array, negligible: float) -> Point | None:
    """Return a lower point along a line; None where it promises none, or none is left to ask."""
    slope = float(here.gradient @ step)
    short, long, length = 0.0, np.inf, 1.0
    best: Point | None = None
    while counted.left > 0 and -slope * min(length, long - short) > negligible:
        trial = counted.point(here.x + length * step)
        risen = trial.value - here.value
        if not risen <= _LOSS * length * slope:
            long = length
            bottom = -0.5 * slope * length**2 / (risen - slope * length)
        else:
            if best is None or trial.value < best.value:
                best = trial
            if float(trial.gradient @ step) >= _SLOPE_LEFT * slope:
                return trial
            short, bottom = length, np.inf
        if np.isfinite(long):
            room = _WITHIN * (long - short)
            middle = (short + long) / 2
            length = min(max(bottom, short + room), long - room) if bottom < long else middle
        else:
            length *= _LONGER
    return best


def _flatter(counted: _Counted, here: Point, step: Array, negligible: float) -> Point | None:
    """Return the end of a step if it is flatter there: values differ by their rounding alone."""
    if counted.left <= 0:
        return None
    trial = counted.point(here.x + step)
    steepness, before = (np.abs(point.gradient).max() for point in (trial, here))
    same = abs(trial.value - here.value) <= _ROUNDING * negligible
    return trial if same and steepness < before / 2 else None


def _times_inverse(seen: Sequence[_Turn], gradient: Array) -> Array:
    """Return the inverse curvature that steps have told of, times the gradient (two loops)."""
    left, shares = gradient, []
    for turn in reversed(seen):
        shares.append(float(turn.step @ left) / turn.product)
        left = left - shares[-1] * turn.change
    if seen:
        left = left * (seen[-1].product / float(seen[-1].change @ seen[-1].change))
    for turn, share in zip(seen, reversed(shares), strict=True):
        left = left + (share - float(turn.change @ left) / turn.product) * turn.step
    return left
