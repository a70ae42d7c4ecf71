"""Coefficients that are bent: a narrow posterior with one long flat end has a normal coordinate.

The residual sd of a few rows that effects of the mean can fit exactly may be almost 0: log sigma
has an end as flat as its prior beside a narrow posterior. Where coefficients and effects of the
mean are integrated out, the density along one coefficient, all else as at a draw, tells both,
whatever the draws have seen of the end; its mean over some draws is the density of the coefficient.
`kernels.bounded` has the curve that is fitted to the quantiles of that.

Measured with 6 items of 12 rows, default priors, (x | g) and 30 data sets simulated from them (4 x
1,000 draws; smallest ESS, median and lowest): effects sampled 90 and 6, with 23 leapfrogs and 3,923
divergences; integrated out 1,320 and 365, with 14.2 and 14; bent too, and sds of the effects
folded, 2,014 and 1,099, with 10.5 and 81. Where these are steep (`sample`) the target is higher:
the seven data sets that had 80 of the divergences then had 1, with 10 to 14 leapfrogs.
"""

from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.evaluate import CompiledDensity, evaluate
from bayesmm.sampling.compiled.joint.transport.leaning import coefficient_lines
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
)
from bayesmm.sampling.compiled.kernels.bounded import BENT, BoundField
from bayesmm.sampling.compiled.kernels.folded_line import folded_line
from bayesmm.special import ndtr

__all__ = ["Bend", "bends_of", "scores_on_bend", "with_bends"]

type Floats = NDArray[np.float64]

# Draws along which the density is looked at, and those that tell where.
# Of many coefficients fewer are, so that all cost an eighth of a run.
_DRAWS, _FIRST_DRAWS, _OF_ALL = 16, 4, 96
# Where: first at distances of so many sds from the mean, then at quantiles of what was found, and
# at the same distances beyond these: an end may be seen from few draws.
_FIRST = np.sinh(np.linspace(-5.0, 5.0, 21))
_SCORES = np.linspace(-3.2, 3.2, 33)
# Points between two of which value and slope of the log density are known.
_BETWEEN = 16
# A cubic whose slopes are no more than so many times that between its ends rises all the way.
_STEEPEST = 3.0
# What the curve may be: where it bends, and how sharply.
_PLACES, _SHARPNESS = np.linspace(-2.5, 2.5, 21), (0.5, 1.0, 2.0, 4.0)
# Root mean square distance from a straight line, in sds of the coordinate, from which on a
# coefficient is bent.
_WORTH = 0.1
# The weight of the ends beside that of the middle: that of a normal with such an sd.
_WIDE = 1.5
_STEPS = 60


class Bend(NamedTuple):
    """A coefficient beta = end + size x - fall g(-x), x = rate (t - place), in a normal score t."""

    coefficient: int
    end: float
    size: float
    fall: float
    rate: float
    place: float


