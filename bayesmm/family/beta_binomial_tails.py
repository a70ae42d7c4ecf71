"""Tails of beta-binomial counts: sums over the counts, as a word of a log density."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family import numeric
from bayesmm.family.jet import Jet, Number
from bayesmm.special import gammaln

__all__ = ["MOST_TRIALS", "log_beta_binomial_below"]


# Of more trials the sums of all rows, at every step of a sampler, take too long.
MOST_TRIALS = 10_000.0
_LOG_HALF = -0.6931471805599453
_VALUES = 1_000_000  # of the counts of rows that are summed at a time


def log_beta_binomial_below(y: Array, n: Array, a: Number, b: Number) -> Number:
    """Return log P(Y <= y) of successes out of n trials of a beta(a, b) probability, 0 <= y < n.

    The probabilities are C(n, k) (a)_k (b)_(n - k) / (a + b)_n, with rising factorials whose
    logarithms and derivatives are sums themselves. P(Y > y) is the same of n - y - 1 failures, with
    b and a; where P(Y <= y) is large it comes from that.
    """
    parts = [v.parts if isinstance(v, Jet) else (v, 0.0, 0.0, 0.0) for v in (a, b)]
    columns = np.broadcast_arrays(y, n, *parts[0], *parts[1])
    shape = columns[0].shape
    y, n, *every = (np.ravel(np.asarray(column, float)) for column in columns)
    found = np.empty((4, y.size))
    at = max(1, int(_VALUES / (n.max(initial=0.0) + 1.0)))
    for first in range(0, y.size, at):
        some = slice(first, first + at)
        own = [part[some] for part in every]
        jet = _summed(y[some], n[some], Jet(*own[:4]), Jet(*own[4:]))
        found[:, some] = np.stack(np.broadcast_arrays(*jet.parts))
    if not (isinstance(a, Jet) or isinstance(b, Jet)):
        return found[0].reshape(shape)
    return Jet(*found.reshape(4, *shape))


def _summed(y: Array, n: Array, a: Jet, b: Jet) -> Jet:
    k = np.arange(n.max() + 1.0)
    left = np.maximum(n[:, None] - k, 0.0)
    ways = gammaln(n + 1.0)[:, None] - gammaln(k + 1.0) - gammaln(left + 1.0)
    of_a, of_b, of_all = (_rising(own, k) for own in (a, b, a + b))
    terms = of_a + _at(of_b, left.astype(int)) + ways
    terms = terms - _at(of_all, n.astype(int)[:, None])
    below = _log_sum(terms, k <= y[:, None])
    above = _log_sum(terms, (k > y[:, None]) & (k <= n[:, None]))
    # either of the two is at most 1/2, and the other one follows from it
    small = below.value < above.value
    others = numeric.log1p(-numeric.exp(numeric.where(small, _LOG_HALF, above)))
    return numeric.where(small, below, others)


def _rising(own: Jet, k: Array) -> Jet:
    """Return the logarithms of the rising factorials (own)_k, of rows and counts."""
    logs = numeric.log(Jet(*(np.asarray(part)[:, None] for part in own.parts)) + k[:-1])
    start = np.zeros((own.value.size, 1))
    return Jet(*(np.hstack([start, np.cumsum(part, axis=1)]) for part in logs.parts))


def _at(jet: Jet, places: NDArray[np.int64]) -> Jet:
    return Jet(*(np.take_along_axis(part, places, axis=1) for part in jet.parts))


def _log_sum(terms: Jet, chosen: NDArray[np.bool_]) -> Jet:
    top = np.where(chosen, terms.value, -np.inf).max(axis=1, keepdims=True)
    relative = numeric.where(chosen, terms - top, -np.inf)
    weights = numeric.where(chosen, numeric.exp(relative), 0.0)
    return numeric.log(Jet(*(part.sum(axis=1) for part in weights.parts))) + top[:, 0]
