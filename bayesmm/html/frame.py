"""Data frames as tables of text, with the digits that their standard deviations leave."""

from collections.abc import Callable, Mapping, Sequence
from math import isnan

import pandas as pd
from pandas.api import types

from bayesmm.cells import decimals, fixed
from bayesmm.data_columns import apart
from bayesmm.html.table import Table

__all__ = ["ROWS_SHOWN", "SIZES", "frame_table"]

ROWS_SHOWN = 60  # of a long table; the frame itself has all of them

# Columns in the unit of their row's standard deviation, which says how many digits they have.
_SPREADS = ("sd", "se")
SIZES = ("mean", "estimate", "sdcor")  # what an interval is of
_SAME_UNIT = frozenset(
    {
        *(_SPREADS + SIZES),
        *("median", "lower", "upper", "simultaneous_lower", "simultaneous_upper"),
        *("ml", "ml_estimate", "ml_se"),
    }
)
_FORMATS: Mapping[str, Callable[[float], str]] = {
    "rhat": lambda x: fixed(x, 3),
    "ess_bulk": lambda x: fixed(x, 0),
    "ess_tail": lambda x: fixed(x, 0),
    "p_value": lambda x: "" if isnan(x) else f"{x:.3g}",
    "k": lambda x: fixed(x, 2),
    "max_k": lambda x: fixed(x, 2),
    "weight": lambda x: fixed(x, 3),
}


def frame_table(
    frame: pd.DataFrame,
    caption: str = "",
    *,
    names: Mapping[str, str] | None = None,
    most: int = ROWS_SHOWN,
    tail: int = 0,
    where: str = "",
) -> Table:
    """Return a data frame as a table of text; its numbers are rounded for display only.

    A row with a standard deviation or a standard error shows three significant digits of it,
    and its other numbers to the same decimals; any other number, and every number of the data,
    has four significant digits.

    The index is left out; `names` are the columns to show, in order, with the words above them, all
    by default. Of more rows than `most` the first are shown, or as many as `tail` of the last, with
    a line that says so, and `where` all rows are.
    """
    names = names or {str(name): str(name) for name in frame.columns}
    shown = min(most, len(frame))
    n_head = shown - tail if len(frame) > shown else shown
    head = frame.iloc[[*range(n_head), *range(len(frame) - shown + n_head, len(frame))]]
    _, own = apart(head)
    places = _places(own)
    cells = [_cells(head[name], name if name in own else "", places) for name in names]
    right = {k for k, name in enumerate(names) if _is_number(frame[name])}
    return Table(
        caption,
        tuple(names.values()),
        tuple(zip(*cells, strict=True)),
        frozenset(right),
        len(frame),
        where,
        _n_keys([name in own for name in names], [k in right for k in range(len(names))]),
        n_head,
    )


def _is_number(column: pd.Series) -> bool:
    return types.is_numeric_dtype(column.dtype) and not types.is_bool_dtype(column.dtype)


def _n_keys(own: Sequence[bool], number: Sequence[bool]) -> int:
    """Return how many first columns say what a row is about: those of the data, and labels of ours.

    A table of texts alone is about what its first column names.
    """
    n = next((k for k, pair in enumerate(zip(own, number, strict=True)) if all(pair)), 1)
    return min(n, len(own))


def _places(frame: pd.DataFrame) -> Sequence[int] | None:
    """Return the decimals of each row, or None for a frame without standard deviations."""
    spread = next((name for name in _SPREADS if name in frame), None)
    if spread is None:
        return None
    size = next((name for name in SIZES if name in frame), spread)
    pairs = zip(frame[spread].astype(float), frame[size].astype(float), strict=True)
    return [decimals(*pair) for pair in pairs]


def _cells(column: pd.Series, name: str, places: Sequence[int] | None) -> list[str]:
    """Return the cells of one column."""
    if not _is_number(column):
        return ["" if pd.isna(value) else str(value) for value in column.tolist()]
    if types.is_integer_dtype(column.dtype):
        return ["" if pd.isna(value) else str(value) for value in column.tolist()]
    values = [float(value) for value in column.tolist()]
    if name in _FORMATS:
        return [_FORMATS[name](value) for value in values]
    if places is not None and name in _SAME_UNIT:
        return [fixed(value, n) for value, n in zip(values, places, strict=True)]
    return ["" if isnan(value) else f"{value:.4g}" for value in values]
