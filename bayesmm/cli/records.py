"""Tables as plain values for JSON."""

from math import isfinite
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["records"]


def records(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a table; what is missing or no number is None."""
    columns = {str(name): map(_plain, table.iloc[:, k].tolist()) for k, name in
               enumerate(table.columns)}  # fmt: skip
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def _plain(value: object) -> object:
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return value if isfinite(value) else None
    return str(value)
