"""Tables that another library reads piece by piece: relations of DuckDB, dataframes of Dask.

The rows come in the order in which the library gives them. That of DuckDB is stable for tables and
files (``preserve_insertion_order``, its default) and after ``order by``; a join or ``group by``
may give another one each time, and then the last digits of sums differ, as they do whenever rows
are added in another order. That of Dask is the order of its partitions.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from bayesmm.errors import DataError
from bayesmm.model import row_sums
from bayesmm.model.in_files.table_source import TableSource

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["DaskPartitions", "DuckRelation", "other_source"]


class DuckRelation(TableSource):
    """A relation of DuckDB.

    Parameters
    ----------
    relation : duckdb.DuckDBPyRelation
        Of a connection that stays open.
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
    """A dataframe of Dask, whose partitions are read where Dask computes, one ahead of the sums.

    Parameters
    ----------
    frame : dask.dataframe.DataFrame
        The dataframe.
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
        import pyarrow as pa  # noqa: PLC0415

        schema, n_rows = self.empty(names).schema, 0
        partitions = self._columns(names).partitions
        for k in range(self._frame.npartitions):
            part = partitions[k].compute()
            n_rows += len(part)
            table = pa.Table.from_pandas(part, preserve_index=False).cast(schema)
            yield from table.to_batches(row_sums.CHUNK)
        self._n_rows = _unchanged(self._n_rows, n_rows, self.label)

    def empty(self, names: Sequence[str]) -> "pa.Table":
        """Return some of the columns without a row, as the first partition with rows has them."""
        import pyarrow as pa  # noqa: PLC0415

        frame = self._columns(names)
        part = frame.head(1, npartitions=-1)
        return pa.Table.from_pandas(part, preserve_index=False).schema.empty_table()

    def count(self) -> int:
        """Return the number of all rows."""
        return len(self._frame)

    def _columns(self, names: Sequence[str]) -> Any:
        by_name = dict(zip(self.names, self._frame.columns, strict=True))
        return self._frame[[by_name[name] for name in names]]


def other_source(data: Any) -> TableSource | None:
    """Return what reads a relation or a dataframe of another library, or None for anything else.

    Parameters
    ----------
    data : object
        What was given as data.
    """
    module = type(data).__module__.partition(".")[0].lstrip("_")
    if module == "duckdb" and hasattr(data, "project"):
        return DuckRelation(data)
    if module.startswith("dask") and hasattr(data, "npartitions") and hasattr(data, "columns"):
        return DaskPartitions(data)
    return None


def _unchanged(before: int | None, now: int, label: str) -> int:
    """Return the number of rows; raise when there were others before."""
    if before is not None and before != now:
        raise DataError(
            f"The rows of {label} have changed since the model was made of them: {now:,}, where "
            f"there were {before:,}; fit the model again."
        )
    return now
