"""Levels of columns that come in chunks: which there are, and the code of each row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.model.in_files.table_source import Chunk, plain_numbers, plain_values

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LevelCodes", "MetLevels", "Seen"]

type Integers = NDArray[np.int64]

# Whole numbers within such a range are looked up in a table.
_TABLE = 2**26


class Seen:
    """Combinations of the values of some columns that have been met.

    Parameters
    ----------
    columns : sequence of str
        The columns.
    """

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._flags = np.zeros(0, dtype=bool)
        self._first = 0
        self._met: set[object] = set()

    def new_rows(self, table: "pa.Table") -> Integers:
        """Return the places of rows that have a combination not met before, and remember it."""
        if len(self.columns) == 1:
            numbers = _whole_numbers(table.column(self.columns[0]))
            if numbers is not None and self._reach(numbers):
                return self._new_numbers(numbers)
        frame = pd.DataFrame({name: _hashable(table.column(name)) for name in self.columns})
        distinct = frame.drop_duplicates()
        single = len(self.columns) == 1
        values = distinct.iloc[:, 0] if single else distinct.itertuples(index=False, name=None)
        new = [
            place
            for place, value in zip(distinct.index, values, strict=True)
            if value not in self._met
        ]
        chosen = distinct.loc[new]
        self._met.update(chosen.iloc[:, 0] if single else chosen.itertuples(index=False, name=None))
        return np.array(new, dtype=np.int64)

    def _reach(self, numbers: Integers) -> bool:
        """Make the table reach these numbers; return whether it can."""
        if self._met:
            return False
        least, most = int(numbers.min()), int(numbers.max())
        if self._flags.size:
            least, most = min(least, self._first), max(most, self._first + self._flags.size - 1)
        if most - least >= _TABLE:
            self._met = set((np.flatnonzero(self._flags) + self._first).tolist())
            return False
        if not self._flags.size or (least, most - least + 1) != (self._first, self._flags.size):
            flags = np.zeros(most - least + 1, dtype=bool)
            start = self._first - least
            flags[start : start + self._flags.size] = self._flags
            self._flags, self._first = flags, least
        return True

    def _new_numbers(self, numbers: Integers) -> Integers:
        at = numbers - self._first
        new = np.flatnonzero(~self._flags[at])
        _, first = np.unique(at[new], return_index=True)
        self._flags[at[new]] = True
        return np.sort(new[first])


class LevelCodes:
    """The code of each level of a column, by the values that stand in the files.

    Parameters
    ----------
    column : str
        Name of the column.
    examples : pyarrow.ChunkedArray
        Values of the column, each level at least once.
    codes : ndarray of int64
        Their codes.
    """

    def __init__(self, column: str, examples: "pa.ChunkedArray", codes: Integers) -> None:
        import pyarrow as pa  # noqa: PLC0415

        self._column = column
        values = _values(examples)
        self._values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        self._codes = codes
        self._table = None
        numbers = _whole_numbers(examples)
        if numbers is not None and int(numbers.max()) - int(numbers.min()) < _TABLE:
            self._first = int(numbers.min())
            self._table = np.full(int(numbers.max()) - self._first + 1, -1, dtype=np.int64)
            self._table[numbers - self._first] = codes

    def of(self, column: "pa.ChunkedArray") -> Integers:
        """Return the codes of a chunk of the column, shape (n,).

        Raises
        ------
        DataError
            For a value that is none of the levels.
        """
        found = self._found(column)
        if found.min(initial=0) < 0:
            value = plain_values(column)[int(np.argmin(found))].as_py()
            raise DataError(
                f"Column '{self._column}' has the value {value!r}, which is none of the levels "
                "that were found before: the rows change while they are read. Fit the model again "
                "when they stay as they are."
            )
        return found

    def _found(self, column: "pa.ChunkedArray") -> Integers:
        """Return the codes, -1 for what is no level."""
        import pyarrow as pa  # noqa: PLC0415

        if self._table is not None:
            at = _whole_numbers(column) - self._first
            within = (at >= 0) & (at < len(self._table))
            return self._table[at] if within.all() else np.where(within, 0, -1)
        if pa.types.is_dictionary(column.type):
            parts = [self._looked_up(p.dictionary)[p.indices.to_numpy()] for p in column.chunks]
            return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        return self._looked_up(column)

    def _looked_up(self, values: "pa.Array | pa.ChunkedArray") -> Integers:
        from pyarrow import compute  # noqa: PLC0415

        # a level of a dictionary that no row has is not among the examples, and is not asked for
        found = compute.index_in(_values(values), value_set=self._values)
        at = compute.fill_null(found, -1).to_numpy()
        return np.where(at < 0, -1, self._codes[at])


class MetLevels:
    """Levels of a column, numbered as they are met.

    Parameters
    ----------
    column : str
        The column.
    """

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

    def met_in(self, other: "MetLevels") -> Integers:
        """Return the numbers here of the levels that another has met, in the order of its own."""
        if not other.examples:
            return np.zeros(0, dtype=np.int64)
        import pyarrow as pa  # noqa: PLC0415

        table, positions = pa.concat_tables(other.examples), np.concatenate(other.positions)
        chunk = Chunk(table, positions, len(table))
        return self.of(chunk, np.empty((2, len(table)), dtype=np.int64)).astype(np.int64)

    @property
    def values(self) -> "pa.ChunkedArray":
        """The levels as they stand in the files, in the order of their numbers."""
        import pyarrow as pa  # noqa: PLC0415

        return pa.concat_tables(self.examples).unify_dictionaries().column(self.column)

    def of(self, chunk: Chunk, room: Integers) -> Integers:
        """Return the numbers of some rows, whole and of either length, shape (n,).

        Parameters
        ----------
        chunk : Chunk
            The rows.
        room : ndarray of int64, shape (2, n or more)
            May be written: new pages for every chunk cost more than what is done with them.
        """
        column = chunk.table.column(self.column)
        if _is_whole(column) and self._in_table is not False:
            found = self._looked_up(plain_numbers(column), chunk, room)
            if found is not None:
                return found
        return self._among(_values(column), chunk)

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
        if 0 < least <= most - least < most < _TABLE:  # from 0 nothing is to be subtracted
            least = 0
        if most - least >= _TABLE:
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


def _values(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Return a column as values that are equal where the levels are: -0.0 is 0.0."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    own = plain_values(column)
    if not pa.types.is_floating(own.type):
        return own
    return compute.add(own, pa.scalar(0.0, own.type))


def _whole_numbers(column: "pa.ChunkedArray") -> Integers | None:
    """Return a column of whole numbers as they are, or None when it is of another kind."""
    return plain_numbers(column).astype(np.int64, copy=False) if _is_whole(column) else None


def _is_whole(column: "pa.ChunkedArray") -> bool:
    """Return whether a column is of whole numbers that int64 holds."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.types.is_integer(column.type) and column.type != pa.uint64()


def _hashable(column: "pa.ChunkedArray") -> pd.Series:
    """Return a column as values that Python can compare."""
    return _values(column).to_pandas()
