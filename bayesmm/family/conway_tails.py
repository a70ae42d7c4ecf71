"""Tails of Conway-Maxwell-Poisson counts: sums from a count on, as words of a log density."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family import numeric
from bayesmm.family.conway_series import (
    alike,
    log_rate_and_total,
    log_sum,
    put_together,
    taken_apart,
)
from bayesmm.family.jet import Jet, Number
from bayesmm.special import digamma, gammaln

__all__ = ["log_conway_above", "log_conway_below"]


_CUT = 40.0  # terms so much below the first, in logarithms, are beyond rounding
_STEPS = 3  # of the way to where they are


def log_conway_below(y: Array, log_mu: Number, nu: Number) -> Number:
    """Return log P(Y <= y) of a Conway-Maxwell-Poisson count with the mean exp(log_mu)."""
    return _of(y, log_mu, nu, above=False)


def log_conway_above(y: Array, log_mu: Number, nu: Number) -> Number:
    """Return log P(Y > y) of a Conway-Maxwell-Poisson count with the mean exp(log_mu)."""
    return _of(y, log_mu, nu, above=True)


def _of(y: Array, log_mu: Number, nu: Number, *, above: bool) -> Number:
    log_rate, log_total = log_rate_and_total(log_mu, nu)
    order = len(taken_apart(log_rate))
    lifted = [*taken_apart(nu), *(0.0,) * (order - len(taken_apart(nu)))]
    columns = np.broadcast_arrays(
        y, taken_apart(log_mu)[0], *taken_apart(log_rate), *taken_apart(log_total), *lifted
    )
    shape = columns[0].shape
    y, log_mean, *each = (np.ravel(np.asarray(column, float)) for column in columns)
    every = np.array(each).reshape(3, order, -1)
    is_upper = y + 1.0 >= np.exp(log_mean)
    reach = _reach(y, is_upper, log_mean, every[0, 0], every[2, 0])
    found = np.full((order, y.size), np.nan)
    for rows in alike(reach):
        upper = is_upper[rows]
        steps = np.where(upper, 1.0, -1.0)[:, None] * np.arange(reach[rows].max() + 1.0)
        counts = (y[rows] + upper)[:, None] + steps
        rate, total, own = map(put_together, every[:, :, rows])
        tail = numeric.where(y[rows] < 0, -np.inf, log_sum(rate, own, counts) - total)
        gap = -(tail.value if isinstance(tail, Jet) else tail)
        others = numeric.log1mexp(numeric.where(gap > 0, -tail, np.inf))
        chosen = numeric.where(upper == above, tail, others)
        found[:, rows] = np.broadcast_arrays(*taken_apart(chosen))
    return put_together(found.reshape(order, *shape))


def _reach(y: Array, is_upper: NDArray[np.bool_], log_mu: Array, log_rate: Array, nu: Array):
    """Return within how many counts from y on, away from the mean, terms fall by `_CUT`.

    Upwards by Newton's steps, which stay beyond it, since the fall is convex.
    """
    far = np.sqrt(2.0 * _CUT * (np.exp(log_mu) + 1.0) / nu) + _CUT / nu
    up, first = far, np.maximum(y, 0.0) + 2.0
    for _ in range(_STEPS):
        fall = nu * (gammaln(first + up) - gammaln(first)) - up * log_rate
        up = up - (fall - _CUT) / (nu * digamma(first + up) - log_rate)
    return np.ceil(np.where(is_upper, up, np.minimum(far, np.maximum(y, 0.0))))
