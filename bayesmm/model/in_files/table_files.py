"""Parquet files as one table whose rows come chunk by chunk, in one order."""

import glob
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.model.row_sums import CHUNK

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Chunk", "TableFiles", "files_of", "names_files", "plain_numbers"]

_ENDINGS = (".parquet", ".pq")


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


@dataclass(frozen=True, slots=True)
class TableFiles:
    """Files of one table.

    Attributes
    ----------
    paths : tuple of str
        The files, in the order of their rows.
    names : tuple of str
        Names of all columns.
    stamps : tuple of tuple
        Size and time of the last change of each file when it was first read.
    digest : str
        Digest of names and types of the columns.
    """

    paths: tuple[str, ...]
    names: tuple[str, ...]
    stamps: tuple[tuple[int, int], ...]
    digest: str

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

    def chunks(self, names: Sequence[str]) -> Iterator[Chunk]:
        """Yield the complete rows, `CHUNK` at a time.

        Parameters
        ----------
        names : sequence of str
            The columns that are read; a row is complete when it has a value in each.
        """
        import pyarrow as pa  # noqa: PLC0415
        from pyarrow import parquet  # noqa: PLC0415

        self.refuse_changed()
        waiting: list[pa.Table] = []
        where: list[NDArray[np.int64]] = []
        n_waiting = n_given = n_read = 0
        for batch in self._batches(names):
            first, n_read = n_read, n_read + len(batch)
            table = pa.Table.from_batches([batch])
            keep = _complete(table)
            if keep is None and not n_waiting and len(batch) == CHUNK:  # as it is: no copy
                yield Chunk(table, n_given, range(first, n_read), n_read)
                n_given += CHUNK
                continue
            positions = np.arange(first, n_read)
            if keep is not None:
                table, positions = table.filter(keep), positions[keep.to_numpy()]
            waiting.append(table)
            where.append(positions)
            n_waiting += len(table)
            while n_waiting >= CHUNK:
                every, places = pa.concat_tables(waiting), np.concatenate(where)
                yield Chunk(every.slice(0, CHUNK), n_given, places[:CHUNK], n_read)
                waiting, where = [every.slice(CHUNK)], [places[CHUNK:]]
                n_waiting, n_given = n_waiting - CHUNK, n_given + CHUNK
        if n_waiting or not n_given:
            empty = parquet.read_schema(self.paths[0]).empty_table().select(list(names))
            every = pa.concat_tables([*waiting, empty])
            yield Chunk(every, n_given, np.concatenate([*where, np.arange(0)]), n_read)

    def _batches(self, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows as they stand.

        File by file: the batches of one are decoded into memory that was just given back. A scanner
        of a dataset has dozens of batches under way, and spends more time on new pages than on
        decoding.
        """
        from pyarrow import parquet  # noqa: PLC0415

        for path in self.paths:
            with parquet.ParquetFile(path) as file:
                yield from file.iter_batches(CHUNK, columns=list(names))

    def count(self) -> int:
        """Return the number of all rows, from what the files say of themselves."""
        from pyarrow import parquet  # noqa: PLC0415

        return sum(parquet.read_metadata(path).num_rows for path in self.paths)


def files_of(data: Any) -> TableFiles | None:
    """Return the files that an argument names, or None when it is something else.

    Parameters
    ----------
    data : str, Path or pyarrow.dataset.Dataset
        A file, a folder, or a pattern such as ``"folder/*.parquet"``; or what pyarrow has opened.

    Raises
    ------
    DataError
        When there is no such file, or the files are not of one table.
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
    from pyarrow import parquet  # noqa: PLC0415

    first = None
    for path in paths:
        try:
            schema = parquet.read_schema(path).remove_metadata()
        except (OSError, ValueError) as problem:
            raise DataError(f"'{path}' cannot be read as a Parquet file: {problem}.") from None
        if first is None:
            first = schema
        elif not schema.equals(first):
            raise DataError(
                f"The files are not of one table: {_difference(first, schema)}: "
                f"'{paths[0]}' and '{path}'. Write them with the same columns."
            )
    digest = hashlib.sha256(str(first).encode()).hexdigest()
    return TableFiles(tuple(paths), tuple(first.names), tuple(map(_stamp, paths)), digest)


def plain_numbers(column: "pa.ChunkedArray") -> NDArray:
    """Return a column of numbers without gaps as an array, uncopied where it is in one piece."""
    piece = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return piece.to_numpy(zero_copy_only=False)


def _difference(first: "pa.Schema", other: "pa.Schema") -> str:
    """Return in words the first difference of two lists of columns."""
    for field in first:
        at = other.get_field_index(field.name)
        if at < 0:
            return f"column '{field.name}' is missing in one of them"
        if other.field(at).type != field.type:
            kinds = f"{field.type} in one and {other.field(at).type} in another"
            return f"column '{field.name}' is {kinds}"
    more = [name for name in other.names if name not in first.names]
    if more:
        return f"column '{more[0]}' is missing in one of them"
    return "their columns have another order"


def _stamp(path: str) -> tuple[int, int]:
    found = Path(path).stat()
    return found.st_size, found.st_mtime_ns


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
