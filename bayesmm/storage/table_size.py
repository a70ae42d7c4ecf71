"""The table of a saved fit as it may stand on the disk: compared before it is decoded."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from bayesmm.errors import SavedFitError
from bayesmm.reading.packed import unpacked_sizes
from bayesmm.storage.fences import refuse_bombs

__all__ = ["refuse_forged_table"]

# What `to_parquet` writes; other codecs pack a gigabyte into a page of some bytes.
_CODECS = frozenset({"SNAPPY", "UNCOMPRESSED"})


def refuse_forged_table(path: Path, rows: int, names: Iterable[str]) -> None:
    """Raise unless a file is a table of so many rows with these columns.

    A `SavedFitError` says when it is another, or would unpack to far more than it has on the disk:
    one text of a megabyte in a million rows takes a few bytes in the file.
    """
    import pyarrow as pa  # noqa: PLC0415  (needed for saved fits only)
    import pyarrow.parquet as pq  # noqa: PLC0415

    expected = list(names)
    try:
        with pq.ParquetFile(path) as opened:
            metadata, schema = opened.metadata, opened.schema_arrow
        if metadata.num_rows != rows or sorted(schema.names) != sorted(expected):
            raise SavedFitError(f"'{path}' is not the table that fit.json describes.")
        if other := _codecs(metadata) - _CODECS:
            raise SavedFitError(f"'{path}' is packed by {sorted(other)}, as no saved fit is.")
        for unpacked in unpacked_sizes(path, schema, rows):
            refuse_bombs(path, unpacked)
    except (OSError, pa.ArrowException) as problem:
        raise SavedFitError(f"'{path}' cannot be read: {problem}.") from None


def _codecs(metadata: Any) -> set[str]:
    groups = (metadata.row_group(k) for k in range(metadata.num_row_groups))
    return {group.column(j).compression for group in groups for j in range(group.num_columns)}
