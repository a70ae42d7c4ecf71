"""Tables and paragraphs as HTML fragments; every text of the user is escaped.

Colours and fonts are those of the page around, dark or light: only alignment is set, inline,
because a notebook takes no style sheet along.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from bayesmm.errors import visible

__all__ = [
    "Table",
    "code_html",
    "lines_html",
    "list_html",
    "on_point",
    "page_html",
    "safe",
    "table_html",
]

_RIGHT = ' style="text-align:right;font-variant-numeric:tabular-nums"'
_LEFT = ' style="text-align:left"'
_CAPTION = ' style="caption-side:top;text-align:left;font-weight:bold"'
# As wide as a digit and as a point, so that numbers stand on their point.
_DIGIT, _POINT = "\N{FIGURE SPACE}", "\N{PUNCTUATION SPACE}"


@dataclass(frozen=True, slots=True)
class Table:
    """A table as text, ready to be shown."""

    caption: str  # what it shows and, where it has intervals, which
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]  # cells; the first of each row names it
    right: frozenset[int] = frozenset()  # columns of numbers, which stand on the right
    # rows there are, when `rows` are some of more: the first `n_head`, and the last
    n_all: int | None = None
    where: str = ""  # where all rows are: ``".table"``
    # so many first columns say what a row is about; no others are repeated where a table is too
    # wide for its page
    keys: int = 1
    # rows that stand before those left out; all that are shown by default
    n_before: int | None = None

    @property
    def n_head(self) -> int:
        """Rows that stand before those left out."""
        return len(self.rows) if self.n_before is None else self.n_before

    @property
    def has_gap(self) -> bool:
        """Whether rows are left out between those shown."""
        return self.n_head < len(self.rows) < (self.n_all or 0)

    @property
    def shortened(self) -> str:
        """The line that says which rows are missing; empty when none is."""
        if self.n_all is None or self.n_all <= len(self.rows):
            return ""
        where = f"; all of them: {self.where}" if self.where else ""
        n_tail = len(self.rows) - self.n_head
        last = f" and the last {n_tail:,}" if n_tail else ""
        return f"The first {self.n_head:,}{last} of {self.n_all:,} rows{where}."


def safe(text: object) -> str:
    """Return a text in which no character is markup, and every character can be seen."""
    return escape(visible(str(text)))


def table_html(table: Table) -> str:
    """Return a table with its caption, and below it the line that says what is left out."""
    columns = list(zip(*table.rows, strict=True)) or [() for _ in table.header]
    shown = [
        on_point(cells) if k in table.right else tuple(cells) for k, cells in enumerate(columns)
    ]
    head = "".join(
        f'<th scope="col"{_side(table, k)}>{safe(name)}</th>' for k, name in enumerate(table.header)
    )
    body = "".join(f"<tr>{_row(table, cells)}</tr>" for cells in zip(*shown, strict=True))
    caption = f"<caption{_CAPTION}>{safe(table.caption)}</caption>" if table.caption else ""
    more = f"<p>{safe(table.shortened)}</p>" if table.shortened else ""
    return f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


def page_html(title: str, *parts: str, facts: Iterable[str] = (), notes: Iterable[str] = ()) -> str:
    """Return a fragment: a heading, lines of facts, parts that are HTML already, notes."""
    return "".join(
        [
            f"<p><strong>{safe(title)}</strong></p>",
            lines_html(facts),
            *parts,
            *(f"<p>{safe(note)}</p>" for note in notes),
        ]
    )


def lines_html(lines: Iterable[str]) -> str:
    """Return lines of text as one paragraph; nothing when there are none."""
    text = "<br>".join(map(safe, lines))
    return f"<p>{text}</p>" if text else ""


def list_html(title: str, items: Sequence[str]) -> str:
    """Return a list under a line of text; nothing when it has no items."""
    if not items:
        return ""
    points = "".join(f"<li>{safe(item)}</li>" for item in items)
    return f"<p>{safe(title)}</p><ul>{points}</ul>"


def code_html(text: str) -> str:
    """Return text as it is, in the letters of code."""
    lines = "\n".join(safe(line) for line in text.split("\n"))
    return f"<pre><code>{lines}</code></pre>"


def _row(table: Table, cells: Sequence[str]) -> str:
    """Return the cells of a row; the first one names it."""
    first, *others = (safe(cell) for cell in cells)
    named = f'<th scope="row"{_side(table, 0)}>{first}</th>'
    return named + "".join(f"<td{_side(table, k)}>{cell}</td>" for k, cell in enumerate(others, 1))


def _side(table: Table, column: int) -> str:
    return _RIGHT if column in table.right else _LEFT


def on_point(cells: Sequence[str]) -> tuple[str, ...]:
    """Return numbers filled up with spaces, so that they stand on their point."""
    if any("e" in cell for cell in cells):
        return tuple(cells)
    after = [len(cell.partition(".")[2]) for cell in cells]
    most = max(after, default=0)
    return tuple(
        cell + _POINT * (most > 0 and not n and cell != "") + _DIGIT * (most - n if cell else 0)
        for cell, n in zip(cells, after, strict=True)
    )
