"""What a column holds: numbers, categories or yes/no; and the labels of its levels."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from numbers import Number as AnyNumber

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.api import types

from bayesmm.errors import DataError
from bayesmm.model.number_texts import is_numeral, numbers_meant, remedy, with_code
from bayesmm.wording import either, option

__all__ = [
    "Levels",
    "few",
    "kind_of",
    "label_of",
    "read_levels",
    "read_numbers",
]

_INFERRED = {
    "string": "category",
    "boolean": "boolean",
    "integer": "numeric",
    "floating": "numeric",
    "mixed-integer-float": "numeric",
    "decimal": "numeric",
    "datetime": "time",
    "datetime64": "time",
    "date": "time",
    "timedelta": "time",
    "timedelta64": "time",
    "period": "time",
    "time": "time",
}
_AS_TEXT = "COLUMN.astype('str')"
# Whole numbers from here on are not all floating-point numbers of so many bits.
_DIGITS = {"float16": 2**11, "halffloat": 2**11, "float32": 2**24, "float": 2**24}


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """A column as a factor."""

    codes: NDArray[np.int64]  # (n,): index into `labels` of each row; -1 where the value is missing
    labels: tuple[str, ...]  # labels of the levels that occur, in order
    # labels of levels that a pandas categorical declares and no row has
    unused: tuple[str, ...] = ()


def few(values: Iterable[object], most: int = 5) -> str:
    """Return the first of some values as text: ``"a, b, c, ..."``."""
    listed = list(values)
    labels = (label_of(value) for value in listed[:most])
    shown = ", ".join(label if len(label) <= 60 else f"{label[:57]}..." for label in labels)
    return shown + (", ..." if len(listed) > most else "")


def kind_of(name: str, series: pd.Series) -> str:
    """Return ``numeric``, ``category``, ``boolean`` or ``time``.

    Refuses a column that mixes numbers and text, or holds something else.
    """
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if types.is_bool_dtype(dtype):
        return "boolean"
    if types.is_numeric_dtype(dtype) and not types.is_complex_dtype(dtype):
        return "numeric"
    if types.is_datetime64_any_dtype(dtype) or types.is_timedelta64_dtype(dtype):
        return "time"
    if types.is_string_dtype(dtype) and not types.is_object_dtype(dtype):
        return "category"
    found = types.infer_dtype(series, skipna=True)
    if found in _INFERRED:
        return _INFERRED[found]
    if found.startswith("mixed"):
        values = series.dropna()
        texts = [v for v in values if isinstance(v, str)]
        if texts and all(isinstance(v, str | AnyNumber) for v in values):
            labels = dict.fromkeys(label_of(value) for value in values)
            odd = [label for label in labels if not is_numeral(label)]
            raise DataError(
                f"Column '{name}' mixes numbers with text ({few(odd or dict.fromkeys(texts))}); "
                f"{remedy(name, series, labels)}. If they are names of groups or "
                f"categories, make all of them text{with_code(series, name, _AS_TEXT)}."
            )
    raise DataError(
        f"Column '{name}' holds values of a kind ({found}) that a model cannot use; "
        "make it numbers or text."
    )


def label_of(value: object) -> str:
    """Return the label of a value, the same for 308, 308.0 and "308"."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return str(bool(value))
    if isinstance(value, float | np.floating):
        number = float(value)
        return str(int(number)) if math.isfinite(number) and number.is_integer() else repr(number)
    return str(value)


def read_numbers(name: str, series: pd.Series) -> NDArray[np.float64]:
    """Return a column as numbers, NaN where missing; False and True are 0 and 1."""
    kind = kind_of(name, series)
    if kind in ("numeric", "boolean"):
        return series.to_numpy(dtype=np.float64, na_value=np.nan)
    if kind == "time":
        raise DataError(
            f"Column '{name}' holds dates or times; make numbers of them first, for example days "
            f"since the first{with_code(series, name, '(COLUMN - COLUMN.min()).dt.days')}."
        )
    counts = series.dropna().value_counts()
    values = [label_of(v) for v in series.dropna().unique()]
    odd = [v for v in values if not is_numeral(v)]
    if not odd or numbers_meant([label_of(v) for v in counts.index], counts.tolist()):
        how = remedy(name, series, values)
        if isinstance(series.dtype, pd.CategoricalDtype):
            how = f"leave it out of {option('categorical')}, or {how}"
    else:
        how = "use it as a factor, by itself, or make a column of numbers"
    raise DataError(
        f"Column '{name}' holds categories ({few(odd or values)}) where numbers are needed; {how}."
    )


