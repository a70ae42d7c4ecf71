"""The rows of a frame that a model uses: complete in every column that its formulas read."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import DataError, FormulaError, suggestion
from bayesmm.formula.formulas import ModelFormulas
from bayesmm.model.columns import kind_of, read_levels
from bayesmm.model.frames import Columns, column_names, index_names, read_columns
from bayesmm.model.variables import Rows
from bayesmm.wording import option

__all__ = ["columns_read", "complete_rows", "left_out", "refuse_infinite"]


def complete_rows(
    model: ModelFormulas, data: object, categorical: Sequence[str], notes: list[str]
) -> tuple[Rows, int]:
    """Return the complete rows of the columns that the formulas read, and how many there were.

    A row without a value for any formula is left out for all; a value must be finite. What the user
    should know is added to `notes`.
    """
    known = column_names(data)
    columns = read_columns(data, columns_read(model, known, data))
    n_rows = len(next(iter(columns.values())))
    if n_rows == 0:
        raise DataError("The data have no rows.")
    partial = model.partial_columns()
    whole = {name: series for name, series in columns.items() if name not in partial}
    keep = _complete(whole)
    if not keep.any():
        worst = max(whole, key=lambda name: int(columns[name].isna().sum()))
        raise DataError(
            f"No row has a value in every column of the formula; column '{worst}' alone is "
            f"missing in {int(columns[worst].isna().sum()):,} of {n_rows:,} rows."
        )
    positions = np.arange(n_rows, dtype=np.int64)
    if not keep.all():
        positions = np.flatnonzero(keep)
        columns = {name: series.iloc[positions] for name, series in columns.items()}
        notes.append(left_out(n_rows - len(positions), n_rows))
    for name in dict.fromkeys(categorical):
        if name not in known:
            raise DataError(
                f"'{name}' of {option('categorical')} is not a column of the data. "
                + _columns(name, known, data)
            )
        if name in columns:
            columns[name] = _as_category(name, columns[name])
        else:
            notes.append(f"'{name}' of {option('categorical')} is not in the formula.")
    rows = Rows(columns, positions)
    refuse_infinite(rows, partial)
    return rows, n_rows


def columns_read(
    model: ModelFormulas, known: Sequence[str], data: object = None
) -> tuple[str, ...]:
    """Return the columns that the formulas read."""
    needed = list(model.columns())
    for name in needed:
        if name.value not in known:
            raise FormulaError(
                f"'{name.value}' is not a column of the data. {_columns(name.value, known, data)}",
                model.text,
                name.position,
            )
    return tuple(dict.fromkeys(name.value for name in needed))


def left_out(n_dropped: int, n_rows: int) -> str:
    """Return the sentence on rows that are not used."""
    return f"{n_dropped:,} of {n_rows:,} rows left out because a value is missing."


def _complete(columns: Columns) -> NDArray[np.bool_]:
    """Return which rows have a value in every column."""
    keep = None
    for series in columns.values():
        present = series.notna().to_numpy()
        keep = present if keep is None else keep & present
    return keep


def _columns(word: str, known: Sequence[str], data: object) -> str:
    """Return the columns to choose from; of very many only those with a name like `word`."""
    if word in index_names(data):
        return "It is the index of the frame: write data.reset_index()."
    if len(known) <= 50:
        return suggestion(word, known, label="Columns")
    hint = suggestion(word, known, label="")
    near = hint[: hint.index("?") + 2] if hint.startswith("Did") else ""
    return f"{near}The data have {len(known)} columns."


def _as_category(name: str, series: pd.Series) -> pd.Series:
    """Return a column with its values as categories."""
    levels = read_levels(name, series)
    return pd.Series(pd.Categorical.from_codes(levels.codes, categories=list(levels.labels)))


def refuse_infinite(rows: Rows, partial: frozenset[str] = frozenset()) -> None:
    """Raise when a column of numbers, unless only some rows need it, holds an infinite value."""
    for name, series in rows.columns.items():
        if name in partial or kind_of(name, series) != "numeric":
            continue
        infinite = ~np.isfinite(rows.numbers(name))
        if infinite.any():
            raise DataError(
                f"Column '{name}' is infinite {rows.where(infinite)}; correct such values, or mark "
                "them as missing."
            )
