"""Sums within cells: all that the posterior of a gaussian model knows of many rows.

A cell is a level of every grouping. With u_1, ..., u_D the distinct columns of X and Z and then y,
each less a fixed number near its mean (its *origin*, the mean of the first `row_sums.CHUNK` rows),
the table has of each cell the number of rows, the sums of every u_a and of every product u_a u_b.
Whatever is linear in the columns follows without a row: columns measured from other places,
dummies of further groupings, cross-products within the levels of any grouping.

One pass is enough, and the numbers do not depend on who reads: the chunks of `row_sums.CHUNK` rows
are added in turn to `LANES` tables, which are added at the end, so that so many threads can work
and one would find the same to the last bit. Rows in memory, when there are more than a chunk, and
rows in files are added by the same function, which is handed in: compiled code is above this layer.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from bayesmm.model import row_sums
from bayesmm.model.rows_in_files import ColumnSums

__all__ = [
    "AddRows",
    "CellSums",
    "Lanes",
    "cells_fit",
    "is_many",
    "origin_of",
    "table_width",
]

type Array = NDArray[np.float64]
type Integers = NDArray[np.int64]
# Takes cells, columns, origin, table and extremes, and writes the last two.
type AddRows = Callable[[NDArray[np.uint64], Array, Array, Array, Array], None]

LANES = 2
# Numbers of a table of all cells: 128 MiB.
_MOST = 2**24
_MORE = 64
_LINE = 8  # numbers of a line of the cache


def table_width(n_columns: int) -> int:
    """Return how many numbers a cell has for so many columns, y among them.

    They are the number of rows; of each column but y its first value and whether it varies; the
    sums; the products u_a u_b, a <= b.
    """
    D = n_columns
    return 1 + 2 * (D - 1) + D + D * (D + 1) // 2


def cells_fit(levels: Sequence[int], n_columns: int) -> bool:
    """Return whether the table of all combinations of levels can be kept."""
    return math.prod(levels) * table_width(n_columns) <= _MOST


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


@dataclass(frozen=True, eq=False)
class CellSums:
    """The sums of all rows.

    Attributes
    ----------
    levels : mapping of str to int
        Number of levels of each grouping, in the order of the numbers of cells.
    origin, totals, least, most : ndarray, shape (D,)
        What was subtracted of each column, y last; sums and extremes of the column itself.
    cells : ndarray of int64, shape (C,)
        The cells that have rows, ``(code_1 levels_2 + code_2) levels_3 + ...``.
    table : ndarray, shape (C, width)
        Of each of them what `table_width` says.
    """

    levels: Mapping[str, int]
    origin: Array
    totals: Array
    least: Array
    most: Array
    cells: Integers
    table: Array

    @property
    def n_columns(self) -> int:
        """Number of columns without y, M."""
        return len(self.origin) - 1

    @cached_property
    def n_rows(self) -> int:
        """Number of rows."""
        return int(self.table[:, 0].sum())

    @cached_property
    def codes(self) -> dict[str, Integers]:
        """Level of each cell in every grouping."""
        rest, found = self.cells, {}
        for name, width in reversed(self.levels.items()):
            rest, found[name] = np.divmod(rest, width)
        return found

    @cached_property
    def products(self) -> Array:
        """Products of (1, u_1, ..., u_D) within each cell, shape (C, 1 + D, 1 + D)."""
        D = len(self.origin)
        found = np.empty((len(self.cells), 1 + D, 1 + D))
        found[:, 0, 0] = self.table[:, 0]
        sums = 1 + 2 * self.n_columns
        found[:, 0, 1:] = found[:, 1:, 0] = self.table[:, sums : sums + D]
        a, b = np.triu_indices(D)
        found[:, 1 + a, 1 + b] = found[:, 1 + b, 1 + a] = self.table[:, sums + D :]
        return found

    @cached_property
    def whole(self) -> Array:
        """The same of all rows, shape (1 + D, 1 + D)."""
        return self.products.sum(axis=0)

    @cached_property
    def about_means(self) -> Array:
        """Products of the columns less their means, of all rows, shape (D, D)."""
        sums = self.whole[0, 1:]
        return self.whole[1:, 1:] - np.outer(sums, sums) / self.n_rows

    def way(self, place: int) -> Array:
        """Return a column as weights of (1, u_1, ..., u_D); place -1 is the column of ones."""
        found = np.zeros(1 + len(self.origin))
        found[0] = 1.0 if place < 0 else self.origin[place]
        if place >= 0:
            found[1 + place] = 1.0
        return found

    def mean(self, way: Array) -> float:
        """Return the mean of what has these weights."""
        own = self._raw(way)
        if own is not None:
            return self.totals[own] / self.n_rows
        return float(way[0] + way[1:] @ self.whole[0, 1:] / self.n_rows)

    def column(self, way: Array) -> ColumnSums:
        """Return the sums of a column; extremes are NaN where several columns are added."""
        n, mean, weights = self.n_rows, self.mean(way), way[1:]
        deviations = max(float(weights @ self.about_means @ weights), 0.0)
        own = self._raw(way)
        total = n * mean if own is None else float(self.totals[own])
        least = most = float("nan")
        if own is not None:
            least, most = float(self.least[own]), float(self.most[own])
        elif not weights.any():
            least = most = float(way[0])
        elif np.count_nonzero(weights) == 1 and weights.max() == 1.0:
            k = int(np.argmax(weights))
            shift = way[0] - self.origin[k]
            least, most = float(self.least[k] + shift), float(self.most[k] + shift)
        return ColumnSums(n, total, deviations + n * mean**2, deviations, least, most)

    def constant_within(self, factor: str, place: int) -> bool:
        """Return whether a column has one value in each level of a grouping."""
        if place < 0:
            return True
        M = self.n_columns
        if self.table[:, 1 + M + place].any():
            return False
        first, codes = self.table[:, 1 + place], self.codes[factor]
        of_level = np.empty(self.levels[factor])
        of_level[codes] = first
        return bool((of_level[codes] == first).all())

    def counts(self, factor: str) -> Integers:
        """Return how many rows each level of a grouping has."""
        found = np.bincount(self.codes[factor], self.table[:, 0], self.levels[factor])
        return found.astype(np.int64)

    def renumbered(self, order: Mapping[str, Integers]) -> "CellSums":
        """Return the sums with other numbers of the levels.

        Parameters
        ----------
        order : mapping of str to ndarray of int64
            The number that each level is to have, 0 to their number less one.
        """
        cells = np.zeros(len(self.cells), dtype=np.int64)
        levels = {name: 1 + int(order[name][self.codes[name]].max()) for name in self.levels}
        for name, width in levels.items():
            cells = cells * width + order[name][self.codes[name]]
        by_cell = np.argsort(cells)
        table = np.ascontiguousarray(self.table[by_cell])
        return replace(self, levels=levels, cells=cells[by_cell], table=table)

    def _raw(self, way: Array) -> int | None:
        """Return the column that this is as it stands, or None."""
        places = np.flatnonzero(way[1:])
        if len(places) == 1 and way[1 + places[0]] == 1.0 and way[0] == self.origin[places[0]]:
            return int(places[0])
        return None


class Lanes:
    """All lanes, with a thread for each that adds what it has taken.

    Parameters
    ----------
    levels, origin, add
        As of `CellLane`.
    """

    def __init__(self, levels: Sequence[int], origin: Array, add: AddRows) -> None:
        self._lanes = [CellLane(levels, origin, add) for _ in range(LANES)]
        self._pools = [ThreadPoolExecutor(1) for _ in range(LANES)]
        self._waiting: list[Future[None] | None] = [None] * LANES
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
        k = self._number % LANES
        self._finish(k)
        lane = self._lanes[k]
        if counts is not None:
            lane.reach(counts)
        lane.take(self._number, columns, codes)
        self._number += 1
        self._waiting[k] = self._pools[k].submit(lane.add)

    def joined(self, names: Sequence[str]) -> CellSums:
        """Return the sums of all chunks; nothing can be added any more."""
        for k in range(LANES):
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
        The tables, with the chunks 0, ``LANES``, ... in the first.
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


def _zeros(shape: Sequence[int]) -> Array:
    """Return zeros, shape (cells, width), that begin where a line of the cache does.

    The eight numbers of a cell of one column and y are then one line, not two.
    """
    *levels, width = shape
    count = math.prod(levels) * width
    whole = np.zeros(count + _LINE)
    start = -(whole.ctypes.data // whole.itemsize) % _LINE
    return whole[start : start + count].reshape(-1, width)


def origin_of(columns: Sequence[Array]) -> Array:
    """Return what is subtracted of the columns, from those of the first chunk."""
    return np.array([float(column.sum()) / len(column) for column in columns])


def is_many(n_rows: int) -> bool:
    """Return whether so many rows are summed by cells."""
    return n_rows > row_sums.CHUNK
