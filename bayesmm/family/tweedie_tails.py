"""Tails of Tweedie's amounts: sums over numbers of gamma variables, as words of a log density."""

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.along_path import along_path
from bayesmm.family.gamma_tails import log_lower, log_upper
from bayesmm.family.jet import Number
from bayesmm.family.numeric import log1mexp
from bayesmm.special import gammaln, logsumexp

__all__ = ["log_tweedie_above", "log_tweedie_below"]


_WIDTH = 9.0  # sds of a Poisson number on either side of the largest term, and so many more
_MORE = 32.0
_SHARE = 0.25  # of the width of what is summed: a sum of such steps is that of all its terms
_ROWS = 1024  # at a time


def log_tweedie_below(y: Array, log_mu: Number, phi: Number, power: Number) -> Number:
    """Return log P(Y <= y) of a compound Poisson-gamma amount with the mean exp(log_mu).

    With N of mean mu^(2 - p) / (phi (2 - p)) and a = (2 - p) / (p - 1), it is P(N = 0) + sum_k
    P(N = k) P(k a, x), regularised incomplete gamma functions at x = y / (phi (p - 1) mu^(p - 1)).
    """
    return along_path(_below, _speed, y, log_mu, phi, power)


def log_tweedie_above(y: Array, log_mu: Number, phi: Number, power: Number) -> Number:
    """Return log P(Y > y) of a compound Poisson-gamma amount with the mean exp(log_mu)."""
    return along_path(_above, _speed, y, log_mu, phi, power)


def _speed(values: list, firsts: list) -> Array:
    """Return how fast the mean moves in sds of the log of a variable, and the others in theirs."""
    _, log_mu, phi, power = values
    room = np.minimum(power - 1.0, 2.0 - power)
    two = 2.0 - power
    own = 1.0 + np.sqrt(np.exp(two * log_mu) / phi) + np.sqrt(np.exp(two * log_mu) / (phi * two))
    return (
        own * np.abs(firsts[1])
        + own * np.abs(firsts[2]) / phi
        + own * np.abs(firsts[3]) * (1.0 / room + np.abs(log_mu))
    )


def _below(y: Array, log_mu: Array, phi: Array, power: Array) -> Array:
    return _of(y, log_mu, phi, power, above=False)


def _above(y: Array, log_mu: Array, phi: Array, power: Array) -> Array:
    return _of(y, log_mu, phi, power, above=True)


def _of(y: Array, log_mu: Array, phi: Array, power: Array, *, above: bool) -> Array:
    columns = np.broadcast_arrays(y, log_mu, phi, power)
    y, log_mu, phi, power = (np.ravel(np.asarray(column, float)) for column in columns)
    log_none = -np.exp((2.0 - power) * log_mu) / (phi * (2.0 - power))
    # of amounts below 0 there are none, and one of 0 is that of no gamma variable
    value = np.where(y < 0.0, 0.0, log1mexp(-log_none)) if above else log_none.copy()
    if not above:
        value[y < 0.0] = -np.inf
    own = y, log_mu, phi, power, log_none
    places = np.flatnonzero(y > 0.0)
    value[places] = _by_rows([part[places] for part in own], above=above)
    # the smaller of both has all its digits, and the larger those of what it leaves
    large = places[value[places] > np.log(0.5)]
    others = _by_rows([part[large] for part in own], above=not above)
    value[large] = log1mexp(np.where(others < 0.0, -others, np.inf))
    return value.reshape(columns[0].shape)


def _by_rows(columns: list[Array], *, above: bool) -> Array:
    """Return the sums of rows, some at a time."""
    found = np.empty(columns[0].shape)
    for first in range(0, found.size, _ROWS):
        some = slice(first, first + _ROWS)
        found[some] = _summed(*(part[some] for part in columns), above=above)
    return found


def _summed(
    y: Array, log_mu: Array, phi: Array, power: Array, log_none: Array, *, above: bool
) -> Array:
    """Return the log of the sum over numbers of gamma variables, about its largest term.

    Its logarithms are concave in the number; the largest is between the mean of the number and
    that of the response where it is y, which does not depend on mu.
    """
    one, two = power - 1.0, 2.0 - power
    a, number = two / one, -log_none
    log_x = np.log(y) - np.log(phi * one) - one * log_mu
    at_y = y**two / (two * phi)
    outer = np.maximum if above else np.minimum
    middle = np.floor(np.maximum(outer(at_y, number), 1.0))
    step = np.maximum(np.floor(_SHARE * np.sqrt(middle * np.minimum(1.0, 1.0 / a))), 1.0)
    far = np.ceil(((_WIDTH * np.sqrt(middle) + _MORE) / step).max(initial=0.0))
    down = np.minimum(far, np.floor((middle - 1.0) / step).max(initial=0.0))
    k = middle[:, None] + step[:, None] * np.arange(-down, far + 1.0)
    some = k >= 1.0
    k = np.maximum(k, 1.0)
    tail = (log_upper if above else log_lower)(k * a[:, None], np.exp(log_x)[:, None])
    terms = k * np.log(number)[:, None] - number[:, None] - gammaln(k + 1.0) + tail
    terms += np.log(step)[:, None]
    found = logsumexp(np.where(some, terms, -np.inf), axis=1)
    return found if above else np.logaddexp(found, log_none)
