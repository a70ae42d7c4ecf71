"""How many of the first levels of a grouping are enough for a pilot of its effects."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["MOST_LEVELS", "leading_levels"]

_ROWS, MOST_LEVELS = 20_000, 500


def leading_levels(counts: NDArray[np.int64], n_effects: int) -> int:
    """Return how many of the first levels are looked at.

    `counts`, shape (J,), are the rows of each level and of all before it; at least 2 q = 2
    `n_effects` levels are taken.
    """
    enough = max(int(np.searchsorted(counts, _ROWS)), 2 * n_effects)
    return min(enough, MOST_LEVELS, len(counts))
