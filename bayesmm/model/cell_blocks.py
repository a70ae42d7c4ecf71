"""Adding rows to tables of cells block by block, and the blocks to each other in their order."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model import row_sums
from bayesmm.model.cell_sums import CellSums, table_width

__all__ = [
    "MOST_AT_ONCE",
    "AddRows",
    "BlockOfCells",
    "CellTable",
    "JoinedCells",
    "origin_of",
    "rows_of_block",
]

type Array = NDArray[np.float64]
type Integers = NDArray[np.int64]
# Takes cells, columns, origin, table and extremes, and writes the last two.
type AddRows = Callable[[NDArray[np.uint64], Array, Array, Array, Array], None]

# Chunks of a block: part of what the sums are, whoever adds them, and wherever.
CHUNKS_OF_BLOCK = 64
# Blocks that are added at a time at most: each has a table of all cells.
MOST_AT_ONCE = 8
_MORE = 64
_LINE = 8  # numbers of a line of the cache


def rows_of_block() -> int:
    """Return how many complete rows a block has, but for the last."""
    return CHUNKS_OF_BLOCK * row_sums.CHUNK


@dataclass(frozen=True, slots=True, eq=False)
class BlockOfCells:
    """The sums of the rows of a block.

    Attributes
    ----------
    levels : tuple of int
        Width of each grouping in the numbers of cells.
    cells : ndarray of int64, shape (C,)
        The cells that have rows, ``(code_1 levels_2 + code_2) levels_3 + ...``.
    table : ndarray, shape (C, width)
        Of each of them what `table_width` says.
    extremes : ndarray, shape (2, D)
        Least and largest number of each column.
    totals : tuple of tuple of float
        Of each chunk the sums of its columns.
    """

    levels: tuple[int, ...]
    cells: Integers
    table: Array
    extremes: Array
    totals: tuple[tuple[float, ...], ...]


class CellTable:
    """A table of all cells to which the rows of a block are added, one after the other.

    Parameters
    ----------
    levels : sequence of int
        Number of levels of each grouping, as far as they are known.
    origin : ndarray, shape (D,)
        What is subtracted of each column, y last.
    add : callable
        Adds rows to a table.
    """

    def __init__(self, levels: Sequence[int], origin: Array, add: AddRows) -> None:
        self._table = _Widening(levels, table_width(len(origin)))
        self._origin, self._add = origin, add
        self._extremes = np.array([[np.inf], [-np.inf]]) * np.ones(len(origin))
        self._totals: list[tuple[float, ...]] = []
        # a chunk, written over by the next: new pages cost more than what is done with them
        self._columns = np.empty((len(origin), row_sums.CHUNK))
        self._codes = np.zeros((max(len(levels), 1), row_sums.CHUNK), dtype=np.int64)
        self._n_waiting = 0

    def reach(self, counts: Sequence[int]) -> None:
        """Make room for so many levels and some more, so that the table rarely grows."""
        self._table.reach(counts)

    def add(self, columns: Sequence[Array], codes: Sequence[Integers]) -> None:
        """Add some rows, as many as there are; nothing of them is needed afterwards.

        Parameters
        ----------
        columns : sequence of ndarray, each shape (n,)
            The columns, y last.
        codes : sequence of ndarray of int64, each shape (n,)
            Level of each row in every grouping.
        """
        n, done = len(columns[0]), 0
        while done < n:
            at = self._n_waiting
            some = slice(done, done + self._columns.shape[1] - at)
            done = min(some.stop, n)
            room = slice(at, at + done - some.start)
            for k, column in enumerate(columns):
                np.copyto(self._columns[k, room], column[some])
            for k, own in enumerate(codes):
                np.copyto(self._codes[k, room], own[some])
            self._n_waiting = room.stop
            if self._n_waiting == self._columns.shape[1]:
                self._flush()

    def found(self) -> BlockOfCells:
        """Return the sums of the rows; nothing can be added any more."""
        if self._n_waiting:
            columns = np.ascontiguousarray(self._columns[:, : self._n_waiting])
            self._columns, self._codes = columns, self._codes[:, : self._n_waiting]
            self._flush()
        table = self._table.rows
        cells = np.flatnonzero(table[:, 0])
        own = self._table.levels, cells, table[cells], self._extremes, tuple(self._totals)
        return BlockOfCells(*own)

    def _flush(self) -> None:
        """Add the chunk that is there."""
        self._n_waiting = 0
        self._totals.append(tuple(float(column.sum()) for column in self._columns))
        cells = self._codes[0]
        for own, width in zip(self._codes[1:], self._table.levels[1:], strict=True):
            np.multiply(cells, width, out=cells)
            np.add(cells, own, out=cells)
        table = self._table.rows
        self._add(cells.view(np.uint64), self._columns, self._origin, table, self._extremes)


class JoinedCells:
    """The sums of blocks that are taken in their order.

    Parameters
    ----------
    levels, origin
        As of `CellTable`.
    """

    def __init__(self, levels: Sequence[int], origin: Array) -> None:
        self._table = _Widening(levels, table_width(len(origin)))
        self._origin = origin
        self._extremes = np.array([[np.inf], [-np.inf]]) * np.ones(len(origin))
        self._totals: list[tuple[float, ...]] = []

    @property
    def fits(self) -> bool:
        """Whether more blocks are wanted: always, where all levels were known before."""
        return True

    def take(self, block: BlockOfCells, numbers: Sequence[Integers] | None = None) -> None:
        """Add the sums of the next block.

        Parameters
        ----------
        block : BlockOfCells
            The sums.
        numbers : sequence of ndarray of int64, optional
            Of each grouping the number here of every level of the block; default: the same.
        """
        if numbers is not None:
            self._table.reach([1 + int(own.max(initial=-1)) for own in numbers])
        rest, cells, step = block.cells, np.zeros(len(block.cells), dtype=np.int64), 1
        for k in reversed(range(len(block.levels))):
            rest, codes = np.divmod(rest, block.levels[k])
            cells += step * (codes if numbers is None else numbers[k][codes])
            step *= self._table.levels[k]
        M, table, other = len(self._origin) - 1, self._table.rows, block.table
        own = table[cells]
        new = own[:, 0] == 0
        firsts, varies, sums = slice(1, 1 + M), slice(1 + M, 1 + 2 * M), slice(1 + 2 * M, None)
        own[new, firsts] = other[new, firsts]
        apart = own[:, firsts] != other[:, firsts]
        own[:, varies] = np.maximum(own[:, varies], np.maximum(other[:, varies], apart))
        own[:, 0] += other[:, 0]
        own[:, sums] += other[:, sums]
        table[cells] = own
        least, most = self._extremes
        np.minimum(least, block.extremes[0], out=least)
        np.maximum(most, block.extremes[1], out=most)
        self._totals += block.totals

    def found(self, names: Sequence[str]) -> CellSums:
        """Return the sums of all blocks.

        Parameters
        ----------
        names : sequence of str
            The groupings.
        """
        cells = np.flatnonzero(self._table.rows[:, 0])
        return CellSums(
            levels=dict(zip(names, self._table.levels, strict=True)),
            origin=self._origin,
            totals=np.array([math.fsum(own) for own in zip(*self._totals, strict=True)]),
            least=self._extremes[0],
            most=self._extremes[1],
            cells=cells,
            table=self._table.rows[cells],
        )


class _Widening:
    """A row of numbers for every combination of levels, of which more may come.

    Parameters
    ----------
    levels : sequence of int
        Number of levels of each grouping.
    width : int
        How many numbers a cell has.
    """

    def __init__(self, levels: Sequence[int], width: int) -> None:
        self.levels = tuple(levels)
        self.rows = _zeros((*self.levels, width))

    def reach(self, counts: Sequence[int]) -> None:
        """Make room for so many levels and some more."""
        if all(count <= own for count, own in zip(counts, self.levels, strict=True)):
            return
        self._widen(
            own if count <= own else count + count // 4 + _MORE
            for count, own in zip(counts, self.levels, strict=True)
        )

    def _widen(self, levels: Iterable[int]) -> None:
        levels = tuple(levels)
        width = self.rows.shape[1]
        rows = _zeros((*levels, width))
        wider = rows.reshape(*levels, width)
        wider[tuple(map(slice, self.levels))] = self.rows.reshape(*self.levels, width)
        self.levels, self.rows = levels, rows


def origin_of(columns: Sequence[Array]) -> Array:
    """Return what is subtracted of the columns, from those of the first chunk."""
    return np.array([float(np.ascontiguousarray(own).sum()) / len(own) for own in columns])


def _zeros(shape: Sequence[int]) -> Array:
    """Return zeros, shape (cells, width), that begin where a line of the cache does.

    The eight numbers of a cell of one column and y are then one line, not two.
    """
    *levels, width = shape
    count = math.prod(levels) * width
    whole = np.zeros(count + _LINE)
    start = -(whole.ctypes.data // whole.itemsize) % _LINE
    return whole[start : start + count].reshape(-1, width)
