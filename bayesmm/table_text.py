"""Tables as text of a given width, in which no column is left out and no name is cut.

A table that is too wide is set in blocks of columns, one below the other, each of which begins
with the columns that say what a row is about, as pandas repeats its index.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from shutil import get_terminal_size
from textwrap import wrap

import pandas as pd

from bayesmm.cells import on_the_point
from bayesmm.errors import visible
from bayesmm.html.frame import SIZES, frame_table
from bayesmm.html.table import Table

__all__ = ["frame_text", "split_columns", "table_lines", "text_width"]

_WIDTH = 100  # where nobody says how wide the page is: in a file, a pipe
_NARROWEST = 40
_PROSE = 30  # sentences are wrapped within their column down to this
_ENDS = 10  # rows shown at either end of a long table


def text_width() -> int:
    """Return the columns of the terminal, or of ``COLUMNS``; 100 where there is none."""
    return max(_NARROWEST, get_terminal_size((_WIDTH, 24)).columns)


def frame_text(frame: pd.DataFrame, caption: str = "", most: int | None = None) -> str:
    """Return a data frame as text for this terminal, its numbers rounded as on every page.

    Of more than 60 rows (pandas' option ``display.max_rows``; None: all) the first and the last
    ten are shown, and how many there are; `most` says so here. Columns are never left out.
    """
    most = most or pd.get_option("display.max_rows") or max(len(frame), 1)
    ends = most if len(frame) <= most else min(most, 2 * _ENDS)
    table = frame_table(frame, caption, most=ends, tail=ends // 2 if len(frame) > ends else 0)
    return "\n".join(table_lines(table))


def table_lines(table: Table, width: int | None = None) -> list[str]:
    """Return a table as lines: names on the left, numbers on their point.

    The page is as wide as the terminal by default; a single cell that is wider makes its line
    longer.
    """
    width = text_width() if width is None else width
    lines = _wrapped(visible(table.caption), width) if table.caption else []
    for number, block in enumerate(split_columns(table, width)):
        lines += [*([""] if number else []), *_block_lines(block)]
    if not table.rows:
        lines.append("(no rows)")
    return [*lines, *filter(None, [visible(table.shortened)])]


def split_columns(table: Table, width: int, gap: int = 2) -> list[Table]:
    """Return tables of some of the columns each, none wider than a page if that can be.

    Every one begins with the columns that say what a row is about (`Table.keys`), or, where
    these leave no room for others, with the position of the row. The two ends of an interval stay
    side by side, and sentences are wrapped within their column.

    Every character of the result can be seen. There is a `gap` of blanks between two columns.
    """
    columns = (
        on_the_point(cells) if k in table.right else map(visible, cells)
        for k, cells in enumerate(zip(*table.rows, strict=True))
    )
    rows = tuple(zip(*columns, strict=True))
    shown = replace(table, header=tuple(map(visible, table.header)), rows=rows)
    widths, least = _widths(shown, table.keys)
    if _total(least, gap) <= width:
        return [_part(shown, range(len(widths)), least, width, gap)]
    keys = list(range(table.keys))
    units = _units(shown.header, range(table.keys, len(widths)))
    widest = max((_total([least[k] for k in unit], gap) for unit in units), default=0)
    if not keys or _total([widths[k] for k in keys], gap) + gap + widest > width:
        shown = _with_positions(shown)
        widths, least = _widths(shown, 1)
        names = [(k + 1,) for k in keys]
        for (k,) in names:  # a name is wrapped only where it is wider than the page
            least[k] = min(widths[k], max(_PROSE, width - widths[0] - gap))
        keys, units = [0], [*names, *_units(shown.header, range(1 + len(names), len(widths)))]
    filled = _filled(keys, units, least, width, gap)
    return [_part(shown, columns, least, width, gap) for columns in filled]


def _widths(table: Table, keys: int) -> tuple[list[int], list[int]]:
    """Return how wide the columns are, and how wide they are at least when sentences wrap."""
    widths = [max(map(len, cells)) for cells in zip(table.header, *table.rows, strict=True)]
    least = [
        width if k < keys or k in table.right else min(width, max(_PROSE, len(table.header[k])))
        for k, width in enumerate(widths)
    ]
    return widths, least


def _total(widths: Sequence[int], gap: int) -> int:
    return sum(widths) + gap * max(0, len(widths) - 1)


def _units(header: Sequence[str], columns: Sequence[int]) -> list[tuple[int, ...]]:
    """Return columns that stay together: a lower end and the upper one after it, or one alone.

    The first interval comes first, beside the number that it is of, whatever is between them.
    """
    units: list[tuple[int, ...]] = []
    for k in columns:
        if units and header[units[-1][-1]].endswith("lower"):
            units[-1] = (*units[-1], k)
        else:
            units.append((k,))
    interval = next((unit for unit in units if len(unit) > 1), None)
    if interval is None:
        return units
    of = next((unit for unit in units if header[unit[0]] in SIZES), ())
    return [(*of, *interval), *(unit for unit in units if unit not in (of, interval))]


def _filled(
    keys: list[int], units: Sequence[tuple[int, ...]], least: Sequence[int], width: int, gap: int
) -> list[list[int]]:
    """Return the columns of each block, which takes what has room in it."""
    blocks, current = [], [*keys]
    for unit in units:
        if len(current) > len(keys) and (
            _total([least[k] for k in (*current, *unit)], gap) > width
        ):
            blocks.append(current)
            current = [*keys]
        current += unit
    return [*blocks, current]


def _with_positions(table: Table) -> Table:
    """Return the table with the position of each row, from 0, as its only key."""
    n_all = len(table.rows) if table.n_all is None else table.n_all
    places = [*range(table.n_head), *range(n_all - len(table.rows) + table.n_head, n_all)]
    rows = zip(places, table.rows, strict=True)
    return replace(
        table,
        header=("", *table.header),
        rows=tuple((str(place), *cells) for place, cells in rows),
        right=frozenset({0, *(k + 1 for k in table.right)}),
        keys=1,
    )


def _part(
    table: Table, columns: Sequence[int], least: Sequence[int], width: int, gap: int
) -> Table:
    """Return some columns of a table, sentences wrapped into the room that is left."""
    widths, _ = _widths(table, table.keys)
    wanted = {k: least[k] for k in columns}
    spare = width - _total(list(wanted.values()), gap)
    cells = {}
    for k in columns:
        more = max(0, min(spare, widths[k] - wanted[k]))
        spare -= more
        column = [row[k] for row in table.rows]
        if wanted[k] + more < widths[k]:
            column = ["\n".join(_wrapped(cell, wanted[k] + more)) for cell in column]
        cells[k] = column
    return replace(
        table,
        header=tuple(table.header[k] for k in columns),
        rows=tuple(zip(*cells.values(), strict=True)),
        right=frozenset(place for place, k in enumerate(columns) if k in table.right),
        keys=table.keys,
    )


def _wrapped(cell: str, width: int) -> list[str]:
    return wrap(cell, width, break_long_words=False, break_on_hyphens=False) or [""]


def _block_lines(table: Table) -> Iterator[str]:
    """Yield the header and the rows of a table that fits the page."""
    columns = []
    for k, cells in enumerate(zip(table.header, *table.rows, strict=True)):
        is_number = k in table.right
        width = max(len(line) for text in cells for line in text.split("\n"))
        columns.append(
            [
                [line.rjust(width) if is_number else line.ljust(width) for line in text.split("\n")]
                for text in cells
            ]
        )
    between = f"({table.n_all - len(table.rows):,} rows between)" if table.has_gap else None
    for number, cells in enumerate(zip(*columns, strict=True)):
        if between and number == table.n_head + 1:
            yield between
        blank = [" " * len(cell[0]) for cell in cells]
        for line in range(max(map(len, cells))):
            texts = [c[line] if line < len(c) else b for c, b in zip(cells, blank, strict=True)]
            yield "  ".join(texts).rstrip()
