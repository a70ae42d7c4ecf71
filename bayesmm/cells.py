"""Numbers as text with sensible digits, and cells as aligned columns."""

from collections.abc import Sequence
from itertools import zip_longest
from math import floor, isfinite, isnan, log10

__all__ = ["align", "decimals", "fixed", "in_columns", "on_the_point", "told_apart"]

_SIGNIFICANT = 3
_MOST_SIGNIFICANT = 8
_NARROWEST_NAME = 12
_LABEL, _EXACT = range(4, 17), 17  # digits of numbers that are labels


def decimals(spread: float, size: float = 0.0) -> int:
    """Return the decimals that show three significant digits of a standard deviation.

    The digits of a mean beyond those of its sd say nothing, so one rule serves the whole row;
    a number of that `size` gets at most eight digits.
    """
    if not isfinite(spread) or spread <= 0:
        return _SIGNIFICANT
    places = max(0, _SIGNIFICANT - 1 - floor(log10(spread)))
    if isfinite(size) and abs(size) >= 1:
        places = min(places, max(0, _MOST_SIGNIFICANT - 1 - floor(log10(abs(size)))))
    return places


def fixed(value: float, places: int) -> str:
    """Return a number with that many decimals; ``""`` when it is missing."""
    if isnan(value):
        return ""
    if not isfinite(value):
        return str(value)
    if places > 6 or abs(value) >= 1e9:
        return f"{value:.4g}"
    text = f"{value:.{places}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def told_apart(values: Sequence[float]) -> list[str]:
    """Return numbers with so many significant digits, four at least, that no two look alike.

    Whole numbers have all of theirs.
    """
    numbers = [float(value) for value in values]
    for digits in _LABEL:
        texts = [_plain(x, digits) for x in numbers]
        if len(set(texts)) == len(set(numbers)):
            return texts
    return [_plain(x, _EXACT) for x in numbers]


def _plain(x: float, digits: int) -> str:
    return str(int(x)) if x.is_integer() and abs(x) < 1e15 else f"{x:.{digits}g}"


def align(rows: Sequence[Sequence[str]], n_left: int, width: int) -> list[str]:
    """Return rows of cells as lines: `n_left` columns flush left, numbers on their point.

    No name is cut. Where the width leaves too little room, the columns of names are made
    narrower, the widest first, down to twelve letters, and the names of a row that are longer
    stand in a line above its numbers.

    The first of the rows is the header. No number is cut to reach the width.
    """
    columns = [list(column) for column in zip(*rows, strict=True)]
    numbers = [_right([cells[0], *on_the_point(cells[1:])]) for cells in columns[n_left:]]
    taken = sum(len(cells[0]) for cells in numbers) + len(_GAP) * (len(columns) - 1)
    widths = _name_widths([max(map(len, cells)) for cells in columns[:n_left]], width - taken)
    lines = []
    for row, *cells in zip(rows, *numbers, strict=True):
        names = row[:n_left]
        shown = [name.ljust(w) for name, w in zip(names, widths, strict=True)]
        if any(len(name) > w for name, w in zip(names, widths, strict=True)):
            lines.append(_GAP.join(shown).rstrip())
            shown = [" " * w for w in widths]
        lines.append(_GAP.join([*shown, *cells]).rstrip())
    return lines


_GAP = "  "


def _name_widths(natural: list[int], available: int) -> list[int]:
    widths = list(natural)
    while sum(widths) > available and max(widths) > _NARROWEST_NAME:
        widths[widths.index(max(widths))] -= 1
    return widths


def in_columns(rows: Sequence[Sequence[str]], n_left: int) -> list[str]:
    """Return rows of cells as lines: `n_left` columns flush left, the others flush right.

    A row may have fewer cells than another.
    """
    columns = enumerate(zip_longest(*rows, fillvalue=""))
    shown = [_left(cells) if k < n_left else _right(cells) for k, cells in columns]
    return [_GAP.join(cells).rstrip() for cells in zip(*shown, strict=True)]


def _left(cells: Sequence[str]) -> list[str]:
    width = max(map(len, cells))
    return [cell.ljust(width) for cell in cells]


def _right(cells: Sequence[str]) -> list[str]:
    width = max(map(len, cells))
    return [cell.rjust(width) for cell in cells]


def on_the_point(cells: Sequence[str]) -> list[str]:
    """Return numbers filled up with blanks, so that they stand on their point."""
    places = [len(c.partition(".")[2]) + ("." in c) for c in cells]
    most = max(places, default=0)
    return [c + " " * (most - p) for c, p in zip(cells, places, strict=True)]
