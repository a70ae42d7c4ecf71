"""A table from a file of text."""

import warnings
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from bayesmm.errors import DataError
from bayesmm.exact_integers import LARGEST_EXACT
from bayesmm.reading.as_written import may_lose_text, text_columns
from bayesmm.reading.dialect import Dialect, find_dialect

__all__ = ["read_text"]

# Rows that are looked at as text at a time.
_ROWS = 100_000

# What means a missing value. "None" is not among them: it is a level of many a factor, and its
# rows would be left out.
_MISSING = (
    *("", "NA", "N/A", "n/a", "<NA>", "#N/A", "#NA", "#N/A N/A"),
    *("NaN", "nan", "-NaN", "-nan", "1.#QNAN", "-1.#QNAN", "1.#IND", "-1.#IND", "NULL", "null"),
)


def read_text(path: Path, text: Collection[str] = ()) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the table of a file of text, and what the user should know about its reading.

    A column of which numbers would lose something is text, see `as_written`; the columns `text`
    are it in any case.

    Two columns may have one name, as in the file; a column without a name is ``"Unnamed: 0"``
    with its number, as in pandas.

    An empty file, or one that is no table, is a `DataError`.
    """
    dialect = find_dialect(path)
    notes = []
    try:
        frame = _parse(path, dialect)
    except UnicodeDecodeError:
        # The part that was looked at is UTF-8, a later part is not.
        if dialect.encoding != "utf-8":
            raise DataError(
                f"'{path}' is text in an encoding that is not known; save it as UTF-8."
            ) from None
        dialect = replace(dialect, encoding="cp1252")
        frame = _parse(path, dialect)
    if dialect.encoding == "cp1252":
        notes.append("The file is not UTF-8; it was read as Windows-1252.")
    if dialect.decimal == ",":
        notes.append("Numbers of the file have a decimal comma.")
    if dialect.n_skipped:
        lines = "line" if dialect.n_skipped == 1 else "lines"
        notes.append(f"{dialect.n_skipped} {lines} before the header of the file left out.")
    frame = _as_written(path, dialect, frame, text)
    names = list(dialect.header)
    if dialect.extra == "names":
        names.insert(0, "")
    elif dialect.extra == "empty":
        names.append("")
        if frame.iloc[:, -1].isna().all():
            frame = frame.iloc[:, :-1]
            names.pop()
    frame.columns = [name or f"Unnamed: {position}" for position, name in enumerate(names)]
    return frame, tuple(notes)


def _as_written(
    path: Path, dialect: Dialect, frame: pd.DataFrame, text: Collection[str]
) -> pd.DataFrame:
    """Return the frame with the columns as text of which numbers would lose something."""
    shift = dialect.extra == "names"
    named = [k + shift for k, name in enumerate(dialect.header) if name in text]
    numbers = [k for k in frame.columns if frame[k].dtype.kind in "iuf"]
    floats = [k for k in numbers if frame[k].dtype.kind == "f"]
    asked = {k for k in named if k in numbers}
    asked |= {k for k in floats if (frame[k].abs() >= LARGEST_EXACT).any() and _whole(frame[k])}
    options = {**_options(dialect), "dtype": "str", "skipinitialspace": True}
    if numbers and may_lose_text(path, dialect.decimal):
        chunks = pd.read_csv(path, usecols=numbers, chunksize=_ROWS, **options)
        asked |= set(text_columns(chunks, dialect.decimal))
    if not asked:
        return frame
    texts = pd.read_csv(path, usecols=sorted(asked), **options)
    for k in texts.columns:
        frame[k] = texts[k].str.strip()
    return frame


def _whole(numbers: pd.Series) -> bool:
    return bool((numbers.dropna() % 1 == 0).all())


def _parse(path: Path, dialect: Dialect) -> pd.DataFrame:
    """Return the fields under numbers for names, so that none of pandas's renaming is met."""
    options = _options(dialect)
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.DtypeWarning)
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            # Piece by piece: the peak of memory is three times the table, not four.
            return pd.read_csv(path, low_memory=True, **options)
        except pd.errors.ParserWarning:
            raise DataError(
                f"'{path}' cannot be read as a table: its rows have more fields than its header."
            ) from None
        except pd.errors.DtypeWarning:
            # A column looks like numbers in one piece and like text in another: text it is.
            return pd.read_csv(path, low_memory=False, **options)


def _options(dialect: Dialect) -> dict[str, Any]:
    return {
        "sep": dialect.separator,
        "decimal": dialect.decimal,
        "encoding": dialect.encoding,
        "skiprows": dialect.n_skipped,
        "header": 0,
        "names": range(len(dialect.header) + bool(dialect.extra)),
        "index_col": False,
        "na_values": list(_MISSING),
        "keep_default_na": False,
        "compression": None,
    }
