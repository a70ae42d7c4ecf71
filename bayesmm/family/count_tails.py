"""Tails of Poisson counts as words of a log density, see `bayesmm.family.numeric`."""

from collections.abc import Callable

import numpy as np

from bayesmm import special
from bayesmm.arrays import Array
from bayesmm.family.gamma_tails import log_lower, log_upper
from bayesmm.family.jet import Jet, Number

__all__ = ["log_poisson_above", "log_poisson_below"]


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
    return log_upper(np.asarray(y, float) + 1, np.exp(log_mu))


def _above(y: Array, log_mu: Array) -> Array:
    return log_lower(np.asarray(y, float) + 1, np.exp(log_mu))
