"""``fit.json``: what is said about a fit, as strict JSON with a checksum of itself."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bayesmm.errors import SavedFitError, UsageError
from bayesmm.model.priors import Prior, Priors, as_prior
from bayesmm.sampling.versions import library_version
from bayesmm.saved_folder import (
    MOST_BYTES,
    RECORD,
    UNFINISHED_RECORD,
    UNFINISHED_WHAT,
    WHAT,
    is_record,
    text_of,
)
from bayesmm.wording import either

__all__ = [
    "FORMAT",
    "SAVED",
    "UNFINISHED",
    "Kind",
    "read_priors",
    "read_record",
    "write_priors",
    "write_record",
]

FORMAT = 3  # 1: correlations as whole matrices; 3: rows in files, else 2
_OF_FRAMES = 2


@dataclass(frozen=True, slots=True)
class Kind:
    """What a record is of: its file, what it says that it is, the format, and a word for it."""

    file: str
    what: str
    format: int
    words: str


SAVED = Kind(RECORD, WHAT, FORMAT, "saved fit")
UNFINISHED = Kind(UNFINISHED_RECORD, UNFINISHED_WHAT, 1, "unfinished fit")


def write_record(record: Mapping[str, Any], folder: Path, kind: Kind = SAVED) -> None:
    """Write what is said about a fit, with its checksum."""
    of_frame = kind is SAVED and "files" not in record
    head = {"what": kind.what, "format": _OF_FRAMES if of_frame else kind.format}
    whole = head | {"sha256": _checksum(record)} | dict(record)
    text = json.dumps(whole, indent=1, ensure_ascii=False, allow_nan=False)
    # Half a letter, as a name of a file can hold, is in no encoding; JSON has an escape for it.
    content = (text + "\n").encode("utf-8", errors="backslashreplace")
    if len(content) > MOST_BYTES:
        raise UsageError(
            f"What is said about this fit would take {len(content):,} bytes; a saved fit has room "
            f"for {MOST_BYTES:,}. Leave out columns of categories and attributes of the data."
        )
    (folder / kind.file).write_bytes(content)


def read_record(folder: Path, kind: Kind = SAVED) -> dict[str, Any]:
    """Return what is said about a fit.

    A `SavedFitError` says when the folder is no saved fit, or one that is damaged, changed, or
    newer than this bayesmm.
    """
    path = folder / kind.file
    if not path.is_file():
        raise SavedFitError(f"'{folder}' is no {kind.words}: it has no {kind.file}.")
    try:
        record = json.loads(text_of(path))
    except (OSError, ValueError, RecursionError) as problem:
        raise SavedFitError(f"'{path}' is damaged: it is no JSON of ours ({problem}).") from None
    if not is_record(record, kind.what):
        raise SavedFitError(
            f"'{folder}' is no {kind.words}: its {kind.file} holds something else, such as the "
            "tables of --out. A fit is saved by "
            f"{either("fit.save('folder')", "--save of 'bayesmm fit'")}."
        )
    if type(record["format"]) is not int or record["format"] < 1:
        raise SavedFitError(f"'{path}' is damaged: its format is no number of a format.")
    if record["format"] > kind.format:
        raise SavedFitError(
            f"'{folder}' was saved in format {record['format']} by a newer bayesmm; this one, "
            f"{library_version('bayesmm')}, reads up to format {kind.format}. Update bayesmm."
        )
    said = {key: item for key, item in record.items() if key not in ("what", "format", "sha256")}
    try:
        unchanged = record.get("sha256") == _checksum(said)
    except ValueError:  # not a number, which JSON has not
        unchanged = False
    if not unchanged:
        raise SavedFitError(
            f"'{path}' was changed after the fit was saved: its checksum is another. Restore the "
            "file, or save the fit again."
        )
    return said


def write_priors(priors: Priors) -> dict[str, Any]:
    """Return priors as they can be typed, by name, with every digit."""
    return {
        "preset": priors.preset,
        "changed": sorted(priors.changed),
        "of": {name: _typed(prior) for name, prior in priors.items()},
        "meaning": dict(priors.meaning),
    }


def read_priors(written: Mapping[str, Any]) -> Priors:
    """Return what `write_priors` was given."""
    by_name = {name: as_prior(text) for name, text in written["of"].items()}
    return Priors(by_name, written["preset"], frozenset(written["changed"]), written["meaning"])


def _typed(prior: Prior) -> str:
    return f"{prior.distribution}({', '.join(repr(float(p)) for p in prior.parameters)})"


def _checksum(record: Mapping[str, Any]) -> str:
    text = json.dumps(record, sort_keys=True, ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()
