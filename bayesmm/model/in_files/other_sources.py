"""Tables that another library reads piece by piece: relations of DuckDB, dataframes of Dask.

The rows come in the order in which the library gives them. That of DuckDB is stable for tables and
files (``preserve_insertion_order``, its default) and after ``order by``; a join or ``group by``
may give another one each time, and then the last digits of sums differ, as they do whenever rows
are added in another order. That of Dask is the order of its partitions: its workers read and sum
these, on a cluster where the dataframe is computed on one, and what comes here are sums.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from importlib.metadata import version
from itertools import batched
from typing import TYPE_CHECKING, Any

import pandas as pd

from bayesmm.errors import DataError
from bayesmm.model import row_sums
from bayesmm.model.cell_blocks import MOST_AT_ONCE
from bayesmm.model.in_files.stretches import RowBlock, RowStretch
from bayesmm.model.in_files.table_source import (
    Chunk,
    TableSource,
    chunks_of_block,
    complete_rows_of,
)

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DaskPartitions", "DuckRelation", "other_source"]


class DuckRelation(TableSource):
    """A relation of DuckDB.

    Its connection stays open.
    """

    def __init__(self, relation: Any) -> None:
        self.names = tuple(relation.columns)
        self._relation = relation
        self._n_rows: int | None = None

    @property
    def label(self) -> str:
        """What it is in words."""
        return f"a relation of DuckDB with the columns {', '.join(self.names)}"

    def batches(self, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows as they stand; raise when they are not as many as before."""
        n_rows = 0
        for batch in self._reader(names):
            n_rows += len(batch)
            yield batch
        self._n_rows = _unchanged(self._n_rows, n_rows, self.label)

    def empty(self, names: Sequence[str]) -> "pa.Table":
        """Return some of the columns without a row."""
        return self._reader(names).schema.empty_table()

    def count(self) -> int:
        """Return the number of all rows."""
        return int(self._relation.count("*").fetchall()[0][0])

    def _reader(self, names: Sequence[str]) -> "pa.RecordBatchReader":
        columns = ", ".join('"' + name.replace('"', '""') + '"' for name in names)
        return self._relation.project(columns).to_arrow_reader(row_sums.CHUNK)


class DaskPartitions(TableSource):
    """A dataframe of Dask, whose partitions are read, and summed, where Dask computes.

    A worker holds the partitions of a block, `cell_blocks.rows_of_block` rows, at a time.
    """

    def __init__(self, frame: Any) -> None:
        self.names = tuple(map(str, frame.columns))
        self._frame = frame
        self._n_rows: int | None = None

    @property
    def label(self) -> str:
        """What it is in words."""
        return f"a dataframe of Dask with {self._frame.npartitions:,} partitions"

    def batches(self, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows as they stand; raise when they are not as many as before."""
        schema, n_rows = self.empty(names).schema, 0
        partitions = self._columns(names).partitions
        for k in range(self._frame.npartitions):
            part = partitions[k].compute()
            n_rows += len(part)
            yield from _as_table(part, schema).to_batches(row_sums.CHUNK)
        self._n_rows = _unchanged(self._n_rows, n_rows, self.label)

    def stretches(self, names: Sequence[str]) -> tuple[RowStretch, ...]:
        """Return the partitions, whose complete rows the workers count."""
        import dask  # noqa: PLC0415

        schema, parts = self.empty(names).schema, self._partitions(names)
        counts = dask.compute(*(dask.delayed(_counts)(part, schema) for part in parts))
        n_rows = sum(n for n, _ in counts)
        self._n_rows = _unchanged(self._n_rows, n_rows, self.label)
        return tuple(RowStretch(k, *both) for k, both in enumerate(counts) if both[0])

    def mapped[Result](
        self,
        work: Callable[[Iterator[Chunk]], Result],
        blocks: Iterable[RowBlock],
        names: Sequence[str],
    ) -> Iterator[Result]:
        """Yield the results of some work, which the workers do, in the order of the blocks."""
        import dask  # noqa: PLC0415

        schema, parts = self.empty(names).schema, self._partitions(names)
        result = dask.delayed(_result, pure=False)
        work = dask.delayed(work, pure=False, traverse=False)
        # as many at a time as are kept in memory here
        for some in batched(blocks, MOST_AT_ONCE):
            tasks = (
                result(work, own, schema, [parts[one.place] for one in own.stretches])
                for own in some
            )
            for there, found in dask.compute(*tasks):
                _refuse_other_version(there)
                yield found

    def empty(self, names: Sequence[str]) -> "pa.Table":
        """Return some of the columns without a row, as the first partition with rows has them."""
        import pyarrow as pa  # noqa: PLC0415

        frame = self._columns(names)
        part = frame.head(1, npartitions=-1)
        return pa.Table.from_pandas(part, preserve_index=False).schema.empty_table()

    def count(self) -> int:
        """Return the number of all rows."""
        return len(self._frame)

    def _partitions(self, names: Sequence[str]) -> list[Any]:
        """Return the partitions as tasks of Dask."""
        return self._columns(names).to_delayed()

    def _columns(self, names: Sequence[str]) -> Any:
        by_name = dict(zip(self.names, self._frame.columns, strict=True))
        return self._frame[[by_name[name] for name in names]]


def other_source(data: Any) -> TableSource | None:
    """Return what reads a relation or a dataframe of another library, or None for anything else."""
    module = type(data).__module__.partition(".")[0].lstrip("_")
    if module == "duckdb" and hasattr(data, "project"):
        return DuckRelation(data)
    if module.startswith("dask") and hasattr(data, "npartitions") and hasattr(data, "columns"):
        return DaskPartitions(data)
    return None


def _as_table(part: pd.DataFrame, schema: "pa.Schema") -> "pa.Table":
    """Return a partition with the types of the first one."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.Table.from_pandas(part, preserve_index=False).cast(schema)


def _counts(part: pd.DataFrame, schema: "pa.Schema") -> tuple[int, int]:
    """Return how many rows a partition has, and how many of them are complete."""
    return len(part), len(complete_rows_of(_as_table(part, schema), 0).table)


def _result[Result](
    work: Callable[[Iterator[Chunk]], Result],
    block: RowBlock,
    schema: "pa.Schema",
    parts: Sequence[pd.DataFrame],
) -> tuple[str, Result]:
    """Return the result of some work on the partitions of a block, and whose it is."""
    batches = (b for part in parts for b in _as_table(part, schema).to_batches(row_sums.CHUNK))
    return _version(), work(chunks_of_block(block, batches))


def _version() -> str:
    return version("bayesmm")


def _refuse_other_version(there: str) -> None:
    """Raise when a worker has another version: its sums may be of other blocks."""
    if there != (here := _version()):
        raise DataError(
            f"A worker of Dask has bayesmm {there}, and here is bayesmm {here}; its sums may be "
            "other ones. Install the same on every worker."
        )


def _unchanged(before: int | None, now: int, label: str) -> int:
    """Return the number of rows; raise when there were others before."""
    if before is not None and before != now:
        raise DataError(
            f"The rows of {label} have changed since the model was made of them: {now:,}, where "
            f"there were {before:,}; fit the model again."
        )
    return now
