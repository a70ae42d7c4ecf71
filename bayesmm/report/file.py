"""The file of a report."""

from pathlib import Path

from bayesmm.errors import UsageError
from bayesmm.writing import refuse_file

__all__ = ["report_path"]

_ENDINGS = (".html", ".htm")


def report_path(path: str | Path) -> Path:
    """Return the file of a report, refused before any work when it cannot be one.

    Its name ends in ``.html``, and it is no folder and no part of a saved fit.
    """
    target = Path(path).expanduser()
    if target.is_dir():
        raise UsageError(f"'{path}' is a folder; name a file in it, as '{target / 'report.html'}'.")
    if target.suffix.lower() not in _ENDINGS:
        raise UsageError(
            f"A report is an HTML file, and '{path}' does not end in .html; write "
            f"'{target.with_suffix('.html') if target.name else 'report.html'}'."
        )
    refuse_file(target)
    return target
