"""The parts of a saved fit's folder, and whether a folder is one; nothing heavy is imported."""

import json
import stat
from pathlib import Path

__all__ = [
    "DATA",
    "DRAWS",
    "MOST_BYTES",
    "RECORD",
    "SUMS",
    "UNFINISHED_RECORD",
    "UNFINISHED_WHAT",
    "WHAT",
    "finished_folder",
    "is_record",
    "is_saved_fit",
    "is_unfinished_fit",
    "text_of",
    "unfinished_folder",
]

RECORD, DATA, DRAWS = "fit.json", "data.parquet", "draws.zarr"
SUMS = "sums.parquet"  # of rows in files
WHAT = "a fit saved by bayesmm"
UNFINISHED_RECORD, UNFINISHED_WHAT = "unfinished.json", "a fit that bayesmm has not finished"
_UNFINISHED = ".unfinished"
MOST_BYTES = 2**26  # of the record; far more than names and categories take


def is_saved_fit(folder: Path) -> bool:
    """Return whether a folder says that it is a saved fit, of whatever format."""
    try:
        return is_record(json.loads(text_of(folder / RECORD)))
    except (OSError, ValueError, RecursionError):
        return False


def is_record(record: object, what: str = WHAT) -> bool:
    """Return whether the content of a JSON file is what `write_record` writes."""
    return isinstance(record, dict) and record.get("what") == what and "format" in record


def unfinished_folder(folder: Path) -> Path:
    """Return where the draws of a fit are kept until it has its name."""
    if folder.name.endswith(_UNFINISHED):
        return folder
    return folder.with_name(folder.name + _UNFINISHED)


def finished_folder(folder: Path) -> Path:
    """Return the name that a fit will have, from that or from where its draws are kept."""
    return folder.with_name(folder.name.removesuffix(_UNFINISHED))


def is_unfinished_fit(folder: Path) -> bool:
    """Return whether a folder says that it holds the draws of a fit that is not finished."""
    try:
        return is_record(json.loads(text_of(folder / UNFINISHED_RECORD)), UNFINISHED_WHAT)
    except (OSError, ValueError, RecursionError):
        return False


def text_of(path: Path) -> str:
    """Return what a file says.

    A `ValueError` says when it is no file, is longer than any record, or is no text.
    """
    status = path.lstat()
    if not stat.S_ISREG(status.st_mode):
        raise ValueError("not a file")
    if status.st_size > MOST_BYTES:
        raise ValueError(f"{status.st_size:,} bytes")
    return path.read_text(encoding="utf-8")
