"""Whole numbers of Arrow tables that a float would not keep."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

__all__ = ["LARGEST_EXACT", "with_exact_integers"]

# From here on not every whole number is a float.
LARGEST_EXACT = 2**53


def with_exact_integers(frame: "pd.DataFrame", table: "pa.Table") -> "pd.DataFrame":
    """Return the frame of a table, with whole numbers beyond 2^53 beside gaps as they are.

    pandas makes floats of whole numbers where a value is missing; identifiers of 18 digits would
    become equal.

    `frame` is what pandas made of the table, whose columns are those of the frame, by name.
    """
    import pandas as pd  # noqa: PLC0415
    import pyarrow as pa  # noqa: PLC0415

    nullable = {pa.int64(): pd.Int64Dtype(), pa.uint64(): pd.UInt64Dtype()}
    exact = {}
    for name in table.column_names:
        if name not in frame or frame.columns.tolist().count(name) > 1:
            continue
        column, made = table.column(name), frame[name]
        lost = column.type in nullable and made.dtype.kind == "f"
        if lost and (made.abs() >= LARGEST_EXACT).any():
            exact[name] = column.to_pandas(types_mapper=nullable.get).set_axis(frame.index)
    return frame.assign(**exact) if exact else frame
