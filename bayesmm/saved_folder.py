"""The parts of a saved fit's folder, and whether a folder is one; nothing heavy is imported."""

import json
import stat
from pathlib import Path

__all__ = [
    "DATA",
    "DRAWS",
    "MOST_BYTES",
    "RECORD",
    "WHAT",
    "is_record",
    "is_saved_fit",
    "text_of",
]

RECORD, DATA, DRAWS = "fit.json", "data.parquet", "draws.zarr"
WHAT = "a fit saved by bayesmm"
MOST_BYTES = 2**26  # of the record; far more than names and categories take


def is_saved_fit(folder: Path) -> bool:
    """Return whether a folder says that it is a saved fit, of whatever format."""
    try:
        return is_record(json.loads(text_of(folder / RECORD)))
    except (OSError, ValueError, RecursionError):
        return False


def is_record(record: object) -> bool:
    """Return whether the content of a JSON file is what `write_record` writes."""
    return isinstance(record, dict) and record.get("what") == WHAT and "format" in record


def text_of(path: Path) -> str:
    """Return what a file says.

    Raises
    ------
    ValueError
        When it is no file, is longer than any record, or is no text.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a file")
    if status.st_size > MOST_BYTES:
        raise ValueError(f"{status.st_size:,} bytes")
    return path.read_text(encoding="utf-8")
