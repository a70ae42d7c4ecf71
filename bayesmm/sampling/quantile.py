"""Quantiles of many rows: of rows that are in order, and of rows that need not be."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantile_of_ordered", "quantiles_in_place"]

type Array = NDArray[np.float64]


def quantile_of_ordered(ordered: Array, q: float) -> Array:
    """Return the quantile q of each row of `ordered`, shape (m, n), as an array of shape (m,).

    Linear interpolation between order statistics, type 7 of Hyndman and Fan (1996),
    https://doi.org/10.2307/2684934, which is numpy's default.
    """
    below, above, part = _places(q, ordered.shape[1])
    return _between(ordered[:, below], ordered[:, above], part)


def quantiles_in_place(values: Array, quantiles: Sequence[float]) -> list[Array]:
    """Return quantiles of each row of `values`, shape (m, n), and put the rows out of order.

    The numbers are those of `quantile_of_ordered`; the work is a sixth of putting the rows in
    order, and of what numpy does when it is asked for several places at once.
    """
    n = values.shape[1]
    asked = [_places(q, n) for q in quantiles]
    found = _order_statistics(values, sorted({p for place in asked for p in place[:2]}))
    return [_between(found[below], found[above], part) for below, above, part in asked]


def _places(q: float, n: int) -> tuple[int, int, float]:
    """Return the places below and above a quantile of n values, and how far it is between."""
    place = q * (n - 1)
    below = int(place)
    return below, min(below + 1, n - 1), place - below


def _between(below: Array, above: Array, part: float) -> Array:
    if part == 0.0:
        return below
    with np.errstate(invalid="ignore"):  # between two infinite values, as means may be
        return np.where(below == above, below, below + part * (above - below))


def _order_statistics(values: Array, places: list[int], first: int = 0) -> dict[int, Array]:
    """Return the order statistics of rows by their places, the first column being place `first`.

    One place at a time, which numpy does by vector instructions, and each in the part of the row
    that the last one left to it.
    """
    if not places:
        return {}
    middle = len(places) // 2
    while middle and places[middle - 1] == places[middle] - 1:
        middle -= 1
    place, after = places[middle], places[middle + 1 :]
    k = place - first
    values.partition(k, axis=1)
    found = {place: values[:, k].copy()}
    above = values[:, k + 1 :]
    if after and after[0] == place + 1:
        found[after.pop(0)] = np.fmin.reduce(above, axis=1)  # NaN is last in order
    return (
        found
        | _order_statistics(values[:, :k], places[:middle], first)
        | _order_statistics(above, after, place + 1)
    )
