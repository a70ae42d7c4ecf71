"""Adding rows chunk by chunk to tables of cells, by as many threads as there are tables."""

import math
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.cell_sums import CellSums, table_width

__all__ = ["AddRows", "Lanes", "origin_of"]

type Array = NDArray[np.float64]
type Integers = NDArray[np.int64]
# Takes cells, columns, origin, table and extremes, and writes the last two.
type AddRows = Callable[[NDArray[np.uint64], Array, Array, Array, Array], None]

# Tables, each with a thread: part of what the sums are, whatever the number of processors.
_LANES = 2
_MORE = 64
_LINE = 8  # numbers of a line of the cache


class CellLane:
    """One of the tables to which chunks are added.

    Parameters
    ----------
    levels : sequence of int
        Number of levels of each grouping.
    origin : ndarray, shape (D,)
        What is subtracted of each column, y last.
    add : callable
        Adds rows to a table.
    """

    def __init__(self, levels: Sequence[int], origin: Array, add: AddRows) -> None:
        self.levels = tuple(levels)
        self.table = _zeros((*self.levels, table_width(len(origin))))
        self.totals: dict[int, list[float]] = {}
        self.extremes = np.array([[np.inf], [-np.inf]]) * np.ones(len(origin))
        self.origin = origin
        self._add = add
        # written over by every chunk: new pages cost more than what is done with them
        self._columns = np.empty((len(origin), 0))
        self._cells = np.empty(0, dtype=np.int64)

    def reach(self, counts: Sequence[int]) -> None:
        """Make room for so many levels and some more, so that a table rarely grows."""
        if all(count <= own for count, own in zip(counts, self.levels, strict=True)):
            return
        self.widen(
            own if count <= own else count + count // 4 + _MORE
            for count, own in zip(counts, self.levels, strict=True)
        )

    def widen(self, levels: Iterable[int]) -> None:
        """Make room for just so many levels, no fewer than before."""
        levels = tuple(levels)
        width = self.table.shape[1]
        table = _zeros((*levels, width))
        wider = table.reshape(*levels, width)
        wider[tuple(map(slice, self.levels))] = self.table.reshape(*self.levels, width)
        self.levels, self.table = levels, table

    def take(self, number: int, columns: Sequence[Array], codes: Sequence[Integers]) -> None:
        """Take a chunk, of which nothing is needed afterwards; `add` adds it to the table.

        Parameters
        ----------
        number : int
            Which one it is, counted from 0.
        columns : sequence of ndarray, each shape (n,)
            The columns, y last.
        codes : sequence of ndarray of int64, each shape (n,)
            Level of each row in every grouping.
        """
        n = len(columns[0])
        if self._columns.shape[1] != n:
            self._columns = np.empty((len(columns), n))
            self._cells = np.zeros(n, dtype=np.int64)
        self.totals[number] = [float(column.sum()) for column in columns]
        for k, column in enumerate(columns):
            np.copyto(self._columns[k], column)
        for k, (own, width) in enumerate(zip(codes, self.levels, strict=True)):
            if k:
                np.multiply(self._cells, width, out=self._cells)
                np.add(self._cells, own, out=self._cells)
            else:
                np.copyto(self._cells, own)

    def add(self) -> None:
        """Add what was taken."""
        cells = self._cells.view(np.uint64)
        self._add(cells, self._columns, self.origin, self.table, self.extremes)


class Lanes:
    """All lanes, with a thread for each that adds what it has taken.

    Parameters
    ----------
    levels, origin, add
        As of `CellLane`.
    """

    def __init__(self, levels: Sequence[int], origin: Array, add: AddRows) -> None:
        self._lanes = [CellLane(levels, origin, add) for _ in range(_LANES)]
        self._pools = [ThreadPoolExecutor(1) for _ in range(_LANES)]
        self._waiting: list[Future[None] | None] = [None] * _LANES
        self._number = 0

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the threads."""
        for pool in self._pools:
            pool.shutdown()

    def add(
        self,
        columns: Sequence[Array],
        codes: Sequence[Integers],
        counts: Sequence[int] | None = None,
    ) -> None:
        """Add the next chunk.

        Parameters
        ----------
        columns, codes
            As of `CellLane.take`.
        counts : sequence of int, optional
            How many levels have been met of each grouping, where more come.
        """
        k = self._number % _LANES
        self._finish(k)
        lane = self._lanes[k]
        if counts is not None:
            lane.reach(counts)
        lane.take(self._number, columns, codes)
        self._number += 1
        self._waiting[k] = self._pools[k].submit(lane.add)

    def joined(self, names: Sequence[str]) -> CellSums:
        """Return the sums of all chunks; nothing can be added any more."""
        for k in range(_LANES):
            self._finish(k)
        return _joined_lanes(self._lanes, names)

    def _finish(self, k: int) -> None:
        before, self._waiting[k] = self._waiting[k], None
        if before is not None:
            before.result()


def _joined_lanes(lanes: Sequence[CellLane], names: Sequence[str]) -> CellSums:
    """Return the sums of all chunks; the lanes are used up.

    Parameters
    ----------
    lanes : sequence of CellLane
        The tables, with the chunks 0, ``_LANES``, ... in the first.
    names : sequence of str
        The groupings.
    """
    first, *others = lanes
    levels = [max(own) for own in zip(*(lane.levels for lane in lanes), strict=True)]
    for lane in lanes:
        lane.widen(levels)
    table, M = first.table, len(first.origin) - 1
    for lane in others:
        both = (table[:, 0] > 0) & (lane.table[:, 0] > 0)
        apart = both[:, None] & (table[:, 1 : 1 + M] != lane.table[:, 1 : 1 + M])
        new = table[:, 0] == 0
        table[new, 1 : 1 + M] = lane.table[new, 1 : 1 + M]
        varies = slice(1 + M, 1 + 2 * M)
        table[:, varies] = np.maximum(table[:, varies], lane.table[:, varies])
        table[:, varies][apart] = 1.0
        table[:, 0] += lane.table[:, 0]
        table[:, 1 + 2 * M :] += lane.table[:, 1 + 2 * M :]
    cells = np.flatnonzero(table[:, 0])
    totals = {k: own for lane in lanes for k, own in lane.totals.items()}
    return CellSums(
        levels=dict(zip(names, levels, strict=True)),
        origin=first.origin,
        totals=np.array([math.fsum(own) for own in zip(*totals.values(), strict=True)]),
        least=np.min([lane.extremes[0] for lane in lanes], axis=0),
        most=np.max([lane.extremes[1] for lane in lanes], axis=0),
        cells=cells,
        table=table[cells],
    )


def origin_of(columns: Sequence[Array]) -> Array:
    """Return what is subtracted of the columns, from those of the first chunk."""
    return np.array([float(column.sum()) / len(column) for column in columns])


def _zeros(shape: Sequence[int]) -> Array:
    """Return zeros, shape (cells, width), that begin where a line of the cache does.

    The eight numbers of a cell of one column and y are then one line, not two.
    """
    *levels, width = shape
    count = math.prod(levels) * width
    whole = np.zeros(count + _LINE)
    start = -(whole.ctypes.data // whole.itemsize) % _LINE
    return whole[start : start + count].reshape(-1, width)
