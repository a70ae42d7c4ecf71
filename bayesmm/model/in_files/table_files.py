"""Parquet files as one table whose rows come chunk by chunk, in one order."""

import glob
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesmm.errors import DataError
from bayesmm.model.in_files.table_source import TableSource
from bayesmm.model.row_sums import CHUNK

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TableFiles", "files_of", "names_files"]

_ENDINGS = (".parquet", ".pq")
# Bytes of a column that are read at a time: a whole column of a row group is as much new memory,
# whose pages take longer to clear than to decode.
_BUFFER = 2**18


@dataclass(frozen=True, slots=True)
class TableFiles(TableSource):
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

    def empty(self, names: Sequence[str]) -> "pa.Table":
        """Return these columns without a row."""
        from pyarrow import parquet  # noqa: PLC0415

        return parquet.read_schema(self.paths[0]).empty_table().select(list(names))

    def batches(self, names: Sequence[str]) -> "Iterator[pa.RecordBatch]":
        """Yield the rows as they stand.

        File by file: the batches of one are decoded into memory that was just given back. A scanner
        of a dataset has dozens of batches under way, and spends more time on new pages than on
        decoding.
        """
        from pyarrow import parquet  # noqa: PLC0415

        for path in self.paths:
            with parquet.ParquetFile(path, buffer_size=_BUFFER, pre_buffer=False) as file:
                yield from file.iter_batches(CHUNK, columns=list(names), use_threads=False)

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
