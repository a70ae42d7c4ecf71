"""Tails of Conway-Maxwell-Poisson counts: sums from a count on, as words of a log density."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, logsumexp

from bayesmm.family import numeric
from bayesmm.family.conway_series import log_rate_and_total
from bayesmm.family.jet import Jet

__all__ = ["log_conway_above", "log_conway_below"]

type Array = NDArray[np.float64]
type Number = Array | float | Jet

_CUT = 40.0  # terms so much below the first, in logarithms, are beyond rounding
_MOST_COUNTS = 200_000
_VALUES = 500_000


def log_conway_below(y: Array, log_mu: Number, nu: Number) -> Number:
    """Return log P(Y <= y) of a Conway-Maxwell-Poisson count with the mean exp(log_mu)."""
    return _of(y, log_mu, nu, above=False)


def log_conway_above(y: Array, log_mu: Number, nu: Number) -> Number:
    """Return log P(Y > y) of a Conway-Maxwell-Poisson count with the mean exp(log_mu)."""
    return _of(y, log_mu, nu, above=True)


def _of(y: Array, log_mu: Number, nu: Number, *, above: bool) -> Number:
    plain = not (isinstance(log_mu, Jet) or isinstance(nu, Jet))
    parts = [v.parts if isinstance(v, Jet) else (v, 0.0, 0.0, 0.0) for v in (log_mu, nu)]
    columns = np.broadcast_arrays(y, *parts[0], *parts[1])
    shape = columns[0].shape
    y, *every = (np.ravel(np.asarray(column, float)) for column in columns)
    found = np.empty((1 if plain else 4, y.size))
    # from the middle a distribution falls by _CUT within this, and further out it is steeper
    reach = np.sqrt(2.0 * _CUT * (np.exp(every[0]) + 1.0) / every[4]) + _CUT / every[4]
    at = max(1, int(_VALUES / min(reach.max(initial=1.0), _MOST_COUNTS)))
    for first in range(0, y.size, at):
        some = slice(first, first + at)
        own = [part[some] for part in every]
        counts = _counts(y[some], own[0], reach[some])
        if plain:
            found[0, some] = _tail_of_numbers(y[some], own[0], own[4], counts, above=above)
            continue
        jet = _tail(y[some], Jet(*own[:4]), Jet(*own[4:]), counts, above=above)
        found[:, some] = np.stack(np.broadcast_arrays(*jet.parts))
    return found[0].reshape(shape) if plain else Jet(*found.reshape(4, *shape))


def _counts(y: Array, log_mu: Array, reach: Array) -> Array:
    """Return the counts from y on, away from the mean, along a last axis; some are below 0."""
    is_upper = y >= np.exp(log_mu)
    way = np.where(is_upper, 1.0, -1.0)[:, None]
    start = np.where(is_upper, y + 1.0, y)[:, None]
    length = min(float(reach.max()), float(_MOST_COUNTS))
    return start + way * np.arange(np.ceil(length) + 1.0)


def _tail_of_numbers(y: Array, log_mu: Array, nu: Array, counts: Array, *, above: bool) -> Array:
    """Return the same as `_tail` without derivatives."""
    log_rate, log_total = log_rate_and_total(log_mu, nu)
    some = counts >= 0
    counts = np.maximum(counts, 0.0)
    terms = log_rate[:, None] * counts - nu[:, None] * gammaln(counts + 1.0)
    tail = logsumexp(np.where(some, terms, -np.inf), axis=1) - log_total
    others = numeric.log1mexp(np.where(tail < 0, -tail, np.inf))
    return np.where((y >= np.exp(log_mu)) == above, tail, others)


def _tail(y: Array, log_mu: Jet, nu: Jet, counts: Array, *, above: bool) -> Jet:
    """Return the tail from y away from the mean, by a sum, or what that leaves."""
    log_rate, log_total = log_rate_and_total(log_mu, nu)
    is_upper = y >= np.exp(log_mu.value)
    some = counts >= 0
    counts = np.maximum(counts, 0.0)
    rate, own = (Jet(*(part[:, None] for part in jet.parts)) for jet in (log_rate, nu))
    terms = rate * counts - own * gammaln(counts + 1.0)
    top = terms.value[:, :1]
    weights = numeric.where(some, numeric.exp(terms - top), 0.0)
    total = Jet(*(part.sum(axis=1) for part in weights.parts))
    with np.errstate(divide="ignore"):  # a count below 0, which has no probability
        tail = numeric.log(total) + top[:, 0] - log_total
    tail = numeric.where(y < 0, -np.inf, tail)
    others = numeric.log1mexp(numeric.where(tail.value < 0, -tail, np.inf))
    return numeric.where(is_upper == above, tail, others)
