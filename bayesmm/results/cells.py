"""Numbers as text with sensible digits, and cells as aligned columns."""

from collections.abc import Sequence
from math import floor, isfinite, isnan, log10

__all__ = ["align", "decimals", "fixed", "shorten"]

_SIGNIFICANT = 3


def decimals(spread: float) -> int:
    """Return the decimals that show three significant digits of a standard deviation.

    The digits of a mean beyond those of its sd say nothing, so one rule serves the whole row.
    """
    if not isfinite(spread) or spread <= 0:
        return _SIGNIFICANT
    return max(0, _SIGNIFICANT - 1 - floor(log10(spread)))


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


def shorten(name: str, width: int) -> str:
    """Return the name, cut with an ellipsis in the middle when it is too long."""
    if len(name) <= width:
        return name
    tail = (width - 1) // 2
    return f"{name[: width - 1 - tail]}…{name[-tail:]}"


def align(rows: Sequence[Sequence[str]], n_left: int) -> list[str]:
    """Return rows of cells as lines: `n_left` columns flush left, numbers on their point.

    Parameters
    ----------
    rows : sequence of sequence of str
        The header first; all of the same length.
    n_left : int
        Number of columns of names at the start.
    """
    columns = []
    for j, column in enumerate(zip(*rows, strict=True)):
        cells = list(column)
        if j >= n_left:
            cells = [cells[0], *_on_point(cells[1:])]
        width = max(len(cell) for cell in cells)
        columns.append([c.ljust(width) if j < n_left else c.rjust(width) for c in cells])
    return ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]


def _on_point(cells: Sequence[str]) -> list[str]:
    places = [len(c.partition(".")[2]) + ("." in c) for c in cells]
    most = max(places, default=0)
    return [c + " " * (most - p) for c, p in zip(cells, places, strict=True)]
