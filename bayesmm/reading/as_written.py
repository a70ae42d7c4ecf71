"""Columns of digits that are no numbers: identifiers, of which a number would lose something.

``001`` and ``1``, or ``1.1`` and ``1.10``, are one number and two names; of whole numbers beyond
2^53 a float keeps the first 15 digits only. Such a column stays text, as it stands in the file.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.exact_integers import LARGEST_EXACT

__all__ = ["may_lose_text", "settle_texts", "text_columns"]

_LEADING_ZERO = r"[+-]?0\d+"
# What has more digits than its number needs, but for 5.0, which is 5 to everybody.
_LONGER = r"[+-]?(?:0\d.*|\d*\.\d*[1-9]0+|\d+\.?\d*[eE][+-]?\d+)"
_PART = 2**20


def may_lose_text(path: Path, decimal: str) -> bool:
    """Return whether a field of a file could be a number that is written longer than it needs.

    The file is one of text, of one byte or more for each character.
    """
    edge = rb"[\s,;|\"']"
    sign = re.escape(decimal.encode())
    longer = (
        rb"[+-]?0\d|[+-]?\d*" + sign + rb"\d*[1-9]0+(?:" + edge + rb"|$)|[+-]?\d[\d.]*[eE][+-]?\d"
    )
    pattern = re.compile(rb"(?:^|" + edge + rb")(?:" + longer + rb")")
    with path.open("rb") as file:
        before = b""
        while part := file.read(_PART):
            if b"\0" in part or pattern.search(before + part):
                return True
            before = part[-100:]
    return False


def text_columns(chunks: Iterator[pd.DataFrame], decimal: str) -> list[int]:
    """Return the columns of which numbers would lose something.

    `chunks` are rows of the columns that can be read as numbers, as text.
    """
    found: dict[int, _Written] = {}
    for chunk in chunks:
        for name in chunk.columns:
            found.setdefault(name, _Written()).add(chunk[name], decimal)
    return [name for name, written in found.items() if written.loses]


@dataclass(slots=True)
class _Written:
    """How a column writes its numbers, met part by part."""

    leading_zero: bool = False
    lengths: set[int] = field(default_factory=set)
    longer: set[str] = field(default_factory=set)
    plain: list[NDArray[np.float64]] = field(default_factory=list)

    def add(self, column: pd.Series, decimal: str) -> None:
        if self.leading_zero:
            return
        texts = (
            pd.Series(column.dropna().unique()).str.strip().str.replace(decimal, ".", regex=False)
        )
        self.leading_zero = bool(texts.str.fullmatch(_LEADING_ZERO).any())
        self.lengths |= set(
            texts.str.len().sub(texts.str.find(".")).where(texts.str.contains(".", regex=False), -1)
        )
        longer = texts.str.fullmatch(_LONGER)
        self.longer |= set(texts[longer])
        self.plain.append(pd.to_numeric(texts[~longer]).to_numpy(dtype=np.float64))

    @property
    def loses(self) -> bool:
        """Whether two texts are one number, or a whole number begins with a zero."""
        if self.leading_zero:
            return True
        if not self.longer or (len(self.lengths) == 1 and "." in next(iter(self.longer))):
            return False  # all have the same decimals, as programs write them
        numbers = {float(text) for text in self.longer}
        if len(numbers) < len(self.longer):
            return True
        return bool(np.isin(list(numbers), np.concatenate(self.plain)).any())


def settle_texts(column: pd.Series) -> pd.Series:
    """Return a column of a workbook as numbers, where its texts are numbers and lose nothing.

    Its cells are as they are: numbers, texts, dates, or missing.
    """
    present = column.dropna()
    texts = present[[isinstance(value, str) for value in present]].astype("str")
    if len(texts):
        if pd.to_numeric(texts, errors="coerce").isna().any():
            return column.infer_objects()
        written = _Written()
        written.add(texts, ".")
        large = (pd.to_numeric(texts).abs() >= LARGEST_EXACT).any()
        if len(texts) == len(present) and (written.loses or large):
            return column.astype("str")
        column = column.copy()
        column[texts.index] = pd.to_numeric(texts).to_numpy(dtype=object)
    return _rounded(column.infer_objects())


def _rounded(column: pd.Series) -> pd.Series:
    """Return a column with whole numbers that a workbook has rounded to 15 digits as floats."""
    if column.dtype.kind in "iu" and (column.abs() >= LARGEST_EXACT).any():
        return column.astype("float64")
    if column.dtype == object and all(
        isinstance(v, float | int) and not isinstance(v, bool) for v in column.dropna()
    ):
        return column.astype("float64")
    return column
