"""Sums within cells: all that the posterior of a gaussian model knows of many rows.

A cell is a level of every grouping. With u_1, ..., u_D the distinct columns of X and Z and then y,
each less a fixed number near its mean (its *origin*, the mean of the first `row_sums.CHUNK` rows),
the table has of each cell the number of rows, the sums of every u_a and of every product u_a u_b.
Whatever is linear in the columns follows without a row: columns measured from other places,
dummies of further groupings, cross-products within the levels of any grouping.

One pass is enough, and the numbers do not depend on who reads: the rows are cut into blocks of a
fixed number of chunks (`cell_blocks`), each block is summed by itself, row by row, and the blocks
are added in their order. Threads, processes or machines that each take some of the blocks, and one
that takes all, find the same to the last bit. Rows in memory, when there are more than a chunk, and
rows in files are added by the same function, which is handed in: compiled code is above this layer.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from bayesmm.arrays import Array, Integers
from bayesmm.model import row_sums
from bayesmm.model.rows_in_files import ColumnSums

__all__ = ["CellSums", "Ways", "cells_fit", "is_many", "table_width"]

# Numbers of a table of all cells: 128 MiB.
_MOST = 2**24
# Of the squares of the columns that a column is made of, from where its digits are enough: ten.
_LEFT = 1e-6


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


@dataclass(frozen=True, slots=True, eq=False)
class Ways:
    """The columns of a design as weights of (1, u_1, ..., u_D) of `CellSums`."""

    common: Array  # (p, 1 + D): of X
    blocks: tuple[Array, ...]  # (m, 1 + D): of the columns of Z of every block


@dataclass(frozen=True, eq=False)
class CellSums:
    """The sums of all rows."""

    # number of levels of each grouping, in the order of the numbers of cells
    levels: Mapping[str, int]
    # (D,): what was subtracted of each column, y last; sums and extremes of the column itself
    origin: Array
    totals: Array
    least: Array
    most: Array
    cells: Integers  # (C,): those that have rows, ``(code_1 levels_2 + code_2) levels_3 + ...``
    table: Array  # (C, width): of each of them what `table_width` says

    def kept(self) -> Iterator[tuple[str, Array]]:
        """Yield the name and the numbers of what was found."""
        yield "cells", self.cells.astype(np.float64)
        for name in ("origin", "totals", "least", "most", "table"):
            yield name, getattr(self, name)

    @classmethod
    def restored(cls, levels: Mapping[str, int], arrays: Mapping[str, Array]) -> "CellSums":
        """Return the sums that `kept` had, of groupings with so many levels."""
        return cls(levels, **{**arrays, "cells": arrays["cells"].astype(np.int64)})

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

    def keeps_digits(self, way: Array) -> bool:
        """Return whether a column is not a small difference of the large ones that are summed.

        (x - m) a is x a less m a: where x is far from zero for its spread, the products of the two
        on the right hardly differ, and the digits that are left do not say by how much.
        """
        weights, squares = way[1:], self.about_means
        gross = float(weights**2 @ np.diag(squares))
        return float(weights @ squares @ weights) >= _LEFT * gross

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

        `order` has the number that each level is to have, 0 to their number less one.
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


def is_many(n_rows: int) -> bool:
    """Return whether so many rows are summed by cells."""
    return n_rows > row_sums.CHUNK
