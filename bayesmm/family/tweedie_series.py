"""The part of Tweedie's density that depends on no mean: a series, as a word of a log density."""

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.along_path import along_path
from bayesmm.family.jet import Number
from bayesmm.special import gammaln, logsumexp

__all__ = ["log_tweedie"]


# Terms so much below the largest, in logarithms, are beyond rounding.
_CUT = 40.0
# Terms on either side of the largest, and rows at a time.
_TERMS, _ROWS = 200.0, 4096


def log_tweedie(y: Array, phi: Number, power: Number) -> Number:
    """Return the log of W = sum_j W_j of a compound Poisson-gamma response, 0 of a response of 0.

    With a = (2 - p) / (p - 1), log W_j = j r - log j! - log Gamma(j a) where r = a log(y / (p - 1))
    - (1 + a) log phi - log(2 - p); the density is W / y times exp of what depends on the mean.
    Derivatives of jets are central differences of seventh order along their path, because those in
    p are sums that no closed form has.

    References
    ----------
    Dunn and Smyth (2005), doi:10.1007/s11222-005-4070-y.
    """
    return along_path(_log_sum, _speed, y, phi, power)


def _speed(values: list, firsts: list) -> Array:
    """Return how fast parameters move, as a share of the distance to their ends."""
    _, phi, power = values
    room = np.minimum(power - 1.0, 2.0 - power)
    return np.abs(firsts[1]) / phi + np.abs(firsts[2]) / room


def _log_sum(y: Array, phi: Array | float, power: Array | float) -> Array:
    """Return the log of the sum, the terms of which are taken as far as they count."""
    y, phi, power = np.broadcast_arrays(y, phi, power)
    found = np.zeros(y.shape)
    places = np.flatnonzero(y > 0)
    for first in range(0, places.size, _ROWS):
        some = places[first : first + _ROWS]
        found.flat[some] = _of_positive(y.flat[some], phi.flat[some], power.flat[some])
    return found


def _of_positive(y: Array, phi: Array, power: Array) -> Array:
    a = (2 - power) / (power - 1)
    r = a * np.log(y / (power - 1)) - (1 + a) * np.log(phi) - np.log(2 - power)
    # about the largest term these are nearly normal, with the variance middle / (1 + a)
    middle = np.floor(np.maximum(y ** (2 - power) / ((2 - power) * phi), 1.0))
    reach = np.sqrt(2 * _CUT * middle / (1 + a)) + _CUT
    # a sum of so many terms is an integral, for which a part of them will do
    step = np.maximum(reach / _TERMS, 1.0)
    far = int(np.ceil((reach / step).max()))
    j = middle[:, None] + step[:, None] * np.arange(-far, far + 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = j * r[:, None] - gammaln(1 + j) - gammaln(j * a[:, None])
    return logsumexp(np.where(j >= 1, terms, -np.inf), axis=1) + np.log(step)
