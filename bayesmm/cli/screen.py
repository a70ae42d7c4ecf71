"""What stands on the screen: tables drawn by rich in a terminal, plain text elsewhere.

A pipe, a file and the tests get the same text without a colour or a line of a box. In a terminal
``NO_COLOR`` takes the colours away.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from bayesmm.cli.streams import standard_output
from bayesmm.errors import visible
from bayesmm.writing import write_whole

if TYPE_CHECKING:
    from bayesmm.fitted import Fit
    from bayesmm.html.table import Table
    from bayesmm.sampling.diagnostics import Diagnostics

__all__ = [
    "echo",
    "is_terminal",
    "note",
    "show_diagnostics",
    "show_page",
    "show_summary",
    "show_table",
    "write_object",
]


# Names are wrapped at this width, so that the words of the last column have room.
_NAME_WIDTH = 22


def is_terminal() -> bool:
    """Return whether somebody looks at standard output."""
    return sys.stdout.isatty()


def echo(text: str) -> None:
    """Print a text as it is; nothing stops because it cannot be printed."""
    with standard_output():
        typer.echo(text)


def show_page(text: str) -> None:
    """Print text; what a terminal would obey in the words of the data is escaped."""
    echo(_visible_lines(text))


def note(text: str) -> None:
    """Print lines that are no result, on standard error, if somebody listens there."""
    with suppress(OSError):
        typer.echo(_visible_lines(text), err=True)


def show_summary(fit: "Fit", prob: float) -> None:
    """Print the page of a fit."""
    summary = fit.summary(prob)
    if not is_terminal():
        show_page(str(summary))
        return
    from bayesmm.results.tables.summary_html import summary_tables  # noqa: PLC0415
    from bayesmm.results.tables.summary_text import footnotes  # noqa: PLC0415

    facts = [f"{label + ':':<9}{text}" if label else f"{'':<9}{text}" for label, text in
             summary.facts]  # fmt: skip
    _draw(
        *(("bold red" if fit.diagnostics.failed else "yellow", text) for text in summary.warnings),
        ("bold", summary.title),
        *(("", text) for text in facts),
        *summary_tables(summary),
        *(("dim", text) for text in footnotes(summary)),
    )


def show_table(table: "Table", notes: Sequence[str] = ()) -> None:
    """Print a table and the notes on it."""
    if is_terminal():
        _draw(table, *(("dim", text) for text in notes))
        return
    show_page("\n".join([*_plain(table), *notes]))


def show_diagnostics(found: "Diagnostics") -> None:
    """Print what draws are good for."""
    if not is_terminal():
        show_page(str(found))
        return
    from bayesmm.sampling.diagnostics_text import (  # noqa: PLC0415
        diagnostics_table,
        fact_lines,
        verdict,
        what_to_do,
    )
    from bayesmm.sampling.grade import Grade  # noqa: PLC0415

    colours = {Grade.NO_PROBLEM: "green", Grade.CAUTION: "yellow", Grade.DO_NOT_USE: "red"}
    _draw(
        (f"bold {colours[found.grade]}", verdict(found.checks)),
        diagnostics_table(found.checks),
        *(("", line) for line in what_to_do(found.checks)),
        *(("dim", line) for line in ("The engine chose:", *fact_lines(found.facts))),
    )


def write_object(value: dict[str, Any], target: Path) -> None:
    """Write one JSON object to a file, or to standard output when the file is ``-``."""
    text = json.dumps(value, indent=2, allow_nan=False, ensure_ascii=False)
    if str(target) == "-":
        echo(text)
        return
    write_whole(target, text + "\n")


def _visible_lines(text: str) -> str:
    return "\n".join(map(visible, text.split("\n")))


def _plain(table: "Table") -> list[str]:
    """Return a table as lines of text: names on the left, numbers on their point."""
    columns = []
    for k, cells in enumerate(zip(table.header, *table.rows, strict=True)):
        is_number = k in table.right
        texts = [cells[0], *_on_point(cells[1:])] if is_number else cells
        width = max(map(len, texts))
        columns.append([t.rjust(width) if is_number else t.ljust(width) for t in texts])
    lines = ["  ".join(cells).rstrip() for cells in zip(*columns, strict=True)]
    return [*filter(None, [table.caption]), *lines, *filter(None, [table.shortened])]


def _draw(*parts: "tuple[str, str] | Table") -> None:
    """Draw lines, each with its style, and tables."""
    from rich.console import Console  # noqa: PLC0415  (only where a terminal watches)
    from rich.text import Text  # noqa: PLC0415

    console = Console(highlight=False)
    after_text = False
    with standard_output():
        for part in parts:
            if isinstance(part, tuple):
                style, text = part
                console.print(Text(visible(text), style=style))
                after_text = True
            else:
                console.print(*([""] if after_text else []), _rich(part), sep="\n")
                after_text = False
                if part.shortened:
                    console.print(Text(part.shortened, style="dim"))


def _rich(table: "Table") -> Any:
    from rich import box  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = RichTable(
        title=Text(visible(table.caption), style="bold") if table.caption else None,
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    columns = zip(*table.rows, strict=True) if table.rows else ([] for _ in table.header)
    shown = []
    for k, (name, cells) in enumerate(zip(table.header, columns, strict=True)):
        is_number = k in table.right
        drawn.add_column(
            Text(visible(name)),
            justify="right" if is_number else "left",
            no_wrap=is_number,
            max_width=None if is_number or k == len(table.header) - 1 else _NAME_WIDTH,
        )
        shown.append(_on_point(cells) if is_number else list(cells))
    for row in zip(*shown, strict=True):
        drawn.add_row(*(Text(visible(cell), style=_style(cell)) for cell in row))
    return drawn


def _style(cell: str) -> str:
    return _STYLES.get(cell, "")


_STYLES = {"FAIL": "bold red", "problem": "bold red"} | dict.fromkeys(
    ("caution", "look", "?"), "yellow"
)


def _on_point(cells: Iterable[str]) -> list[str]:
    """Return numbers filled up with blanks, so that they stand on their point."""
    cells = list(cells)
    after = [len(cell.partition(".")[2]) + ("." in cell) for cell in cells]
    most = max(after, default=0)
    return [cell + " " * (most - n) for cell, n in zip(cells, after, strict=True)]
