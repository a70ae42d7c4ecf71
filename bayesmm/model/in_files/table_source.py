"""A table that is read piece by piece: its complete rows as chunks, in one order."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.model import row_sums
from bayesmm.model.ahead import in_order, made_ahead
from bayesmm.model.cell_blocks import MOST_AT_ONCE
from bayesmm.model.in_files.column_values import plain_numbers, plain_values
from bayesmm.model.in_files.stretches import RowBlock, RowsAreLeftOut, RowStretch

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "Chunk",
    "TableSource",
    "chunks_of_block",
    "complete_rows_of",
]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some complete rows."""

    table: "pa.Table"
    positions: NDArray[np.int64] | range  # (n,): where each stands among all rows of all files
    n_read: int  # number of rows that have been read so far, with those left out
    # whether no number of a float column is infinite; False where that was not looked at
    finite: bool = False

    def places(self) -> NDArray[np.int64]:
        """Return the positions as an array; numpy takes a range number by number."""
        own = self.positions
        return np.arange(own.start, own.stop) if isinstance(own, range) else own

    def take(self, rows: NDArray[np.int64]) -> "Chunk":
        """Return some of the rows."""
        return replace(self, table=self.table.take(rows), positions=self.places()[rows])


class TableSource(ABC):
    """Where the rows of a table come from, again and again in the same order."""

    __slots__ = ()

    names: tuple[str, ...]  # names of all columns

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

    def stretches(self, names: Sequence[str]) -> tuple[RowStretch, ...]:
        """Return what of the rows can be read by itself; nothing where they come in one stream."""
        del names
        return ()

    def counted(
        self, stretches: Iterable[RowStretch], names: Sequence[str]
    ) -> tuple[RowStretch, ...]:
        """Return stretches that know how many complete rows they have."""
        del names
        return tuple(stretches)

    def read(self, block: RowBlock, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows of the stretches of a block."""
        raise NotImplementedError

    def mapped[Result](
        self,
        work: Callable[[Iterator[Chunk]], Result],
        blocks: Iterable[RowBlock],
        names: Sequence[str],
    ) -> Iterator[Result]:
        """Yield the results of some work on the rows of every block, in the order of the blocks."""

        def result(block: RowBlock) -> Result:
            return work(chunks_of_block(block, self.read(block, names)))

        return in_order(result, blocks, MOST_AT_ONCE)

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        """Yield the complete rows, `row_sums.CHUNK` at a time; another thread reads ahead.

        The columns `names` are read; a row is complete when it has a value in each.
        """
        import pyarrow as pa  # noqa: PLC0415

        size = row_sums.CHUNK
        self.refuse_changed()
        waiting: list[pa.Table] = []
        where: list[NDArray[np.int64]] = []
        ready: Chunk | None = None  # waits for the next: the last one knows of all rows
        n_waiting = n_read = 0
        for batch in made_ahead(self.batches(names)):
            first, n_read = n_read, n_read + len(batch)
            own = complete_rows_of(pa.Table.from_batches([batch]), first)
            if not n_waiting and len(own.table) == size:  # as it is: no copy
                if ready is not None:
                    yield ready
                ready = own
                continue
            waiting.append(own.table)
            where.append(own.places())
            n_waiting += len(own.table)
            while n_waiting >= size:
                if ready is not None:
                    yield ready
                every, places = pa.concat_tables(waiting), np.concatenate(where)
                ready = Chunk(every.slice(0, size), places[:size], n_read)
                waiting, where = [every.slice(size)], [places[size:]]
                n_waiting -= size
        if n_waiting or ready is None:
            if ready is not None:
                yield ready
            every = pa.concat_tables([*waiting, self.empty(names)])
            ready = Chunk(every, np.concatenate([*where, np.arange(0)]), n_read)
        yield replace(ready, n_read=n_read)


def chunks_of_block(block: RowBlock, batches: "Iterable[pa.RecordBatch]") -> Iterator[Chunk]:
    """Yield the complete rows of a block, as they come.

    `batches` are the rows of its stretches. Raises `RowsAreLeftOut` when a row is not complete in
    stretches that were taken for complete, and `DataError` when there are fewer rows than were
    counted.
    """
    import pyarrow as pa  # noqa: PLC0415

    skip, left, n_read = block.skip, block.n_rows, block.first
    for batch in batches:
        if not left:
            return
        first, n_read = n_read, n_read + len(batch)
        if block.is_counted:
            own = complete_rows_of(pa.Table.from_batches([batch]), first)
            start, stop = min(skip, len(own.table)), min(skip + left, len(own.table))
            own = replace(
                own, table=own.table.slice(start, stop - start), positions=own.positions[start:stop]
            )
        else:
            start, stop = min(skip, len(batch)), min(skip + left, len(batch))
            some = pa.Table.from_batches([batch.slice(start, stop - start)])
            own = complete_rows_of(some, first + start)
            if len(own.table) < len(some):
                raise RowsAreLeftOut
        skip, left = skip - start, left - len(own.table)
        if len(own.table):
            yield replace(own, n_read=n_read)
    if left:
        raise DataError(
            f"{left:,} rows that were counted were not there when they were to be read: the rows "
            "change while they are read. Fit the model again when they stay as they are."
        )


def complete_rows_of(table: "pa.Table", first: int) -> Chunk:
    """Return the rows that have a value in every column; NaN of a number is none.

    `first` is where the first row of the table stands among all.
    """
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    keep, finite = None, True
    for column in table.columns:
        own = plain_values(column) if _may_lack(column) else column
        if pa.types.is_floating(own.type) and not own.null_count:
            with np.errstate(over="ignore", invalid="ignore"):
                total = plain_numbers(own).sum()  # the quickest that a NaN spoils, or infinity
            if np.isfinite(total):
                continue
            finite = False
        elif not own.null_count:
            continue
        present = compute.is_valid(own)
        if pa.types.is_floating(own.type):
            present = compute.invert(compute.is_null(own, nan_is_null=True))
            finite = False
        if not compute.all(present).as_py():
            keep = present if keep is None else compute.and_(keep, present)
    n_read = first + len(table)
    if keep is None:
        return Chunk(table, range(first, n_read), n_read, finite)
    positions = np.arange(first, n_read)[keep.to_numpy()]
    return Chunk(table.filter(keep), positions, n_read, finite)


def _may_lack(column: "pa.ChunkedArray") -> bool:
    """Return whether a category of a column may stand for no value."""
    import pyarrow as pa  # noqa: PLC0415

    if not pa.types.is_dictionary(column.type):
        return False
    floats = pa.types.is_floating(column.type.value_type)
    return floats or any(piece.dictionary.null_count for piece in column.chunks)
