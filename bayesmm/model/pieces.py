"""Sums of the pieces of a column: the same wherever its rows are cut, and by whom they are added.

A piece has `PIECE` rows, counted from the first, and is summed as NumPy sums it. Parts of rows that
end where files end seldom cut one, so that nearly all rows are summed where they are.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["PIECE", "PieceTotals", "piece_sums"]

# A chunk (`row_sums.CHUNK`) has a whole number of pieces.
PIECE = 2**12


def piece_sums(column: NDArray[np.float64]) -> list[float]:
    """Return the sum of every `PIECE` rows of a column, and of those that are left."""
    n = len(column) // PIECE * PIECE
    found = column[:n].reshape(-1, PIECE).sum(axis=1).tolist()
    return [*found, float(column[n:].sum())] if n < len(column) else found


class PieceTotals:
    """Sums of the pieces of columns, wherever the rows that are added are cut."""

    def __init__(self, n_columns: int) -> None:
        self._cut = np.empty((n_columns, PIECE))
        self._n_waiting = 0
        self._totals: tuple[list[float], ...] = tuple([] for _ in range(n_columns))

    def add(self, columns: Sequence[NDArray[np.float64]]) -> None:
        """Add some rows."""
        n, size, at = len(columns[0]), PIECE, self._n_waiting
        first = min(n, (size - at) % size)  # the rest of the piece that was cut
        last = n - (n - first) % size
        for column, cut, totals in zip(columns, self._cut, self._totals, strict=True):
            cut[at : at + first] = column[:first]
            if at and at + first == size:
                totals.extend(piece_sums(cut))
            totals.extend(piece_sums(column[first:last]))
            if first < n:
                cut[: n - last] = column[last:]
        self._n_waiting = n - last if first < n else (at + first) % size

    def found(self) -> tuple[list[float], ...]:
        """Return the sums; nothing can be added any more."""
        n, self._n_waiting = self._n_waiting, 0
        for cut, totals in zip(self._cut, self._totals, strict=True):
            totals.extend(piece_sums(cut[:n]))
        return self._totals
