"""Texts that write numbers: what they are, and the line of Python that makes numbers of them."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

import pandas as pd

from bayesmm.wording import either

__all__ = [
    "MOST_DOSES",
    "as_numbers",
    "assignment",
    "code_of",
    "is_date",
    "is_numeral",
    "is_written_number",
    "numbers_meant",
    "remedy",
    "with_code",
]

# Up to so many levels that are all numbers with a unit are the levels of a factor (doses of 5 mg
# and 10 mg); more are measurements.
MOST_DOSES = 12

_NUMERAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*", re.ASCII)
_GAPS = "' \u2019\u00a0\u2009\u202f"
# 1,234.5 and 1 234,5 and 1.234,5 and 1,5: numbers to a reader, text to a computer.
_WRITTEN = re.compile(
    rf"\s*[+-]?(\d{{1,3}}([,{_GAPS}]\d{{3}})+([.,]\d+)?|\d{{1,3}}(\.\d{{3}})+,\d+|\d+,\d+)\s*",
    re.ASCII,
)
_DATE = re.compile(
    r"\s*(\d{4}([-/.])\d{1,2}\2\d{1,2}([T ].*)?|\d{1,2}([-/.])\d{1,2}\4(\d{4}|\d{2}))\s*", re.ASCII
)
# A number with a unit or a sign before or after it: 12%, $3, 12 cm, >60, 5+.
_MARKED = re.compile(
    r"\s*(?P<before>[^\w\s.+-]{1,3})?\s*(?P<number>[+-]?(\d+([.,]\d+)*|\.\d+))"
    r"\s*(?P<after>[^\W\d_]{1,4}[\d²³]?(/[^\W\d_]{1,4})?|[^\w\s.-])?\s*"
)
_BOUNDS = frozenset("<>≤≥~≈+±") | {"<=", ">="}
_MISSING = frozenset(
    (".", "-", "--", "?", "*", "unknown", "unk", "missing", "none", "n.a.", "n/a", "na", "k.a.",
     "not available", "not known", "unbekannt", "fehlt", "nd", "null")
)  # fmt: skip

# How digits are written: a pattern that every text must have, and what makes a number of it.
_WRITINGS: Sequence[tuple[str, str, str]] = (
    (
        "the comma separates thousands",
        r"[+-]?(\d{1,3}(,\d{3})+|\d+)(\.\d+)?",
        ".str.replace(',', '')",
    ),
    ("the comma is the decimal sign", r"[+-]?\d+(,\d+)?", ".str.replace(',', '.')"),
    (
        "the point separates thousands and the comma is the decimal sign",
        r"[+-]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?",
        ".str.replace('.', '').str.replace(',', '.')",
    ),
    (
        "gaps separate thousands",
        rf"[+-]?(\d{{1,3}}([{_GAPS}]\d{{3}})+|\d+)(\.\d+)?",
        r".str.replace(r'[^\d.+-]', '', regex=True)",
    ),
    (
        "gaps separate thousands and the comma is the decimal sign",
        rf"[+-]?(\d{{1,3}}([{_GAPS}]\d{{3}})+|\d+)(,\d+)?",
        r".str.replace(r'[^\d,+-]', '', regex=True).str.replace(',', '.')",
    ),
)


def is_numeral(label: str) -> bool:
    """Return whether a text writes a number."""
    return _NUMERAL.fullmatch(label) is not None


def is_written_number(label: str) -> bool:
    """Return whether a text is a number with thousands separators or a decimal comma."""
    return _WRITTEN.fullmatch(label) is not None


def is_date(label: str) -> bool:
    """Return whether a text is a date, as 2024-05-31 or 31.05.2024."""
    return _DATE.fullmatch(label) is not None


def as_numbers(series: pd.Series) -> pd.Series:
    """Return a column whose texts are all numbers as numbers; any other as it is."""
    if (
        not isinstance(series.dtype, pd.StringDtype | pd.CategoricalDtype)
        and series.dtype != object
    ):
        return series
    if not all(isinstance(value, str) and is_numeral(value) for value in series.dropna()):
        return series
    return pd.to_numeric(series.astype("str"))


def numbers_meant(labels: Sequence[str], counts: Sequence[int]) -> bool:
    """Return whether numbers are meant by texts, which nobody wants as levels of a factor.

    They are, where numbers stand among the texts and

    - nothing else is there, and one of them is not written with digits alone; whole numbers as
      text are what people make of codes to have a factor;
    - there are more numbers than other texts, or, of three numbers at least, more rows of numbers;
    - or every other text means a missing value (``.``, ``?``, ``unknown``);

    or where more than `MOST_DOSES` texts are numbers with a unit, or all are dates.

    `labels` are the distinct texts, `counts` the rows of each.
    """
    plain = [_is_plain(label) for label in labels]
    n_plain = sum(plain)
    if n_plain == len(labels):
        return any(not re.fullmatch(r"\s*[+-]?\d+\s*", label) for label in labels)
    if n_plain == 0 and all(map(is_date, labels)):
        return True
    if n_plain == 0:
        return len(labels) > MOST_DOSES and all(_unit(label) for label in labels)
    others = [label for label, is_plain in zip(labels, plain, strict=True) if not is_plain]
    if all(other.strip().casefold() in _MISSING for other in others):
        return True
    rows = sum(n for n, is_plain in zip(counts, plain, strict=True) if is_plain)
    return len(others) < len(labels) / 2 or (n_plain >= 3 and rows > sum(counts) / 2)


def code_of(series: pd.Series, name: str) -> str:
    """Return the code of a column of ``data``; a name that is no text stands as it is."""
    label = series.name if str(series.name) == name else name
    return f"data[{label!r}]"


def assignment(series: pd.Series, name: str, code: str) -> str:
    """Return the line of Python that gives a column new values.

    A column of another library's frame is first made one of pandas. ``COLUMN`` in `code`, the new
    values, stands for the column.
    """
    column = code_of(series, name)
    first = "data = data.to_pandas(); " if series.attrs.get("converted") else ""
    return f"{first}{column} = {code.replace('COLUMN', column)}"


def with_code(series: pd.Series, name: str, code: str) -> str:
    """Return ``": "`` and the line of `assignment`; who has no Python changes the file."""
    return either(f": {assignment(series, name, code)}", ", in the file")


def remedy(name: str, series: pd.Series, labels: Iterable[str]) -> str:
    """Return what to do so that a column of texts, most of them numbers, becomes numbers.

    Every line of Python in it keeps every number: what is no number is named in it.

    The line takes the type of the series; `labels` are its distinct texts.
    """
    labels = [str(label) for label in labels]
    if all(map(is_date, labels)):
        dates = f"pandas.to_datetime(COLUMN{_day_first(labels)})"
        read = assignment(series, name, dates).replace(f"{code_of(series, name)} = ", "t = ", 1)
        days = f"{code_of(series, name)} = (t - t.min()).dt.days"
        numbers = "make numbers of them first, for example days since the first"
        return numbers + either(f": {read}; {days}", ", in the file")
    units = Counter(unit for label in labels if not _is_plain(label) and (unit := _unit(label)))
    words = [label for label in labels if not _is_plain(label) and not _unit(label)]
    if len(units) > 1:
        listed = ", ".join(repr(unit) for unit in list(units)[:5])
        return f"they have different units ({listed}): write them in one unit, without its name"
    return either(_in_python(name, series, labels, words, units), _in_the_file(words, units))


def _in_python(
    name: str,
    series: pd.Series,
    labels: Sequence[str],
    words: Sequence[str],
    units: Iterable[str],
) -> str:
    """Return the line of Python that makes numbers of texts, `words` missing, without `units`."""
    texts = "COLUMN" if isinstance(series.dtype, pd.StringDtype) else "COLUMN.astype('str')"
    notes, masked = "", texts
    if words:
        masked = f"{texts}.mask({texts}.isin([{', '.join(map(repr, words))}]))"
        notes = " (which marks the texts named there as missing; in a file write NA)"
    for unit in units:
        masked += f".str.replace({unit!r}, '')"
        notes += f" (if all are in {unit})"
    numbers = [_bare(label) for label in labels if label not in words]
    if not any(map(is_written_number, numbers)):
        line = assignment(series, name, f"pandas.to_numeric({masked})")
        return f"make it numbers: {line}{notes}"
    commas = [way for way in _WRITINGS[:2] if _writes(way, numbers)]
    fitting = commas or [way for way in _WRITINGS[2:] if _writes(way, numbers)][:1]
    lines = [assignment(series, name, f"pandas.to_numeric({masked}{code})") for *_, code in fitting]
    if not fitting:
        return "write them all in one way, with a decimal point and without separators"
    if len(fitting) == 1:
        return f"make it numbers; {fitting[0][0]}: {lines[0]}{notes}"
    ways = "; ".join(
        f"if {meaning}, {line}" for (meaning, *_), line in zip(fitting, lines, strict=True)
    )
    return f"make it numbers: {ways}{notes}"


def _in_the_file(words: Sequence[str], units: Iterable[str]) -> str:
    """Return what to change in a file so that a column is numbers."""
    parts = ["with a decimal point and without separators"]
    parts += [f"without {', '.join(map(repr, units))}"] if units else []
    parts += [f"NA in place of {', '.join(map(repr, words))}"] if words else []
    return f"make it numbers in the file: {'; '.join(parts)}"


def _day_first(labels: Sequence[str]) -> str:
    """Return the option by which pandas reads 05.01.2024 as the fifth of January."""
    firsts = [re.split(r"[-/.]", label.strip())[0] for label in labels]
    points = all(
        "." in label and len(first) < 3 for label, first in zip(labels, firsts, strict=True)
    )
    return ", dayfirst=True" if points or any(12 < int(f) < 32 for f in firsts) else ""


def _writes(way: tuple[str, str, str], numbers: Iterable[str]) -> bool:
    return all(re.fullmatch(way[1], number.strip(), re.ASCII) for number in numbers)


def _is_plain(label: str) -> bool:
    return is_numeral(label) or is_written_number(label)


def _unit(label: str) -> str:
    """Return the unit of a number, ``"%"`` or ``"cm"``; empty where there is none, or a bound."""
    found = _MARKED.fullmatch(label)
    if not found:
        return ""
    before, after = found["before"] or "", found["after"] or ""
    if bool(before) == bool(after) or (before + after).strip() in _BOUNDS:
        return ""
    return before + after


def _bare(label: str) -> str:
    """Return a number without its unit."""
    return label.replace(_unit(label), "").strip() if _unit(label) else label.strip()
