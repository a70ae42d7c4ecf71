"""Levels of a column that are numbered as they are met, chunk by chunk."""

from copy import copy
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Integers
from bayesmm.model.in_files.column_values import (
    LONGEST_TABLE,
    is_whole,
    level_values,
    plain_numbers,
)
from bayesmm.model.in_files.table_source import Chunk

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MetLevels"]


class MetLevels:
    """Levels of a column, numbered as they are met."""

    def __init__(self, column: str) -> None:
        self.column = column
        self.examples: list[pa.Table] = []
        self.positions: list[Integers] = []
        # half as long as int64: it is read in no order, and stays in the cache beside the cells
        self._table: tuple[int, NDArray[np.int32]] = 0, np.zeros(0, dtype=np.int32)
        self._numbers: dict[object, int] = {}
        self._in_table: bool | None = None
        self._count = 0

    def __len__(self) -> int:
        """Return how many there are."""
        return self._count

    def copy(self) -> "MetLevels":
        """Return the same levels, of which others may be met."""
        own = copy(self)
        own.examples, own.positions = self.examples.copy(), self.positions.copy()
        own._table, own._numbers = (self._table[0], self._table[1].copy()), self._numbers.copy()
        return own

    def met_in(self, other: "MetLevels", n_shared: int = 0) -> Integers:
        """Return the numbers here of the levels that another has met, in the order of its own.

        The first `n_shared` pieces of examples are those of both.
        """
        shared = np.arange(sum(map(len, self.positions[:n_shared])))
        if len(other.examples) == n_shared:
            return shared
        import pyarrow as pa  # noqa: PLC0415

        table = pa.concat_tables(other.examples[n_shared:])
        chunk = Chunk(table, np.concatenate(other.positions[n_shared:]), len(table))
        own = self.of(chunk, np.empty((2, len(table)), dtype=np.int64))
        return np.concatenate([shared, own])

    @property
    def values(self) -> "pa.ChunkedArray":
        """The levels as they stand in the files, in the order of their numbers."""
        import pyarrow as pa  # noqa: PLC0415

        return pa.concat_tables(self.examples).unify_dictionaries().column(self.column)

    def known(self, chunk: Chunk) -> tuple[NDArray, int, NDArray[np.int32]] | None:
        """Return the column of some rows and the table of the numbers of its levels.

        It is the table of those that were met so far, -1 for others, with the value that it begins
        with; None where there is none.
        """
        column = chunk.table.column(self.column)
        first, known = self._table
        if not self._in_table or not is_whole(column):
            return None
        numbers = plain_numbers(column)
        if numbers.dtype not in (np.int32, np.int64):
            numbers = numbers.astype(np.int64)
        return numbers, first, known

    def of(self, chunk: Chunk, room: Integers) -> Integers:
        """Return the numbers of some rows, whole and of either length, shape (n,).

        `room`, shape (2, n or more), may be written: new pages for every chunk cost more than what
        is done with them.
        """
        column = chunk.table.column(self.column)
        if is_whole(column) and self._in_table is not False:
            found = self._looked_up(plain_numbers(column), chunk, room)
            if found is not None:
                return found
        return self._among(level_values(column), chunk)

    def _looked_up(self, numbers: NDArray, chunk: Chunk, room: Integers) -> Integers | None:
        """Return the numbers of whole numbers by a table; None when it would be too long."""
        at, found = room[0, : len(numbers)], room[1].view(np.int32)[: len(numbers)]
        least, most = int(numbers.min()), int(numbers.max())
        first, known = self._table
        if first <= least and most - first < len(known):
            if first:
                np.subtract(numbers, first, out=at, dtype=np.int64)
            else:
                np.copyto(at, numbers)
            np.take(known, at, out=found, mode="clip")  # "raise" would copy first
            if found.min() >= 0:
                return found
        if not self._reach(least, most):
            return None
        first, known = self._table
        at = np.subtract(numbers, first, dtype=np.int64)
        new = np.flatnonzero(known[at] < 0)
        if len(new):
            values = at[new]
            known[values[::-1]] = -2 - np.arange(len(new), dtype=np.int32)[::-1]  # first: the last
            places = np.flatnonzero(known[values] == -2 - np.arange(len(new)))
            known[values[places]] = self._remembered(chunk, new[places])
        return known[at]

    def _reach(self, least: int, most: int) -> bool:
        """Make the table reach these numbers, or give it up."""
        first, old = self._table
        if len(old):
            least, most = min(least, first), max(most, first + len(old) - 1)
        if 0 < least <= most - least < most < LONGEST_TABLE:  # from 0 nothing is to be subtracted
            least = 0
        if most - least >= LONGEST_TABLE:
            at = np.flatnonzero(old >= 0)
            values = (at + first).tolist()
            self._numbers = dict(zip(values, old[at].tolist(), strict=True))
            self._in_table = False
            return False
        self._in_table = True
        if (least, most - least + 1) != (first, len(old)):
            wider = np.full(most - least + 1, -1, dtype=np.int32)
            if len(old):
                wider[first - least :][: len(old)] = old
            self._table = least, wider
        return True

    def _among(self, column: "pa.ChunkedArray", chunk: Chunk) -> Integers:
        """Return the numbers of values of any kind."""
        import pyarrow as pa  # noqa: PLC0415

        encoded = pa.chunked_array([column.combine_chunks()]).chunk(0).dictionary_encode()
        values, codes = encoded.dictionary.to_pylist(), encoded.indices.to_numpy()
        self._in_table = False
        own = [self._numbers.get(value, -1) for value in values]
        new = [k for k, number in enumerate(own) if number < 0]
        if new:
            first = np.empty(len(values), dtype=np.int64)
            first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
            numbers = self._remembered(chunk, first[new]).tolist()
            for k, number in zip(new, numbers, strict=True):
                self._numbers[values[k]] = own[k] = number
        return np.array(own, dtype=np.int64)[codes]

    def _remembered(self, chunk: Chunk, places: Integers) -> Integers:
        """Keep rows of new levels and return their numbers."""
        first = self._count
        self.examples.append(chunk.table.take(places))
        self.positions.append(chunk.places()[places])
        self._count += len(places)
        return first + np.arange(len(places))
