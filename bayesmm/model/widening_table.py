"""A table with a row of numbers for every combination of levels, of which more may come."""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from bayesmm.arrays import Array

__all__ = ["WideningTable"]

_MORE = 64
_LINE = 8  # numbers of a line of the cache


class WideningTable:
    """A row of numbers for every combination of levels, of which more may come.

    `levels` are the numbers of levels of each grouping, and `width` is how many numbers a cell has.
    """

    def __init__(self, levels: Sequence[int], width: int) -> None:
        self.levels = tuple(levels)
        self.rows = _zeros((*self.levels, width))

    def reach(self, counts: Sequence[int]) -> None:
        """Make room for so many levels and some more."""
        if all(count <= own for count, own in zip(counts, self.levels, strict=True)):
            return
        self._widen(
            own if count <= own else count + count // 2 + _MORE
            for count, own in zip(counts, self.levels, strict=True)
        )

    def _widen(self, levels: Iterable[int]) -> None:
        levels = tuple(levels)
        width = self.rows.shape[1]
        rows = _zeros((*levels, width))
        wider = rows.reshape(*levels, width)
        wider[tuple(map(slice, self.levels))] = self.rows.reshape(*self.levels, width)
        self.levels, self.rows = levels, rows


def _zeros(shape: Sequence[int]) -> Array:
    """Return zeros, shape (cells, width), that begin where a line of the cache does.

    The eight numbers of a cell of one column and y are then one line, not two.
    """
    *levels, width = shape
    count = math.prod(levels) * width
    whole = np.zeros(count + _LINE)
    start = -(whole.ctypes.data // whole.itemsize) % _LINE
    return whole[start : start + count].reshape(-1, width)
