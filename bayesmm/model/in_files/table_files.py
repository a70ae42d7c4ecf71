"""Parquet files as one table whose rows come chunk by chunk, in one order."""

import glob
import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesmm.errors import DataError
from bayesmm.model import row_sums
from bayesmm.model.ahead import in_order
from bayesmm.model.cell_blocks import rows_at_once
from bayesmm.model.in_files.stretches import RowBlock, RowStretch
from bayesmm.model.in_files.table_source import TableSource, complete_rows_of

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TableFiles", "files_of", "names_files"]

_ENDINGS = (".parquet", ".pq")
# Bytes of a column that are read at a time: a whole column of a row group is as much new memory,
# whose pages take longer to clear than to decode.
_BUFFER = 2**18


@dataclass(frozen=True, slots=True)
class TableFiles(TableSource):
    """Files of one table."""

    paths: tuple[str, ...]  # the files, in the order of their rows
    names: tuple[str, ...]  # names of the columns that every file has, in the order of the first
    # size and time of the last change of each file when it was first read
    stamps: tuple[tuple[int, int], ...]
    digest: str  # digest of names and types of the columns
    # further columns, each with a file that does not have it
    lacking: tuple[tuple[str, str], ...] = ()

    @property
    def label(self) -> str:
        """The files in words."""
        if len(self.paths) == 1:
            return f"'{self.paths[0]}'"
        return f"{len(self.paths):,} files, '{self.paths[0]}' to '{self.paths[-1]}'"

    def refuse_changed(self) -> None:
        """Raise when a file is not what it was when the model was made."""
        for path, stamp in zip(self.paths, self.stamps, strict=True):
            now = _stamp(path) if Path(path).is_file() else None
            if now != stamp:
                what = "is gone" if now is None else "has changed"
                raise DataError(
                    f"'{path}' {what} since the model was made of it, so that its rows are no "
                    "longer those of the fit; fit the model again."
                )

    def refuse_lacking(self, names: Sequence[str]) -> None:
        """Raise when a model reads a column that only some of the files have."""
        for name, path in self.lacking:
            if name in names:
                raise DataError(
                    f"Column '{name}' is missing in '{path}', and other files have it; write the "
                    "files with the columns of the formula, or name those that have them."
                )

    def empty(self, names: Sequence[str]) -> "pa.Table":
        """Return these columns without a row."""
        from pyarrow import parquet  # noqa: PLC0415

        return _plain(parquet.read_schema(self.paths[0]), names).empty_table()

    def batches(self, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows as they stand."""
        for path in self.paths:
            yield from _batches(path, names)

    def stretches(self, names: Sequence[str]) -> tuple[RowStretch, ...]:
        """Return the row groups of all files."""
        from pyarrow import parquet  # noqa: PLC0415

        del names
        self.refuse_changed()
        found = []
        for path in self.paths:
            own = parquet.read_metadata(path)
            sizes = [own.row_group(k).num_rows for k in range(own.num_row_groups)]
            found += [RowStretch((path, k), n) for k, n in enumerate(sizes) if n]
        return tuple(found)

    def counted(
        self, stretches: Iterable[RowStretch], names: Sequence[str]
    ) -> tuple[RowStretch, ...]:
        """Return stretches that know how many complete rows they have."""
        import pyarrow as pa  # noqa: PLC0415

        def counted(own: RowStretch) -> RowStretch:
            path, group = own.place
            tables = (pa.Table.from_batches([b]) for b in _batches(path, names, [group]))
            n_complete = sum(len(complete_rows_of(table, 0).table) for table in tables)
            return replace(own, n_complete=n_complete)

        return tuple(in_order(counted, stretches))

    def read(self, block: RowBlock, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows of the row groups of a block."""
        for path, own in groupby((stretch.place for stretch in block.stretches), itemgetter(0)):
            yield from _batches(path, names, [group for _, group in own], rows_at_once())

    def count(self) -> int:
        """Return the number of all rows, from what the files say of themselves."""
        from pyarrow import parquet  # noqa: PLC0415

        return sum(parquet.read_metadata(path).num_rows for path in self.paths)


def files_of(data: Any) -> TableFiles | None:
    """Return the files that an argument names, or None when it is something else.

    `data` is a file, a folder, or a pattern such as ``"folder/*.parquet"``; or what pyarrow has
    opened. No such file, or files that are not of one table, are a `DataError`.
    """
    paths = _paths_of_dataset(data)
    if paths is None:
        if not isinstance(data, str | Path) or not names_files(str(data)):
            return None
        paths = _paths(str(data))
    return _opened(paths)


def names_files(text: str) -> bool:
    """Return whether a text names a folder, Parquet files or a pattern of files."""
    return (
        text.lower().endswith(_ENDINGS)
        or Path(text).is_dir()
        or (glob.has_magic(text) and not Path(text).is_file())
    )


def _paths_of_dataset(data: Any) -> list[str] | None:
    """Return the files of a dataset of pyarrow; None for anything else."""
    if not type(data).__module__.startswith("pyarrow") or not hasattr(data, "get_fragments"):
        return None
    files = getattr(data, "files", None)
    if not files or not all(str(path).lower().endswith(_ENDINGS) for path in files):
        raise DataError(
            "The dataset is not one of Parquet files on this machine; give the folder they are in."
        )
    return list(files)


def _paths(text: str) -> list[str]:
    path = Path(text)
    if path.is_dir():
        found = sorted(str(p) for p in path.rglob("*") if p.suffix.lower() in _ENDINGS)
        if not found:
            raise DataError(
                f"There is no file '{text}': it is a folder, and has no Parquet files "
                f"({', '.join(_ENDINGS)})."
            )
        return found
    if path.is_file():
        found = [text]
    else:
        found = sorted(p for p in glob.glob(text, recursive=True) if Path(p).is_file())
    if not found:
        raise DataError(f"There is no file '{text}'.")
    others = [p for p in found if Path(p).suffix.lower() not in _ENDINGS]
    if others:
        raise DataError(
            f"'{others[0]}' is no Parquet file ({', '.join(_ENDINGS)}); only these are read piece "
            "by piece. Read any other into a data frame: bayesmm.read_table(path)."
        )
    return found


def _opened(paths: Sequence[str]) -> TableFiles:
    import pyarrow as pa  # noqa: PLC0415

    found: dict[str, tuple[pa.DataType, str]] = {}
    own: dict[str, set[str]] = {}
    first: pa.Schema | None = None
    for path in paths:
        schema = _schema(path)
        first = schema if first is None else first
        own[path] = set(schema.names)
        for field in schema:
            known, where = found.setdefault(field.name, (field.type, path))
            if known != field.type:
                raise DataError(
                    f"The files are not of one table: column '{field.name}' is {known} in "
                    f"'{where}' and {field.type} in '{path}'. Write them with the same types."
                )
    absent = {name: next((p for p in paths if name not in own[p]), None) for name in found}
    shared = pa.schema([field for field in first if absent[field.name] is None])
    lacking = tuple((name, path) for name, path in absent.items() if path is not None)
    digest = hashlib.sha256(str(shared).encode()).hexdigest()
    return TableFiles(tuple(paths), tuple(shared.names), tuple(map(_stamp, paths)), digest, lacking)


def _batches(
    path: str, names: Sequence[str], row_groups: Sequence[int] | None = None, size: int = 0
) -> "Iterator[pa.RecordBatch]":
    """Yield rows of one file, whose columns may stand in another order, a chunk or `size` a time.

    The batches of a file are decoded into memory that was just given back. A scanner of a dataset
    has dozens of batches under way, and spends more time on new pages than on decoding.
    """
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    with parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
        schema = _plain(file.schema_arrow, names)
        for batch in file.iter_batches(
            size or row_sums.CHUNK, row_groups=row_groups, columns=list(names), use_threads=False
        ):
            yield pa.RecordBatch.from_arrays([batch.column(name) for name in names], schema=schema)


def _plain(schema: "pa.Schema", names: Sequence[str]) -> "pa.Schema":
    """Return some columns in this order, which may have gaps although a file of them has none."""
    import pyarrow as pa  # noqa: PLC0415

    own = [schema.field(name).with_nullable(True) for name in names]
    return pa.schema(own, metadata=schema.metadata)


def _schema(path: str) -> "pa.Schema":
    from pyarrow import parquet  # noqa: PLC0415

    try:
        return parquet.read_schema(path).remove_metadata()
    except (OSError, ValueError) as problem:
        raise DataError(f"'{path}' cannot be read as a Parquet file: {problem}.") from None


def _stamp(path: str) -> tuple[int, int]:
    found = Path(path).stat()
    return found.st_size, found.st_mtime_ns
