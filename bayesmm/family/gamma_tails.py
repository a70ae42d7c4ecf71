"""Tails of gamma variables: regularised incomplete gamma functions as words of a log density."""

from collections.abc import Callable

import numpy as np

from bayesmm import special
from bayesmm.arrays import Array
from bayesmm.family.along_path import along_path
from bayesmm.family.jet import Number

__all__ = ["log_gamma_above", "log_gamma_below", "log_lower", "log_upper"]


_TERMS = 60  # of a series, and of a continued fraction, that is only used far from the mean


def log_gamma_below(y: Array, log_mu: Number, alpha: Number) -> Number:
    """Return log P(Y <= y) of a gamma variable of shape alpha and the mean exp(log_mu)."""
    return along_path(
        lambda y, log_mu, alpha: log_lower(alpha, alpha * np.exp(np.log(y) - log_mu)),
        _speed,
        *(y, log_mu, alpha),
    )


def log_gamma_above(y: Array, log_mu: Number, alpha: Number) -> Number:
    """Return log P(Y > y) of a gamma variable of shape alpha and the mean exp(log_mu)."""
    return along_path(
        lambda y, log_mu, alpha: log_upper(alpha, alpha * np.exp(np.log(y) - log_mu)),
        _speed,
        *(y, log_mu, alpha),
    )


def _speed(values: list, firsts: list) -> Array:
    """Return how fast the mean moves in sds of the log of a variable, and the shape in itself."""
    alpha = values[2]
    return np.abs(firsts[1]) * np.sqrt(np.maximum(alpha, 1.0)) + np.abs(firsts[2]) / alpha


def log_upper(a: Array, x: Array) -> Array:
    """Return log Q(a, x), the upper regularised incomplete gamma function."""
    a, x = np.broadcast_arrays(np.asarray(a, float), x)
    plain = special.gammaincc(a, x)
    with np.errstate(divide="ignore"):
        value = np.where(plain > 0.5, np.log1p(-special.gammainc(a, x)), np.log(plain))
    return _with_far(value, plain, lambda some: _far_upper(a[some], np.maximum(x, a + 1)[some]))


def log_lower(a: Array, x: Array) -> Array:
    """Return log P(a, x), the lower regularised incomplete gamma function."""
    a, x = np.broadcast_arrays(np.asarray(a, float), x)
    plain = special.gammainc(a, x)
    with np.errstate(divide="ignore"):
        value = np.where(plain > 0.5, np.log1p(-special.gammaincc(a, x)), np.log(plain))
    return _with_far(value, plain, lambda some: _far_lower(a[some], np.clip(x, 1e-300, a)[some]))


def _with_far(value: Array, plain: Array, far: Callable) -> Array:
    """Return the logs with those that are far out, where the numbers have no digits."""
    some = np.asarray(plain < 1e-290)
    if not some.any():
        return value
    value = np.array(value)
    value[some] = far(some)
    return value


def _far_upper(a: Array, x: Array) -> Array:
    """Return log Q(a, x) for x far above a, by Legendre's continued fraction."""
    fraction = x + 2 * _TERMS + 1 - a
    for level in range(_TERMS, 0, -1):
        fraction = x + 2 * level - 1 - a - level * (level - a) / fraction
    return a * np.log(x) - x - special.gammaln(a) - np.log(fraction)


def _far_lower(a: Array, x: Array) -> Array:
    """Return log P(a, x) for x far below a, by the series in x / a."""
    total = np.ones(np.shape(x))
    for place in range(_TERMS, 0, -1):
        total = 1.0 + total * x / (a + place)
    return a * np.log(x) - x - special.gammaln(a + 1) + np.log(total)
