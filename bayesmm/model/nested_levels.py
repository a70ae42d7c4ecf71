"""Whether something is constant within the levels of a factor, and what it is there."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["is_constant_within", "values_of_levels"]


def values_of_levels(
    codes: NDArray[np.int64], values: NDArray, n_levels: int | None = None
) -> NDArray:
    """Return a value per level: that of its last row, 0 where a level has no row.

    `codes` and `values`, the level of a coarser factor or a column, are of shape (n_obs,); there
    are `n_levels`, by default up to the last that occurs.
    """
    count = int(codes.max()) + 1 if n_levels is None else n_levels
    found = np.zeros(count, dtype=values.dtype)
    found[codes] = values
    return found


def is_constant_within(codes: NDArray[np.int64], values: NDArray) -> bool:
    """Return whether each level has one value; of two factors: whether the first is nested."""
    return bool(np.array_equal(values_of_levels(codes, values)[codes], values))
