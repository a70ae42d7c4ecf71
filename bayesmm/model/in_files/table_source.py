"""A table that is read piece by piece: its complete rows as chunks, in one order."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.model import row_sums
from bayesmm.model.in_files.ahead import made_ahead

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Chunk", "TableSource", "plain_numbers"]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some complete rows.

    Attributes
    ----------
    table : pyarrow.Table
        Their columns.
    first : int
        Number of complete rows before them.
    positions : ndarray of int64, shape (n,), or range
        Where each stands among all rows of all files.
    n_read : int
        Number of rows that have been read so far, with those left out.
    """

    table: "pa.Table"
    first: int
    positions: NDArray[np.int64] | range
    n_read: int

    def places(self) -> NDArray[np.int64]:
        """Return the positions as an array; numpy takes a range number by number."""
        own = self.positions
        return np.arange(own.start, own.stop) if isinstance(own, range) else own


class TableSource(ABC):
    """Where the rows of a table come from, again and again in the same order.

    Attributes
    ----------
    names : tuple of str
        Names of all columns.
    """

    __slots__ = ()

    names: tuple[str, ...]

    @property
    @abstractmethod
    def label(self) -> str:
        """What it is in words."""

    @abstractmethod
    def batches(self, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows as they stand, with some of the columns."""

    @abstractmethod
    def empty(self, names: Sequence[str]) -> "pa.Table":
        """Return some of the columns without a row."""

    @abstractmethod
    def count(self) -> int:
        """Return the number of all rows."""

    def frame(self) -> pd.DataFrame:
        """Return all rows in memory."""
        import pyarrow as pa  # noqa: PLC0415

        schema = self.empty(self.names).schema
        return pa.Table.from_batches(self.batches(self.names), schema).to_pandas()

    def refuse_changed(self) -> None:
        """Raise when the rows are not what they were, as far as that can be known beforehand."""
        return

    def refuse_lacking(self, names: Sequence[str]) -> None:
        """Raise when only a part of the rows has one of some columns, where that can be."""
        del names

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        """Yield the complete rows, `row_sums.CHUNK` at a time; another thread reads ahead.

        Parameters
        ----------
        names : sequence of str
            The columns that are read; a row is complete when it has a value in each.
        """
        import pyarrow as pa  # noqa: PLC0415

        size = row_sums.CHUNK
        self.refuse_changed()
        waiting: list[pa.Table] = []
        where: list[NDArray[np.int64]] = []
        n_waiting = n_given = n_read = 0
        for batch in made_ahead(self.batches(names)):
            first, n_read = n_read, n_read + len(batch)
            table = pa.Table.from_batches([batch])
            keep = _complete(table)
            if keep is None and not n_waiting and len(batch) == size:  # as it is: no copy
                yield Chunk(table, n_given, range(first, n_read), n_read)
                n_given += size
                continue
            positions = np.arange(first, n_read)
            if keep is not None:
                table, positions = table.filter(keep), positions[keep.to_numpy()]
            waiting.append(table)
            where.append(positions)
            n_waiting += len(table)
            while n_waiting >= size:
                every, places = pa.concat_tables(waiting), np.concatenate(where)
                yield Chunk(every.slice(0, size), n_given, places[:size], n_read)
                waiting, where = [every.slice(size)], [places[size:]]
                n_waiting, n_given = n_waiting - size, n_given + size
        if n_waiting or not n_given:
            every = pa.concat_tables([*waiting, self.empty(names)])
            yield Chunk(every, n_given, np.concatenate([*where, np.arange(0)]), n_read)


def plain_numbers(column: "pa.ChunkedArray") -> NDArray:
    """Return a column of numbers without gaps as an array, uncopied where it is in one piece."""
    piece = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return piece.to_numpy(zero_copy_only=False)


def _complete(table: "pa.Table") -> "pa.ChunkedArray | None":
    """Return which rows have a value in every column, None for all; NaN of a number is none."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    keep = None
    for column in table.columns:
        if not column.null_count:
            if not pa.types.is_floating(column.type):
                continue
            numbers = plain_numbers(column)
            with np.errstate(over="ignore", invalid="ignore"):
                total = numbers.sum()  # the quickest that a NaN spoils
            if not np.isnan(total):
                continue
        present = compute.is_valid(column)
        if pa.types.is_floating(column.type):
            present = compute.invert(compute.is_null(column, nan_is_null=True))
        if not compute.all(present).as_py():
            keep = present if keep is None else compute.and_(keep, present)
    return keep
