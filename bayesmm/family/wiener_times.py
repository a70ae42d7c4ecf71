"""Times at which a Wiener process reaches one of two boundaries: shares, moments and draws.

Here w is the distance of the start from the boundary of which the question is, as a share of the
distance bs of the boundaries, and v the drift away from it. Given the boundary, the time depends on
|v| only.
"""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.special import log_ndtr

__all__ = ["drawn_times", "moments_of_times", "probability_of_lower", "reached_by"]

# Below it |v| bs is as good as 0.
_STILL = 1e-12
# Time in units of bs^2 at which the series change, and their terms, of which those left out are
# below 1e-13.
_CHANGE = 0.3
_SHORT_TERMS = range(-2, 3)
_LONG_TERMS = range(1, 6)


def probability_of_lower(mu: Array, bs: Array, bias: Array) -> Array:
    """Return P(lower boundary) = (e^(-2 mu z) - e^(-2 mu bs)) / (1 - e^(-2 mu bs)), z = bias bs."""
    size = np.maximum(np.abs(mu) * bs, _STILL)
    rest = -np.expm1(-2.0 * size * (1.0 - bias)) / -np.expm1(-2.0 * size)
    # no exponential of a positive number
    return np.where(mu > 0, np.exp(-2.0 * size * bias), 1.0) * rest


def reached_by(time: Array, v: Array, bs: Array, w: Array) -> Array:
    """Return P(the boundary is reached by then), from both series of the density term by term."""
    every = np.broadcast_arrays(time, v, bs, w)
    short = every[0] < _CHANGE * every[2] ** 2
    found = np.empty(short.shape)
    for rows, series in ((short, _by_short), (~short, _by_long)):
        found[rows] = series(*(part[rows] for part in every))
    return found


def _by_short(time: Array, v: Array, bs: Array, w: Array) -> Array:
    """Return it as a sum of what single boundaries at several distances would have."""
    time = np.maximum(time, 1e-14 * bs**2)
    root, total, start = np.sqrt(time), 0.0, -v * w * bs
    for k in _SHORT_TERMS:
        away = np.abs(w + 2 * k) * bs
        one = np.exp(start - v * away + log_ndtr((v * time - away) / root))
        other = np.exp(start + v * away + log_ndtr(-(v * time + away) / root))
        total = total + np.sign(w + 2 * k) * (one + other)
    return total


def _by_long(time: Array, v: Array, bs: Array, w: Array) -> Array:
    """Return the probability that it is reached at all, less that of later times."""
    later = 0.0
    for k in _LONG_TERMS:
        rate = 0.5 * (v**2 + (k * np.pi / bs) ** 2)
        size = k * np.pi / bs**2 * np.sin(k * np.pi * w)
        later = later + size * np.exp(-v * w * bs - rate * time) / rate
    return probability_of_lower(v, bs, w) - later


def moments_of_times(v: Array, bs: Array, w: Array) -> tuple[Array, Array]:
    """Return mean and variance of the time to the boundary, given that it is reached.

    The Laplace transform is in proportion to sinh((1 - w) bs s) / sinh(bs s), s^2 = v^2 + 2 lambda:
    the cumulants are differences of those of the distances bs and (1 - w) bs.
    """
    whole, rest = _cumulants(v, bs), _cumulants(v, (1.0 - w) * bs)
    return whole[0] - rest[0], whole[1] - rest[1]


def _cumulants(v: Array, distance: Array) -> tuple[Array, Array]:
    """Return the first and minus the second derivative of log(sinh(s d) / (s d)) in lambda."""
    x = np.abs(v) * distance
    far = np.maximum(x, 0.1)
    coth = 1.0 / np.tanh(far)
    # 1 / sinh^2 without the overflow of sinh
    square = 4.0 * np.exp(-2.0 * far) / np.expm1(-2.0 * far) ** 2
    first = (far * coth - 1.0) / far**2
    second = (far * coth + far**2 * square - 2.0) / far**4
    y = np.minimum(x, 0.1) ** 2
    near = 1 / 3 - y * (1 / 45 - y * (2 / 945 - y * (1 / 4725 - y * 2 / 93555)))
    near_second = 2 / 45 - y * (8 / 945 - y * (6 / 4725 - y * 16 / 93555))
    is_near = x < 0.1
    return (
        distance**2 * np.where(is_near, near, first),
        distance**4 * np.where(is_near, near_second, second),
    )


def drawn_times(generator: Generator, v: Array, bs: Array, w: Array) -> Array:
    """Return draws of the time to the boundary, given that it is reached.

    By rejection from the time to a boundary that stands alone, whose density is the first term of
    the series for short times, and which is nowhere reached less often. Times of one without drift
    come first where there is nearly none, and those then are rejected by what the drift would do.
    """
    shape = v.shape
    v, bs, w = (np.ravel(part).astype(float) for part in (np.abs(v), bs, w))
    times, left = np.empty(v.size), np.arange(v.size)
    while left.size:
        found, kept = _proposals(generator, v[left], bs[left], w[left])
        times[left[kept]] = found[kept]
        left = left[~kept]
    return times.reshape(shape)


def _proposals(
    generator: Generator, v: Array, bs: Array, w: Array
) -> tuple[Array, NDArray[np.bool_]]:
    """Return times, and which of them are to be kept."""
    distance = w * bs
    slow = v * distance < 0.01
    still = (distance / generator.normal(size=v.size)) ** 2
    moving = generator.wald(distance / np.where(slow, 1.0, v), distance**2)
    times = np.where(slow, still, moving)
    share = np.where(slow, np.exp(-0.5 * v**2 * times), 1.0) * _shares(times / bs**2, w)
    return times, generator.random(v.size) < share


def _shares(u: Array, w: Array) -> Array:
    """Return the density over its first term for short times."""
    x = 1.0 / np.minimum(u, _CHANGE)
    short = 1.0 + sum((w + 2 * k) * np.exp(-2.0 * k * (w + k) * x) for k in _SHORT_TERMS if k) / w
    late = np.maximum(u, _CHANGE)
    terms = (
        k * np.sin(k * np.pi * w) * np.exp(-0.5 * (k * np.pi) ** 2 * late) for k in _LONG_TERMS
    )
    first = w * np.exp(-0.5 * w**2 / late) / np.sqrt(2.0 * np.pi * late**3)
    return np.where(u < _CHANGE, short, np.pi * sum(terms) / first)
