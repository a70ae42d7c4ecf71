"""What stands on the screen: tables drawn by rich in a terminal, plain text elsewhere.

A pipe, a file and the tests get the same text without a colour or a line of a box. In a terminal
``NO_COLOR`` takes the colours away.
"""

import json
import sys
from collections.abc import Sequence
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
    "show_fit",
    "show_page",
    "show_prose",
    "show_sentences",
    "show_summary",
    "show_table",
    "write_object",
]


# What rich puts at either side of a table, and between two columns of it.
_EDGE, _GAP = 1, 3


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


def show_prose(text: str) -> None:
    """Print a paragraph, its lines as wide as the terminal."""
    from bayesmm.prose import prose_lines  # noqa: PLC0415  (pandas)
    from bayesmm.table_text import text_width  # noqa: PLC0415

    parts = ("\n".join(prose_lines(part, text_width())) for part in text.split("\n\n"))
    show_page("\n\n".join(parts))


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


def show_fit(fit: "Fit", prob: float) -> None:
    """Print the page of a fit that was just made, and what it says in words."""
    show_summary(fit, prob)
    if fit.design.source is None:  # its rows are what an answer is about
        show_page("")
        show_prose(fit.answer(prob=prob).text)


def show_table(table: "Table", notes: Sequence[str] = ()) -> None:
    """Print a table and the notes on it."""
    if is_terminal():
        _draw(table, *(("dim", text) for text in notes))
        return
    from bayesmm.table_text import table_lines  # noqa: PLC0415  (pandas)

    # a line of a pipe is a row, whole, for what reads it
    show_page("\n".join([*table_lines(table, sys.maxsize), *notes]))


def show_sentences(
    table: str, sentences: Sequence[tuple[str, str]], notes: Sequence[str] = ()
) -> None:
    """Print a table that is text already, sentences each with its style, and notes."""
    if is_terminal():
        _draw(
            *(("", line) for line in table.splitlines()),
            *sentences,
            *(("dim", text) for text in notes),
        )
        return
    show_page("\n\n".join([table, *(text for _, text in sentences), *notes]))


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


def _draw(*parts: "tuple[str, str] | Table") -> None:
    """Draw lines, each with its style, and tables."""
    from rich.console import Console  # noqa: PLC0415  (only where a terminal watches)
    from rich.text import Text  # noqa: PLC0415

    from bayesmm.table_text import split_columns  # noqa: PLC0415  (pandas)

    console = Console(highlight=False)
    after_text = False
    with standard_output():
        for part in parts:
            if isinstance(part, tuple):
                style, text = part
                console.print(Text(visible(text), style=style))
                after_text = True
            else:
                room = console.width - 2 * _EDGE
                tables = [_rich(one) for one in split_columns(part, room, _GAP)]
                if part.caption:
                    tables[0].title = Text(visible(part.caption), style="bold")
                console.print(*([""] if after_text else []), *tables, sep="\n")
                after_text = False
                if part.shortened:
                    console.print(Text(part.shortened, style="dim"))


def _rich(table: "Table") -> Any:
    """Return a table, of columns that fit the screen, as rich draws it."""
    from rich import box  # noqa: PLC0415
    from rich.table import Table as RichTable  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    drawn = RichTable(
        title_justify="left",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
    )
    for k, name in enumerate(table.header):
        drawn.add_column(
            Text(visible(name)),
            justify="right" if k in table.right else "left",
            no_wrap=True,
            overflow="fold",
        )
    for row in table.rows:
        drawn.add_row(*(Text(cell, style=_STYLES.get(cell, "")) for cell in row))
    return drawn


_STYLES = {"FAIL": "bold red", "problem": "bold red"} | dict.fromkeys(
    ("caution", "look", "?"), "yellow"
)