def read_levels(name: str, series: pd.Series) -> Levels:
    """Return a column as a factor.

    Categoricals keep the order of their levels; False comes before True; numbers, and texts
    that are all numerals, are ordered by value; other texts plainly, by code point.

    Values without labels (lists, arrays) are a `DataError`.
    """
    if isinstance(series.dtype, pd.CategoricalDtype):
        codes = series.cat.codes.to_numpy(dtype=np.int64)
        return _merged(codes, [label_of(c) for c in series.cat.categories], declared=True)
    _refuse_lost_digits(name, series)
    try:
        codes, values = pd.factorize(series)
    except (TypeError, NotImplementedError) as error:
        raise DataError(
            f"Column '{name}' holds values that cannot be levels of a factor; make them text."
        ) from error
    if _are_whole(values):  # many levels are mostly these, and labels one by one take their time
        labels = list(map(str, values.tolist()))
        order = np.argsort(np.asarray(values))
    else:
        labels = [label_of(value) for value in values.tolist()]
        order = sorted(range(len(labels)), key=_sorting_key(labels, values))
    rank = np.empty(len(labels) + 1, dtype=np.int64)
    rank[order] = np.arange(len(labels))
    rank[-1] = -1  # the code of a missing value indexes this last entry
    return _merged(rank[codes], [labels[i] for i in order], declared=False)


def _are_whole(values: np.ndarray | pd.Index) -> bool:
    """Return whether values are whole numbers that floats tell apart."""
    if getattr(values.dtype, "kind", "") not in "iu" or not len(values):
        return False
    least, most = int(values.min()), int(values.max())
    return least > -(2**53) and most < 2**53


def _refuse_lost_digits(name: str, series: pd.Series) -> None:
    """Raise when whole numbers are so large that floats cannot tell them apart."""
    values = series
    if series.dtype == object:
        values = pd.Series([v for v in series if isinstance(v, float | np.floating)], dtype=float)
    if not types.is_float_dtype(values.dtype):
        return
    values = values.dropna()
    limit = _DIGITS.get(str(values.dtype).lower().removesuffix("[pyarrow]"), 2**53)
    large = values[values.abs().to_numpy(dtype=np.float64) >= limit]
    if len(large):
        raise DataError(
            f"Column '{name}' has levels such as {label_of(float(large.iloc[0]))} as floating-"
            f"point numbers, which do not tell whole numbers beyond {limit:,} apart, so different "
            "levels may have become one. Read it as text, before it is made numbers: "
            + either(
                f"bayesmm.read_table(path, text=['{name}']), or pandas.read_csv(path, "
                f"dtype={{'{name}': str}}).",
                "save the table as CSV.",
            )
        )


def _sorting_key(labels: Sequence[str], values: Sequence[object]):
    """Return the key by which levels are ordered, given their index."""
    if all(map(is_numeral, labels)):
        numbers = [float(label) for label in labels]
        return lambda i: (numbers[i], labels[i])
    if not any(isinstance(value, str) for value in values.tolist()):
        try:
            ranks = np.argsort(np.argsort(np.asarray(values)))
        except TypeError:
            return lambda i: labels[i]
        return lambda i: ranks[i]
    return lambda i: labels[i]


def _merged(codes: NDArray[np.int64], labels: Sequence[str], *, declared: bool) -> Levels:
    """Return the factor with equal labels joined and, where declared, unused levels left out."""
    distinct = list(dict.fromkeys(labels))
    if len(distinct) < len(labels):
        index = {label: i for i, label in enumerate(distinct)}
        target = np.array([*(index[label] for label in labels), -1], dtype=np.int64)
        codes = target[codes]
    if not declared:
        return Levels(codes, tuple(distinct))
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    if counts.all():
        return Levels(codes, tuple(distinct))
    used = counts > 0
    target = np.append(np.where(used, np.cumsum(used) - 1, -1), -1).astype(np.int64)
    return Levels(
        target[codes],
        tuple(label for label, kept in zip(distinct, used, strict=True) if kept),
        tuple(label for label, kept in zip(distinct, used, strict=True) if not kept),
    )
