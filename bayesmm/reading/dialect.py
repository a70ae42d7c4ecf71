"""How a file of text is written: found from its first lines, never assumed."""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

from bayesmm.errors import DataError

__all__ = ["Dialect", "find_dialect"]

# What is looked at: the first mebibyte, and of it so many rows.
_HEAD = 2**20
_ROWS = 200

# pandas takes seconds for so many columns, and hours for a million.
_MOST_COLUMNS = 10_000

_WHITE_SPACE = r"\s+"
# Of two that fit equally well the first wins: a comma may also be a decimal sign or stand in a
# text.
_SEPARATORS = ("\t", ";", "|", ",")

_POINT = re.compile(r"[+-]?\d*\.\d+([eE][+-]?\d+)?", re.ASCII)
_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?", re.ASCII)
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+", re.ASCII)
_EXCEL_SEPARATOR = re.compile(r"sep=(.)\s*", re.IGNORECASE)

_BYTE_ORDER_MARKS = (
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file of text is written."""

    encoding: str  # name of its encoding in Python
    separator: str  # what stands between the columns; a regular expression for white space
    decimal: str  # ``"."`` or ``","``
    n_skipped: int  # number of lines before the header
    header: tuple[str, ...]  # the fields of the header, white space trimmed
    # what a field more in the rows than in the header is: ``"names"`` of the rows at the start, as
    # R writes them; ``"empty"``, a separator at the end; or ``""``, there is none
    extra: str = ""


def find_dialect(path: Path) -> Dialect:
    """Return how a file of text is written.

    An empty file, or one that is no text, is a `DataError`.
    """
    with path.open("rb") as file:
        head = file.read(_HEAD)
        complete = not file.read(1)
    if not head.strip():
        raise DataError(f"'{path}' is empty.")
    encoding = _encoding(head, path)
    # A character or a line may be cut at the end of the part that was read.
    lines = list(StringIO(head.decode(encoding, errors="replace"), newline=None))
    if not complete:
        lines.pop()
    before = 0
    separator = None
    for line in lines:
        excel = _EXCEL_SEPARATOR.fullmatch(line)
        separator = excel[1] if excel else separator
        if line.strip() and not excel and not line.startswith("#"):
            break
        before += 1
    lines = lines[before:]
    if not lines:
        missing = "no line but comments" if complete else f"no line end in {_HEAD:,} bytes"
        raise DataError(f"'{path}' cannot be read as a table: it has {missing}.")
    separator = separator or _separator(lines)
    fields = _fields(lines, separator)
    if not fields:
        raise DataError(f"'{path}' cannot be read as a table: its header has no end.")
    header, *rows = fields
    if len(header) > _MOST_COLUMNS:
        raise DataError(
            f"'{path}' has {len(header):,} columns; at most {_MOST_COLUMNS:,} are read from text."
        )
    return Dialect(
        encoding=encoding,
        separator=separator,
        decimal=_decimal(rows, separator),
        n_skipped=before,
        header=tuple(" ".join(name.split()) for name in header),
        extra=_extra(len(header), rows),
    )


def _encoding(head: bytes, path: Path) -> str:
    """Return the encoding: by its mark, by the zeros of UTF-16, or UTF-8 where it is that."""
    for mark, encoding in _BYTE_ORDER_MARKS:
        if head.startswith(mark):
            return encoding
    if b"\0" in head:
        # Latin letters in UTF-16 have a zero for every other byte.
        even, odd = head[::2].count(0), head[1::2].count(0)
        if max(even, odd) > 0.4 * len(head) / 2 and min(even, odd) < 0.01 * len(head):
            return "utf-16-be" if even > odd else "utf-16-le"
        raise DataError(f"'{path}' cannot be read as a table: it holds zero bytes, as no text has.")
    try:
        head.decode("utf-8")
    except UnicodeDecodeError as error:
        # Up to three bytes of a character may be cut at the end.
        return "utf-8" if error.start >= len(head) - 3 and len(head) == _HEAD else "cp1252"
    return "utf-8"


def _fields(lines: Sequence[str], separator: str) -> list[list[str]]:
    """Return the fields of the first rows, as far as a field of them is not endless."""
    if separator == _WHITE_SPACE:
        spaced = (line.replace("\t", " ").strip() for line in lines)
        reader = csv.reader(spaced, delimiter=" ", skipinitialspace=True)
    else:
        reader = csv.reader(lines, delimiter=separator)
    rows: list[list[str]] = []
    try:
        for row in reader:
            rows += [row] if row else []
            if len(rows) > _ROWS:
                break
    except csv.Error:  # a field of more characters than Python's csv reads; pandas reads it
        pass
    return rows


def _separator(lines: Sequence[str]) -> str:
    """Return the separator for which the rows have as many fields as the header."""

    def fit(separator: str) -> tuple[float, int]:
        rows = _fields(lines, separator)
        if not rows or len(rows[0]) < 2:
            return 0.0, 1
        alike = [len(row) - len(rows[0]) in (0, 1) for row in rows[1:]]
        return sum(alike) / len(alike) if alike else 1.0, len(rows[0])

    candidates = {mark: fit(mark) for mark in _SEPARATORS if mark in lines[0]}
    best = max(candidates, key=candidates.__getitem__, default=",")
    if candidates and candidates[best][1] > 1:
        return best
    # A header of one field with spaces in it, and rows with as many words, are columns.
    return _WHITE_SPACE if fit(_WHITE_SPACE)[0] == 1.0 else ","


def _decimal(rows: Sequence[Sequence[str]], separator: str) -> str:
    """Return the decimal sign; a comma only where it can mean nothing else."""
    if separator == ",":
        return "."
    fields = [field.strip() for row in rows for field in row]
    if any(map(_POINT.fullmatch, fields)):
        return "."
    commas = [field for field in fields if _COMMA.fullmatch(field)]
    # Semicolons are written where the comma is the decimal sign; elsewhere 1,234 is ambiguous.
    certain = separator == ";" or any(not _THOUSANDS.fullmatch(field) for field in commas)
    return "," if commas and certain else "."


def _extra(n_fields: int, rows: Sequence[Sequence[str]]) -> str:
    longer = [row for row in rows if len(row) == n_fields + 1]
    if not rows or len(rows[0]) != n_fields + 1:
        return ""
    return "empty" if not any(row[-1].strip() for row in longer) else "names"
