"""The file of a report: replaced in one step, or left as it was."""

import os
from pathlib import Path
from secrets import token_hex

from bayesmm.errors import UsageError

__all__ = ["report_path", "write_file"]

_ENDINGS = (".html", ".htm")


def report_path(path: str | Path) -> Path:
    """Return the file of a report, refused before any work when it cannot be one.

    Raises
    ------
    UsageError
        When its name does not end in ``.html``, or it is a folder.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        raise UsageError(f"'{path}' is a folder; name a file in it, as '{target / 'report.html'}'.")
    if target.suffix.lower() not in _ENDINGS:
        raise UsageError(
            f"A report is an HTML file, and '{path}' does not end in .html; write "
            f"'{target.with_suffix('.html') if target.name else 'report.html'}'."
        )
    return target


def write_file(target: Path, text: str) -> Path:
    """Write a text to a file that appears whole or not at all.

    Raises
    ------
    UsageError
        When the disk refuses.
    """
    draft = target.with_name(f".{target.name}.writing-{token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            with draft.open("x", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as problem:
        raise UsageError(
            f"'{target}' cannot be written: {problem.strerror or problem}."
        ) from problem
    return target
