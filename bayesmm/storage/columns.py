"""One column of a frame as Parquet holds it, tried out before it is trusted."""

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd

from bayesmm.errors import SavedFitError
from bayesmm.model.columns import kind_of, read_levels, read_numbers
from bayesmm.storage.values import NotPlainError, from_json, json_value

__all__ = ["KeptColumn", "keep_column", "read_parquet", "restore_column", "stand_in", "to_parquet"]


@dataclass(frozen=True, slots=True, eq=False)
class KeptColumn:
    """A column that comes back from Parquet as it was."""

    # what restores it: ``dtype`` and, of a categorical, ``categories`` and ``ordered``
    how: dict[str, Any]
    written: pd.Series  # what stands in the file


def keep_column(series: pd.Series) -> KeptColumn | None:
    """Return a column as it is kept, or None when it would not come back as it is."""
    plain = series.reset_index(drop=True)
    plain.attrs = {}
    kept = _tried(plain, _as_it_is)
    return _tried(plain, _by_values) if kept is None and plain.dtype == object else kept


def _tried(plain: pd.Series, way: Callable[[pd.Series], KeptColumn]) -> KeptColumn | None:
    """Return a column kept in a way, if it comes back from the file as it was."""
    file = BytesIO()
    try:
        kept = way(plain)
        to_parquet(pd.DataFrame({"x": kept.written}), file)
        file.seek(0)
        back = restore_column(read_parquet(file)["x"], kept.how)
        same = back.dtype == plain.dtype and _same_categories(back, plain) and back.equals(plain)
    except Exception:  # values of any class may be in a column, and raise anything
        return None
    return kept if same else None


def _as_it_is(plain: pd.Series) -> KeptColumn:
    how: dict[str, Any] = {"dtype": str(plain.dtype)}
    if not isinstance(plain.dtype, pd.CategoricalDtype):
        return KeptColumn(how, plain)
    how["categories"] = _write_categories(plain.cat.categories)
    how["ordered"] = bool(plain.cat.ordered)
    return KeptColumn(how, _as_text(plain))


def _by_values(plain: pd.Series) -> KeptColumn:
    """Return a column of numbers and text of any kind as their words, and what these mean.

    Whole numbers beyond 64 bits are in no table of Parquet, nor are numbers beside text.
    """
    present = plain[plain.notna()]
    values = list(dict.fromkeys(present))
    if not all(type(value) in (int, float, str, bool) for value in values):
        raise NotPlainError("values of another kind than text and numbers")
    words = [str(value) for value in values]
    if len(set(words)) < len(words):
        raise NotPlainError("values that read the same")
    how = {"dtype": "object", "values": [json_value(value) for value in values]}
    return KeptColumn(how, plain.map(dict(zip(values, words, strict=True)), na_action="ignore"))


def restore_column(column: pd.Series, how: dict[str, Any]) -> pd.Series:
    """Return a column of the file as it was."""
    if "values" in how:
        values = [from_json(value) for value in how["values"]]
        meant = {str(value): value for value in values}
        return pd.Series([meant.get(word) for word in column], index=column.index, dtype=object)
    if "categories" in how:
        return _from_text(column, _read_categories(how["categories"]), how["ordered"])
    if how["dtype"] == "object" and column.dtype != object:
        return column.astype(object)
    return column


def stand_in(name: str, series: pd.Series) -> pd.Series:
    """Return a column that means the same to a model: its numbers, or its labels in order."""
    if kind_of(name, series) == "numeric":
        return pd.Series(read_numbers(name, series))
    levels = read_levels(name, series)
    return pd.Series(pd.Categorical.from_codes(levels.codes, categories=list(levels.labels)))


def to_parquet(frame: pd.DataFrame, file: Path | BytesIO) -> None:
    """Write the columns of a frame."""
    import pyarrow as pa  # noqa: PLC0415  (needed for saved fits only)
    import pyarrow.parquet as pq  # noqa: PLC0415

    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), file)


def read_parquet(file: Path | BytesIO) -> pd.DataFrame:
    """Return the columns of a file.

    What is no such file is a `SavedFitError`.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pq  # noqa: PLC0415

    try:
        with pq.ParquetFile(file) as opened:
            return opened.read().to_pandas()
    except (OSError, pa.ArrowException) as problem:
        raise SavedFitError(f"'{file}' cannot be read: {problem}.") from None


def _same_categories(back: pd.Series, series: pd.Series) -> bool:
    # dtypes of unordered categoricals are equal in whatever order their categories are
    categorical = isinstance(series.dtype, pd.CategoricalDtype)
    return not categorical or list(back.cat.categories) == list(series.cat.categories)


_PLAIN = (str, int, float, bool)


def _write_categories(categories: pd.Index) -> dict[str, Any]:
    """Return the categories of a column as plain values, in order.

    Raises `NotPlainError` when they are neither text, numbers, yes and no, nor intervals of
    numbers, or when two of them read the same.
    """
    labels = [str(category) for category in categories]
    if len(set(labels)) < len(labels):
        raise NotPlainError("categories that read the same")
    if isinstance(categories, pd.IntervalIndex) and categories.left.dtype.kind in "if":
        return {
            "closed": categories.closed,
            "left": categories.left.tolist(),
            "right": categories.right.tolist(),
            "dtype": str(categories.left.dtype),
        }
    values = categories.tolist()
    if not all(isinstance(value, _PLAIN) for value in values):
        raise NotPlainError("categories of another kind than text, numbers or intervals")
    return {"values": values, "dtype": str(categories.dtype)}


def _read_categories(written: dict[str, Any]) -> pd.Index:
    """Return what `_write_categories` was given."""
    if "closed" in written:
        left, right = (pd.Index(written[end], dtype=written["dtype"]) for end in ("left", "right"))
        return pd.IntervalIndex.from_arrays(left, right, closed=written["closed"])
    return pd.Index(written["values"], dtype=written["dtype"])


def _as_text(series: pd.Series) -> pd.Series:
    """Return a categorical column with its categories as text."""
    return series.cat.rename_categories([str(c) for c in series.cat.categories]).astype("str")


def _from_text(series: pd.Series, categories: pd.Index, ordered: bool) -> pd.Series:
    """Return the categorical column that `_as_text` was given."""
    codes = pd.Categorical(series, categories=[str(c) for c in categories]).codes
    values = pd.Categorical.from_codes(codes, categories=categories, ordered=ordered)
    return pd.Series(values, index=series.index)
