"""Levels of columns that come in chunks: which there are, and the code of each row."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayesmm.arrays import Integers
from bayesmm.errors import DataError
from bayesmm.model.in_files.column_values import (
    LONGEST_TABLE,
    level_values,
    plain_values,
    whole_numbers,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["LevelCodes", "Seen"]


class Seen:
    """Combinations of the values of some columns that have been met."""

    def __init__(self, columns: Sequence[str]) -> None:
        self.columns = tuple(columns)
        self._flags = np.zeros(0, dtype=bool)
        self._first = 0
        self._met: set[object] = set()

    def new_rows(self, table: "pa.Table") -> Integers:
        """Return the places of rows that have a combination not met before, and remember it."""
        if len(self.columns) == 1:
            numbers = whole_numbers(table.column(self.columns[0]))
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
        if most - least >= LONGEST_TABLE:
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

    `examples` are values of the column, each level at least once, and `codes` their codes.
    """

    def __init__(self, column: str, examples: "pa.ChunkedArray", codes: Integers) -> None:
        import pyarrow as pa  # noqa: PLC0415

        self._column = column
        values = level_values(examples)
        self._values = values.combine_chunks() if isinstance(values, pa.ChunkedArray) else values
        self._codes = codes
        self._table = None
        numbers = whole_numbers(examples)
        if numbers is not None and int(numbers.max()) - int(numbers.min()) < LONGEST_TABLE:
            self._first = int(numbers.min())
            self._table = np.full(int(numbers.max()) - self._first + 1, -1, dtype=np.int64)
            self._table[numbers - self._first] = codes

    def of(self, column: "pa.ChunkedArray") -> Integers:
        """Return the codes of a chunk of the column, shape (n,).

        A value that is none of the levels is a `DataError`.
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
            at = whole_numbers(column) - self._first
            within = (at >= 0) & (at < len(self._table))
            return self._table[at] if within.all() else np.where(within, 0, -1)
        if pa.types.is_dictionary(column.type):
            parts = [self._looked_up(p.dictionary)[p.indices.to_numpy()] for p in column.chunks]
            return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)
        return self._looked_up(column)

    def _looked_up(self, values: "pa.Array | pa.ChunkedArray") -> Integers:
        from pyarrow import compute  # noqa: PLC0415

        # a level of a dictionary that no row has is not among the examples, and is not asked for
        found = compute.index_in(level_values(values), value_set=self._values)
        at = compute.fill_null(found, -1).to_numpy()
        return np.where(at < 0, -1, self._codes[at])


def _hashable(column: "pa.ChunkedArray") -> pd.Series:
    """Return a column as values that Python can compare."""
    return level_values(column).to_pandas()
