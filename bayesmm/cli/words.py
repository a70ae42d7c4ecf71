"""``bayesmm answer`` and ``bayesmm methods``: a saved fit in words."""

from pathlib import Path
from typing import Annotated

import typer

from bayesmm.cli.arguments import parse_names
from bayesmm.cli.destinations import is_screen, refuse_same_file
from bayesmm.cli.loading import leave_with, loaded
from bayesmm.cli.options import AnswerOptions, Focus, Folder, Prob
from bayesmm.cli.records import records
from bayesmm.cli.screen import note, show_page, show_prose, show_table, write_object
from bayesmm.cli.tables import write_table
from bayesmm.writing import write_whole

__all__ = ["answer", "methods"]


def answer(folder: Folder, answer: AnswerOptions, focus: Focus = "") -> None:
    """Say the effect that was asked about in words: how large, for whom, whether to trust it."""
    refuse_same_file({"--out": answer.out, "--json": answer.json})
    fit = loaded(folder)
    found = fit.answer(parse_names(focus) or None, answer.prob)
    if answer.out is not None:
        write_table(found.table, answer.out)
    if answer.json is not None:
        said = {"text": found.text, "usable": found.usable, "focus": list(found.focus)}
        kind = {"probability": answer.prob, "interval": found.table.attrs["interval"]}
        write_object(said | kind | {"rows": records(found.table)}, answer.json)
    if not answer.quiet and not is_screen(answer.json):
        show_prose(found.text)
        if len(found.table):
            show_page("")
            show_table(found.shown())
    leave_with(fit)


def methods(
    folder: Folder,
    prob: Prob = 0.95,
    out: Annotated[Path | None, typer.Option(help="Text file for it.")] = None,
) -> None:
    """Write the methods paragraph of a paper about a saved fit, and its references."""
    refuse_same_file({"--out": out})
    fit = loaded(folder)
    text = str(fit.methods(prob))
    if out is None:
        show_page(text)
    else:
        write_whole(out, text + "\n")
        note(f"Methods written to {out}")
    leave_with(fit)
