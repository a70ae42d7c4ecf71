"""Quantiles of rows that are in order already."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["quantile_of_ordered"]


def quantile_of_ordered(ordered: NDArray[np.float64], q: float) -> NDArray[np.float64]:
    """Return the quantile q of each row of `ordered`, shape (m, n), as an array of shape (m,).

    Linear interpolation between order statistics, type 7 of Hyndman and Fan (1996),
    https://doi.org/10.2307/2684934, which is numpy's default.
    """
    place = q * (ordered.shape[1] - 1)
    below = int(place)
    above = min(below + 1, ordered.shape[1] - 1)
    return ordered[:, below] + (place - below) * (ordered[:, above] - ordered[:, below])
