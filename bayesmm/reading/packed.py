"""How much memory a packed table would take, before it is unpacked.

A column of one value in a thousand million rows takes a few bytes in a Parquet file. So sizes are
compared first: with what is free for every table, and with a multiple of the bytes on the disk,
since no table that somebody measured packs so well.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from bayesmm.errors import DataError

__all__ = ["refuse_packed", "unpacked_sizes"]

_FREE, _TIMES = 2 * 2**30, 100
_FEW = 64  # rows of lists or records that are decoded at a time
_BYTES = 8  # of a number, and of the place of a text


def refuse_packed(path: Path) -> None:
    """Raise when a Parquet file would unpack to far more than it has on the disk.

    The `DataError` has both sizes; nothing was unpacked.
    """
    import pyarrow.parquet as pq  # noqa: PLC0415  (where a Parquet file is read)

    with pq.ParquetFile(path) as opened:
        schema, rows = opened.schema_arrow, opened.metadata.num_rows
    for unpacked in unpacked_sizes(path, schema, rows):
        _refuse(path, unpacked)


def unpacked_sizes(path: Path, schema: Any, rows: int) -> Iterator[int]:
    """Yield what parts of a Parquet file would unpack to [bytes], each before it is unpacked whole.

    Numbers and the places of texts, then the texts themselves, then lists and records, which are
    decoded a few rows at a time: so who stops at a size has not had more in memory.

    `schema` is that of pyarrow.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    yield rows * max(1, len(schema)) * _BYTES
    texts = [field.name for field in schema if _is_text(field.type)]
    with pq.ParquetFile(path, read_dictionary=texts) as opened:
        yield _text_bytes(opened, texts)
        for nested in (field.name for field in schema if pa.types.is_nested(field.type)):
            unpacked = 0
            for batch in opened.iter_batches(_FEW, columns=[nested]):
                unpacked += batch.nbytes
                yield unpacked


def _refuse(path: Path, unpacked: int) -> None:
    held = path.stat().st_size
    if unpacked > _FREE + _TIMES * held:
        raise DataError(
            f"'{path}' has {held:,} bytes and would unpack to {unpacked:,}, which no table of data "
            "does; it was not read."
        )


def _is_text(kind: object) -> bool:
    """Return whether a type of Arrow is text."""
    import pyarrow as pa  # noqa: PLC0415

    tests = (pa.types.is_string, pa.types.is_large_string, pa.types.is_binary,
             pa.types.is_large_binary)  # fmt: skip
    return any(test(kind) for test in tests)


def _text_bytes(opened: Any, names: Iterable[str]) -> int:
    """Return the bytes of all texts of some columns, each counted as often as it stands there.

    `opened` is a file of pyarrow, opened so that these columns are read as dictionaries.
    """
    import pyarrow.compute as pc  # noqa: PLC0415

    total = 0
    for name in names:
        for chunk in opened.read(columns=[name]).column(0).chunks:
            lengths = pc.binary_length(chunk.dictionary)
            total += pc.sum(lengths.take(chunk.indices)).as_py() or 0
    return total
