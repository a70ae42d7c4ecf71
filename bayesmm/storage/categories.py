"""Categorical columns as text and the list of their categories, in order."""

from typing import Any

import pandas as pd

from bayesmm.storage.values import NotPlainError

__all__ = ["as_text", "from_text", "read_categories", "write_categories"]

_PLAIN = (str, int, float, bool)


def write_categories(categories: pd.Index) -> dict[str, Any]:
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


def read_categories(written: dict[str, Any]) -> pd.Index:
    """Return what `write_categories` was given."""
    if "closed" in written:
        left, right = (pd.Index(written[end], dtype=written["dtype"]) for end in ("left", "right"))
        return pd.IntervalIndex.from_arrays(left, right, closed=written["closed"])
    return pd.Index(written["values"], dtype=written["dtype"])


def as_text(series: pd.Series) -> pd.Series:
    """Return a categorical column with its categories as text."""
    return series.cat.rename_categories([str(c) for c in series.cat.categories]).astype("str")


def from_text(series: pd.Series, categories: pd.Index, ordered: bool) -> pd.Series:
    """Return the categorical column that `as_text` was given."""
    codes = pd.Categorical(series, categories=[str(c) for c in categories]).codes
    values = pd.Categorical.from_codes(codes, categories=categories, ordered=ordered)
    return pd.Series(values, index=series.index)
