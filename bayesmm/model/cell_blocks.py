"""Adding rows to tables of cells block by block, and the blocks to each other in their order."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array, Integers
from bayesmm.model import row_sums
from bayesmm.model.cell_sums import CellSums, table_width
from bayesmm.model.pieces import PieceTotals
from bayesmm.model.widening_table import WideningTable

__all__ = [
    "MOST_AT_ONCE",
    "AddRows",
    "BlockOfCells",
    "CellTable",
    "JoinedCells",
    "origin_of",
    "rows_at_once",
    "rows_of_block",
]

# As `bayesmm.sampling.compiled.collapsed.cell_kernel.add_to_cells`.
type AddRows = Callable[..., None]

# Chunks of a block: part of what the sums are, whoever adds them, and wherever.
CHUNKS_OF_BLOCK = 64
# Chunks of rows that are read and added at a time: what is to be said of each costs as much as the
# sums of some thousand rows.
_CHUNKS_AT_ONCE = 2
# Blocks that are added at a time at most: each has a table of all cells.
MOST_AT_ONCE = 8
# Rows whose columns are taken at a time: they stay in the cache beside the cells.
_AT_ONCE = 2**9
_JOINED_AT_ONCE = 2**12  # cells
_NONE_KNOWN = np.zeros(0, dtype=np.int32)


def rows_of_block() -> int:
    """Return how many complete rows a block has, but for the last."""
    return CHUNKS_OF_BLOCK * row_sums.CHUNK


def rows_at_once() -> int:
    """Return how many rows are read and added at a time at most."""
    return _CHUNKS_AT_ONCE * row_sums.CHUNK


@dataclass(frozen=True, slots=True, eq=False)
class BlockOfCells:
    """The sums of the rows of a block."""

    levels: tuple[int, ...]  # width of each grouping in the numbers of cells
    cells: Integers  # (C,): those that have rows, ``(code_1 levels_2 + code_2) levels_3 + ...``
    table: Array  # (C, width): of each of them what `table_width` says
    extremes: Array  # (2, D): least and largest number of each column
    totals: tuple[list[float], ...]  # of each column the sums of its pieces (`pieces`)


class CellTable:
    """A table of all cells to which the rows of a block are added, one after the other.

    `levels` are the numbers of levels of each grouping, as far as they are known, and `origin`,
    shape (D,), is what is subtracted of each column, y last. `add` adds rows to a table.
    """

    def __init__(self, levels: Sequence[int], origin: Array, add: AddRows) -> None:
        self._table = WideningTable(levels, table_width(len(origin)))
        self._origin, self._add = origin, add
        self._extremes = np.array([[np.inf], [-np.inf]]) * np.ones(len(origin))
        self._totals = PieceTotals(len(origin))
        # written over by the next rows: new pages cost more than what is done with them
        self._room = np.empty((len(origin), rows_at_once()))
        self._cells = np.zeros(rows_at_once(), dtype=np.int64)
        self._missed = np.empty(1 + rows_at_once(), dtype=np.int64)
        self._work = np.empty((len(origin), _AT_ONCE))

    def reach(self, counts: Sequence[int]) -> None:
        """Make room for so many levels and some more, so that the table rarely grows."""
        self._table.reach(counts)

    def add(
        self, columns: Sequence[Array], codes: Sequence[Integers], rows: Integers | None = None
    ) -> None:
        """Add some rows, `rows_at_once` at most.

        `columns`, y last, are each of shape (n,), as are `codes`, the level of each row in every
        grouping. `rows` are those that `add_known` left out, of which the codes are.
        """
        if rows is None:
            self._totals.add(columns)
        else:
            columns = [column[rows] for column in columns]
        cells = self._cells[: len(columns[0])]
        for k, (own, width) in enumerate(zip(codes, self._table.levels, strict=True)):
            np.multiply(cells, width if k else 0, out=cells)
            np.add(cells, own, out=cells)
        self._add_to_table(columns, cells, 0, _NONE_KNOWN)

    def add_known(
        self, columns: Sequence[Array], numbers: NDArray, first: int, known: NDArray[np.int32]
    ) -> Integers:
        """Add rows but for those whose level is not known; return which these are.

        They are to be added before any other: sums within a cell are of its rows in their order.

        They are those of the only grouping, whose levels are in `known` from the number `first` on,
        -1 for none; `columns` have y last.
        """
        self._totals.add(columns)
        return self._add_to_table(columns, numbers, first, known)

    def _add_to_table(
        self, columns: Sequence[Array], numbers: NDArray, first: int, known: NDArray[np.int32]
    ) -> Integers:
        own = [_in_one_piece(*both) for both in zip(columns, self._room, strict=True)]
        places = np.array([column.ctypes.data for column in own])
        sums = self._table.rows, self._extremes, self._missed
        self._add(numbers, first, known, places, self._origin, self._work, *sums)
        return self._missed[1 : 1 + self._missed[0]].copy()

    def found(self) -> BlockOfCells:
        """Return the sums of the rows; nothing can be added any more."""
        table = self._table.rows
        cells = np.flatnonzero(table[:, 0])
        own = self._table.levels, cells, table[cells], self._extremes, self._totals.found()
        return BlockOfCells(*own)


class JoinedCells:
    """The sums of blocks that are taken in their order.

    `levels` and `origin` are as of `CellTable`.
    """

    def __init__(self, levels: Sequence[int], origin: Array) -> None:
        self._table = WideningTable(levels, table_width(len(origin)))
        self._origin = origin
        self._extremes = np.array([[np.inf], [-np.inf]]) * np.ones(len(origin))
        self._totals: tuple[list[float], ...] = tuple([] for _ in origin)

    @property
    def fits(self) -> bool:
        """Whether more blocks are wanted: always, where all levels were known before."""
        return True

    def take(self, block: BlockOfCells, numbers: Sequence[Integers] | None = None) -> None:
        """Add the sums of the next block.

        `numbers` has of each grouping the number here of every level of the block; default: the
        same.
        """
        if numbers is not None:
            self._table.reach([1 + int(own.max(initial=-1)) for own in numbers])
        rest, cells, step = block.cells, np.zeros(len(block.cells), dtype=np.int64), 1
        for k in reversed(range(len(block.levels))):
            rest, codes = np.divmod(rest, block.levels[k])
            cells += step * (codes if numbers is None else numbers[k][codes])
            step *= self._table.levels[k]
        for start in range(0, len(cells), _JOINED_AT_ONCE):
            some = slice(start, start + _JOINED_AT_ONCE)
            self._join(cells[some], block.table[some])
        least, most = self._extremes
        np.minimum(least, block.extremes[0], out=least)
        np.maximum(most, block.extremes[1], out=most)
        for own, more in zip(self._totals, block.totals, strict=True):
            own.extend(more)

    def _join(self, cells: Integers, other: Array) -> None:
        """Add rows of another table."""
        M, own = len(self._origin) - 1, self._table.rows[cells]
        new = own[:, 0] == 0
        firsts, varies, sums = slice(1, 1 + M), slice(1 + M, 1 + 2 * M), slice(1 + 2 * M, None)
        own[new, firsts] = other[new, firsts]
        apart = own[:, firsts] != other[:, firsts]
        own[:, varies] = np.maximum(own[:, varies], np.maximum(other[:, varies], apart))
        own[:, 0] += other[:, 0]
        own[:, sums] += other[:, sums]
        self._table.rows[cells] = own

    def found(self, names: Sequence[str]) -> CellSums:
        """Return the sums of all blocks."""
        cells = np.flatnonzero(self._table.rows[:, 0])
        return CellSums(
            levels=dict(zip(names, self._table.levels, strict=True)),
            origin=self._origin,
            totals=np.array([math.fsum(own) for own in self._totals]),
            least=self._extremes[0],
            most=self._extremes[1],
            cells=cells,
            table=self._table.rows[cells],
        )


def origin_of(columns: Sequence[Array]) -> Array:
    """Return what is subtracted of the columns, from those of the first chunk."""
    return np.array([float(np.ascontiguousarray(own).sum()) / len(own) for own in columns])


def _in_one_piece(column: Array, room: Array) -> Array:
    """Return a column as it is, or as a copy where its numbers do not follow each other."""
    if column.dtype == np.float64 and column.flags.c_contiguous and column.flags.aligned:
        return column
    own = room[: len(column)]
    np.copyto(own, column)
    return own
