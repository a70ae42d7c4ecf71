"""Tails of Poisson counts as words of a log density, see `bayesmm.family.numeric`."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from scipy import special

from bayesmm.family.numeric import WORDS, Jet

__all__ = ["EVERY_WORD", "log_poisson_above", "log_poisson_below"]

type Array = NDArray[np.float64]
type Number = "Array | float | Jet"

_TERMS = 60  # of a series, and of a continued fraction, that is only used far from the mean


def log_poisson_below(y: Array, log_mu: Number) -> Number:
    """Return log P(Y <= y) of a Poisson count, a function of the log of its mean.

    With a = y + 1 the probability is Q(a, mu), the regularised incomplete gamma function, and its
    derivative in log mu is minus mu^a exp(-mu) / y!.
    """
    return _of(log_mu, lambda x: _below(y, x), lambda x, value: _slopes(y, x, value, -1.0))


def log_poisson_above(y: Array, log_mu: Number) -> Number:
    """Return log P(Y > y) of a Poisson count, a function of the log of its mean."""
    return _of(log_mu, lambda x: _above(y, x), lambda x, value: _slopes(y, x, value, 1.0))


def _of(log_mu: Number, function: Callable, derivatives: Callable) -> Number:
    if not isinstance(log_mu, Jet):
        return function(log_mu)
    value = function(log_mu.value)
    return log_mu.chain(value, *derivatives(log_mu.value, value))


def _slopes(y: Array, log_mu: Array, value: Array, sign: float) -> tuple[Array, Array, Array]:
    """Return the first three derivatives in log mu of the log of a tail that grows or falls."""
    mu = np.exp(log_mu)
    first = sign * np.exp((y + 1) * log_mu - mu - special.gammaln(y + 1) - value)
    rate = y + 1 - mu - first
    second = first * rate
    return first, second, second * rate - first * (mu + second)


def _below(y: Array, log_mu: Array) -> Array:
    a, mu = np.broadcast_arrays(np.asarray(y, float) + 1, np.exp(log_mu))
    plain = special.gammaincc(a, mu)
    with np.errstate(divide="ignore"):
        value = np.where(plain > 0.5, np.log1p(-special.gammainc(a, mu)), np.log(plain))
    return np.where(plain < 1e-290, _far_below(a, np.maximum(mu, a + 1)), value)


def _above(y: Array, log_mu: Array) -> Array:
    a, mu = np.broadcast_arrays(np.asarray(y, float) + 1, np.exp(log_mu))
    plain = special.gammainc(a, mu)
    with np.errstate(divide="ignore"):
        value = np.where(plain > 0.5, np.log1p(-special.gammaincc(a, mu)), np.log(plain))
    return np.where(plain < 1e-290, _far_above(a, np.minimum(mu, a)), value)


def _far_below(a: Array, mu: Array) -> Array:
    """Return log Q(a, mu) for mu far above a, by Legendre's continued fraction."""
    fraction = mu + 2 * _TERMS + 1 - a
    for level in range(_TERMS, 0, -1):
        fraction = mu + 2 * level - 1 - a - level * (level - a) / fraction
    return a * np.log(mu) - mu - special.gammaln(a) - np.log(fraction)


def _far_above(a: Array, mu: Array) -> Array:
    """Return log P(a, mu) for mu far below a, by the series in mu / a."""
    total = np.ones(np.shape(mu))
    for place in range(_TERMS, 0, -1):
        total = 1.0 + total * mu / (a + place)
    return a * np.log(mu) - mu - special.gammaln(a + 1) + np.log(total)


# What a log density may call, those of `numeric` among it.
EVERY_WORD = WORDS | {log_poisson_above, log_poisson_below}
