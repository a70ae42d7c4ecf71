"""Sums of the pieces of columns whose rows come in parts of any length."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.model import row_sums

__all__ = ["PieceTotals"]


class PieceTotals:
    """Sums of the pieces of columns, wherever the rows that are added are cut.

    Parameters
    ----------
    n_columns : int
        Number of columns.
    """

    def __init__(self, n_columns: int) -> None:
        self._cut = np.empty((n_columns, row_sums.PIECE))
        self._n_waiting = 0
        self._totals: tuple[list[float], ...] = tuple([] for _ in range(n_columns))

    def add(self, columns: Sequence[NDArray[np.float64]]) -> None:
        """Add some rows."""
        n, size, at = len(columns[0]), row_sums.PIECE, self._n_waiting
        first = min(n, (size - at) % size)  # the rest of the piece that was cut
        last = n - (n - first) % size
        for column, cut, totals in zip(columns, self._cut, self._totals, strict=True):
            cut[at : at + first] = column[:first]
            if at and at + first == size:
                totals.extend(row_sums.piece_sums(cut))
            totals.extend(row_sums.piece_sums(column[first:last]))
            if first < n:
                cut[: n - last] = column[last:]
        self._n_waiting = n - last if first < n else (at + first) % size

    def found(self) -> tuple[list[float], ...]:
        """Return the sums; nothing can be added any more."""
        n, self._n_waiting = self._n_waiting, 0
        for cut, totals in zip(self._cut, self._totals, strict=True):
            totals.extend(row_sums.piece_sums(cut[:n]))
        return self._totals
