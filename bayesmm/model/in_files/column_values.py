"""Values of a column of Arrow, as numbers and as levels."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = [
    "LONGEST_TABLE",
    "is_finite",
    "is_whole",
    "level_values",
    "plain_numbers",
    "plain_values",
    "whole_numbers",
]

# Whole numbers within such a range are looked up in a table.
LONGEST_TABLE = 2**26


def plain_numbers(column: "pa.ChunkedArray") -> NDArray:
    """Return a column of numbers without gaps as an array, uncopied where it is in one piece."""
    piece = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
    return piece.to_numpy(zero_copy_only=False)


def plain_values(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Return a column of categories as its values."""
    import pyarrow as pa  # noqa: PLC0415

    return column.cast(column.type.value_type) if pa.types.is_dictionary(column.type) else column


def level_values(column: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """Return a column as values that are equal where the levels are: -0.0 is 0.0."""
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import compute  # noqa: PLC0415

    own = plain_values(column)
    if not pa.types.is_floating(own.type):
        return own
    return compute.add(own, pa.scalar(0.0, own.type))


def whole_numbers(column: "pa.ChunkedArray") -> NDArray[np.int64] | None:
    """Return a column of whole numbers as they are, or None when it is of another kind."""
    return plain_numbers(column).astype(np.int64, copy=False) if is_whole(column) else None


def is_whole(column: "pa.ChunkedArray") -> bool:
    """Return whether a column is of whole numbers that int64 holds."""
    import pyarrow as pa  # noqa: PLC0415

    return pa.types.is_integer(column.type) and column.type != pa.uint64()


def is_finite(numbers: NDArray) -> bool:
    """Return whether all numbers are surely finite; a sum may be too large."""
    with np.errstate(over="ignore", invalid="ignore"):
        return bool(np.isfinite(numbers.sum()))