def bends_of(model: TransportedModel, flat: Floats) -> tuple[Bend, ...]:
    """Return which coefficients are bent, and how, by draws, (draws, d), without shear or bends.

    None where coefficients and effects of the mean are not integrated out, where priors bound
    coefficients, or with effects of sigma: these give no cell an end of its own, and coordinates of
    an intercept move with their sd.
    """
    joint = model.joint
    p = joint.layout.coefficients.stop
    if joint.likelihood is None or joint.design.blocks or len(model.data.bounds) or p == 0:
        return ()
    count = int(np.clip(_OF_ALL // p, _FIRST_DRAWS, _DRAWS))
    some = flat[np.linspace(0, len(flat) - 1, count).astype(int)]
    first, T = coefficient_lines(model, some)
    if not (np.isfinite(T).all() and (np.linalg.slogdet(T).sign != 0.0).all()):
        return ()
    values = first + np.einsum("dij,dj->di", T, some[:, :p])
    middle, spread = values.mean(axis=0), np.sqrt(np.square(T).sum(axis=2)).mean(axis=0)
    density = compiled_transported_density(model, some[0], some[0])
    found = []
    for k in range(p):
        directions = np.zeros_like(some)
        directions[:, :p] = np.linalg.inv(T)[:, :, k]
        along = _Along(density, some, directions, values[:, k])
        bend = _bend(k, along, middle[k], spread[k])
        if bend is not None:
            found.append(bend)
    return tuple(found)


class _Along(NamedTuple):
    """A density along a coefficient at some draws."""

    density: CompiledDensity
    draws: Floats
    directions: Floats
    values: Floats

    def some(self, step: int) -> "_Along":
        """Return the same at some of the draws."""
        return _Along(
            self.density, self.draws[::step], self.directions[::step], self.values[::step]
        )

    def quantiles(self, grid: Floats) -> Floats | None:
        """Return the quantiles at `_SCORES` of its mean, which is known at a grid; None if not."""
        fine = np.concatenate(
            [np.linspace(a, b, _BETWEEN, endpoint=False) for a, b in pairwise(grid)]
        )
        mean = np.zeros_like(fine)
        for x, direction, own in zip(self.draws, self.directions, self.values, strict=True):
            known = [evaluate(self.density, x + (at - own) * direction) for at in grid]
            log_density = np.array([value for value, _ in known])
            slopes = np.array([gradient @ direction for _, gradient in known])
            shape = _interpolated(grid, log_density, slopes)
            largest = shape.max()
            if not np.isfinite(largest):
                return None
            density = np.exp(shape - largest)
            mean += density / (density * np.gradient(fine)).sum()
        below = np.cumsum(mean * np.gradient(fine))
        rising = np.r_[True, np.diff(below) > 0.0]
        return np.interp(ndtr(_SCORES), below[rising] / below[-1], fine[rising])


def _interpolated(grid: Floats, values: Floats, slopes: Floats) -> Floats:
    """Return the cubic with these values and slopes at a grid, `_BETWEEN` points in each piece.

    Beside a wall a slope is cut: a cubic that is so much steeper than what it leads to would rise
    above both ends.
    """
    t = np.arange(_BETWEEN) / _BETWEEN
    with np.errstate(invalid="ignore", over="ignore"):  # where the density fails
        rise = np.diff(values)
        left, right = np.diff(grid) * slopes[:-1], np.diff(grid) * slopes[1:]
        most = _STEEPEST * np.maximum(np.abs(rise), np.minimum(np.abs(left), np.abs(right)))
        left, right = np.clip(left, -most, most), np.clip(right, -most, most)
        found = (
            values[:-1, None]
            + rise[:, None] * t**2 * (3.0 - 2.0 * t)
            + left[:, None] * t * (1.0 - t) ** 2
            - right[:, None] * t**2 * (1.0 - t)
        )
    return np.where(np.isfinite(found), found, -np.inf).ravel()


def _bend(k: int, along: _Along, middle: float, spread: float) -> Bend | None:
    """Return how a coefficient is bent, None where a straight line is about as good."""
    far = middle + spread * _FIRST
    known = along.some(len(along.draws) // _FIRST_DRAWS).quantiles(far)
    if known is None:
        return None
    beyond = far[(far < known[0]) | (far > known[-1])]
    quantiles = along.quantiles(np.unique(np.concatenate([known, beyond])))
    if quantiles is None or _straight(quantiles) < _WORTH:
        return None
    return _fitted(k, quantiles)


def _weights(quantiles: Floats) -> Floats:
    """Return roots of weights of errors in quantiles: in scores, most in the middle."""
    slope = np.maximum(np.gradient(quantiles, _SCORES), np.finfo(float).tiny)
    return np.exp(-0.25 * (_SCORES / _WIDE) ** 2) / slope


def _straight(quantiles: Floats) -> float:
    """Return the root mean square distance of quantiles from a straight line."""
    root = _weights(quantiles)
    columns = np.column_stack([np.ones_like(_SCORES), _SCORES]) * root[:, None]
    _, left = _least_squares(columns, quantiles * root)
    return left / float(np.sqrt(np.mean(np.exp(-0.5 * (_SCORES / _WIDE) ** 2))))


def _least_squares(columns: Floats, y: Floats) -> tuple[Floats, float]:
    found = np.linalg.lstsq(columns, y, rcond=None)[0]
    return found, float(np.sqrt(np.mean((y - columns @ found) ** 2)))


def _fitted(k: int, quantiles: Floats) -> Bend | None:
    """Return the curve nearest to quantiles that rises everywhere."""
    root, best, least = _weights(quantiles), None, np.inf
    for place in _PLACES:
        for rate in _SHARPNESS:
            x = rate * (_SCORES - place)
            columns = np.column_stack([np.ones_like(x), x, -folded_line(-x)])
            (end, size, fall), left = _least_squares(columns * root[:, None], quantiles * root)
            if left < least and size > 0.0 and size + fall > 0.0:
                best, least = Bend(k, end, size, fall, rate, place), left
    return best


def scores_on_bend(bend: Bend, values: Floats) -> Floats:
    """Return the scores of values of a coefficient, by bisection."""
    steep = bend.rate * min(bend.size, bend.size + bend.fall)
    flat = bend.rate * max(bend.size, bend.size + bend.fall)
    apart = values - _value(bend, np.full_like(values, bend.place))
    low = bend.place + np.where(apart > 0.0, apart / flat, apart / steep)
    high = bend.place + np.where(apart > 0.0, apart / steep, apart / flat)
    for _ in range(_STEPS):
        centre = 0.5 * (low + high)
        above = _value(bend, centre) > values
        low, high = np.where(above, low, centre), np.where(above, centre, high)
    return 0.5 * (low + high)


def _value(bend: Bend, t: Floats) -> Floats:
    x = bend.rate * (t - bend.place)
    return bend.end + bend.size * x - bend.fall * folded_line(-x)


def with_bends(model: TransportedModel, bends: tuple[Bend, ...], x: Floats) -> TransportedModel:
    """Return a model with `bends` of its coefficients; x is in the middle of the posterior."""
    if not bends:
        return model
    [first], [T] = coefficient_lines(model, x[None])
    spread = np.sqrt(np.square(T).sum(axis=1))
    bounds = np.zeros((len(first), BoundField.COUNT))
    for bend in bends:
        k = bend.coefficient
        rate = bend.rate / spread[k]
        row = bounds[k]
        row[BoundField.KIND] = BENT
        row[BoundField.END], row[BoundField.SIZE] = bend.end, bend.size
        row[BoundField.RATE] = rate
        row[BoundField.SHIFT] = -rate * first[k] - bend.rate * bend.place
        row[BoundField.BEND] = bend.fall
    return replace(model, data=model.data._replace(bounds=bounds))
