"""A file of the user as a table, and answers with their intervals on the screen and in files."""

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bayesmm.cli.destinations import is_screen
from bayesmm.cli.records import records
from bayesmm.cli.screen import note, show_table, write_object
from bayesmm.errors import DataError
from bayesmm.waiting import waiting

if TYPE_CHECKING:
    import pandas as pd

    from bayesmm.results.tables.estimates import Estimates

__all__ = ["read_file", "show_estimates", "write_table"]

# How files begin that are no text, and the ending by which they are known.
_BEGINNINGS = ((b"PAR1", ".parquet"), (b"ARROW1", ".arrow"), (b"FEA1", ".feather"),
               (b"\xff\xff\xff\xff", ".arrow"), (b"PK\x03\x04", ".xlsx"))  # fmt: skip


class _StandardInput(type(Path())):
    """A file that holds what came through standard input, and is called so in messages."""

    def __str__(self) -> str:
        """Return what the user knows it as."""
        return "standard input"

    def __fspath__(self) -> str:
        """Return where it is."""
        return super().__str__()


def read_file(path: Path, *, text: Sequence[str] = ()) -> "pd.DataFrame":
    """Return the table of a file, or of standard input when the file is ``-``.

    A `DataError` says when there is no such file, it is no table, or nothing comes through standard
    input.
    """
    with waiting("loading libraries"):
        from bayesmm.reading import read_table  # noqa: PLC0415

    options = {"text": text} if text else {}
    if not is_screen(path):
        return read_table(path, **options)
    if sys.stdin is None or sys.stdin.isatty():
        raise DataError(
            "Nothing comes through standard input, which '-' stands for: name a file, or send one, "
            "as in 'cat data.csv | bayesmm ... -'."
        )
    with TemporaryDirectory() as folder:
        return read_table(_received(Path(folder)), **options)


def _received(folder: Path) -> Path:
    """Return the file into which standard input was written, under an ending that says what."""
    source = getattr(sys.stdin, "buffer", None)
    written = folder / "received"
    with written.open("wb") as file:
        if source is None:  # what stands in for standard input in a notebook or a test
            file.write(sys.stdin.read().encode("utf-8"))
        else:
            shutil.copyfileobj(source, file)
    with written.open("rb") as file:
        head = file.read(8)
    ending = next((end for start, end in _BEGINNINGS if head.startswith(start)), ".csv")
    return _StandardInput(written.rename(written.with_suffix(ending)))


def write_table(table: "pd.DataFrame", out: Path) -> None:
    """Write a table as its name says, .tex, .docx or CSV, and tell which labels were marked."""
    ending = out.suffix.lower()
    if ending == ".tex":
        table.to_latex(out)
        return
    if ending == ".docx":
        table.to_docx(out)
        return
    from bayesmm.output import marked_labels, write_csv  # noqa: PLC0415

    for sentence in marked_labels(write_csv(table, out)):
        note(sentence)


def show_estimates(found: "Estimates", out: Path | None, json: Path | None, *, quiet: bool) -> None:
    """Print an answer, write its table as CSV and as JSON."""
    table = found.table
    said = {key: value for key, value in table.attrs.items() if isinstance(value, str | float)}
    if out is not None:
        write_table(table, out)
    if json is not None:
        write_object(said | {"rows": records(table)}, json)
    if not quiet and not is_screen(json):
        from bayesmm.html.frame import frame_table  # noqa: PLC0415
        from bayesmm.results.tables.estimates import notes_on  # noqa: PLC0415
        from bayesmm.results.tables.moments import interval_label  # noqa: PLC0415

        caption = f"{table.attrs['title']}, {interval_label(table.attrs['probability'])}"
        where = str(out or "--out FILE.csv")
        show_table(frame_table(table, caption, where=where), notes_on(table))
