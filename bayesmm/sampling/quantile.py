"""Quantiles of rows that are in order already."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["places_of_quantiles", "quantile_of_ordered"]


def quantile_of_ordered(ordered: NDArray[np.float64], q: float) -> NDArray[np.float64]:
    """Return the quantile q of each row of `ordered`, shape (m, n), as an array of shape (m,).

    Linear interpolation between order statistics, type 7 of Hyndman and Fan (1996),
    https://doi.org/10.2307/2684934, which is numpy's default.
    """
    place = q * (ordered.shape[1] - 1)
    below, above = _places(q, ordered.shape[1])
    return ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])


def places_of_quantiles(quantiles: Sequence[float], n: int) -> list[int]:
    """Return the places among n values in order that `quantile_of_ordered` reads."""
    return sorted({place for q in quantiles for place in _places(q, n)})


def _places(q: float, n: int) -> tuple[int, int]:
    below = int(q * (n - 1))
    return below, min(below + 1, n - 1)
