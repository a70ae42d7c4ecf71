"""Folders that appear whole or not at all, and checksums of what is in them."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bayesmm.errors import BayesmmError, SavedFitError, UsageError, one_line
from bayesmm.saved_folder import is_saved_fit, is_unfinished_fit, unfinished_folder
from bayesmm.storage.exchange import exchange, rename_to_free
from bayesmm.storage.foreign import MARKER, bring_over, discard, link_foreign
from bayesmm.storage.leftovers import clean, draft_folder, put_back, replaced_name
from bayesmm.wording import either, option

__all__ = ["checksum", "damage_told", "new_folder", "place", "refuse_missing", "refuse_taken"]

_BYTES = 2**20
_TRIES = 20


@contextmanager
def new_folder(target: Path, *, overwrite: bool) -> Iterator[Path]:
    """Give a folder to write into, which takes its name only when all of it is on the disk.

    The folder is written beside the target, so that giving it the name is one step. Whatever
    goes wrong, the target is what it was; what a killed process leaves is no saved fit, and the
    next save removes it. What others put into a folder that is replaced stays in it.

    `target` is the name that the folder shall have, from `place`; its parents are made. One that is
    there is replaced if `overwrite`, and if it is a saved fit.
    """
    try:
        put_back(target)
        refuse_name(target, overwrite)
        target.parent.mkdir(parents=True, exist_ok=True)
        clean(target.parent)
        with draft_folder(target) as folder:
            yield folder
            _flush(folder)
            (folder / MARKER).unlink()
            _give_name(folder, target, overwrite)
    except OSError as problem:
        raise UsageError(
            f"'{target}' cannot be written: {problem.strerror or problem}."
        ) from problem


def place(folder: str | Path) -> Path:
    """Return where a folder is or would be; a link is followed, as in writing a file."""
    try:
        target = Path(folder).expanduser().resolve()
    except (RuntimeError, OSError, ValueError) as problem:  # no home, a circle of links, a NUL
        raise UsageError(f"{str(folder)!r} is no name of a folder: {problem}.") from None
    if not target.name:
        raise UsageError(f"'{folder}' is no name of a folder; name one that does not exist.")
    return target


def checksum(path: Path) -> str:
    """Return the SHA-256 of a file, or of the names and contents of all files of a folder."""
    total = hashlib.sha256()
    if path.is_file():
        _add(total, path)
        return total.hexdigest()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        one = hashlib.sha256()
        _add(one, file)
        total.update(f"{file.relative_to(path).as_posix()}\n{one.hexdigest()}\n".encode())
    return total.hexdigest()


def _add(total: "hashlib._Hash", file: Path) -> None:
    with file.open("rb") as opened:
        while block := opened.read(_BYTES):
            total.update(block)


def refuse_name(target: Path, overwrite: bool) -> None:
    """Raise when a folder cannot have a name, because something else has it."""
    if not target.exists():
        return
    here = Path(os.path.realpath(os.curdir))
    if target in (here, *here.parents):
        raise UsageError(
            f"'{target}' is the folder that this process works in, or above it; name another."
        )
    if _is_empty(target):
        return
    if not target.is_dir():
        raise UsageError(f"'{target}' is a file; name a folder that does not exist.")
    if not is_saved_fit(target):
        raise UsageError(
            f"'{target}' exists and is no saved fit, so it is not replaced; name another folder."
        )
    if not overwrite:
        raise UsageError(
            f"'{target}' holds a saved fit; name another folder, or replace it: "
            f"{option('overwrite', True)}."
        )


def refuse_taken(folder: str | Path, *, overwrite: bool) -> Path:
    """Raise when a fit cannot have this name, as far as can be known ahead; return the folder."""
    target = place(folder)
    put_back(target)
    refuse_name(target, overwrite)
    above = next(path for path in target.parents if path.exists())
    try:
        with draft_folder(above / target.name):
            return target
    except OSError as problem:
        raise UsageError(
            f"'{target}' cannot be written: {problem.strerror or problem}."
        ) from problem


def refuse_missing(folder: str | Path) -> Path:
    """Return where a folder is; one that a killed save moved away is put back."""
    target = place(folder)
    put_back(target)
    if not target.is_dir():
        if is_unfinished_fit(unfinished_folder(target)):
            raise SavedFitError(
                f"The fit '{folder}' was not finished; go on with it: "
                f"{either(f"bayesmm.resume('{folder}')", f'bayesmm resume {folder}')}."
            )
        kind = "is a file" if target.is_file() else "does not exist"
        raise SavedFitError(f"'{folder}' {kind}; a saved fit is a folder.")
    return target


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir())


def _give_name(folder: Path, target: Path, overwrite: bool) -> None:
    """Rename the folder to the target, unless the name was taken meanwhile."""
    for _ in range(_TRIES):
        refuse_name(target, overwrite)
        # Without `overwrite` never by `_replace`: the name may be taken after the line above.
        if not overwrite or not target.exists() or _is_empty(target):
            if rename_to_free(folder, target):
                break
            continue
        former = _replace(folder, target)
        if former is not None:
            _flush_one(target.parent)
            _settle(former, target)
            return
    else:
        raise UsageError(
            f"'{target}' is being written by other processes; save under another name."
        )
    _flush_one(target.parent)


def _replace(folder: Path, target: Path) -> Path | None:
    """Replace the target; return where the former one is, or None to look at the name again."""
    try:
        link_foreign(target, folder)
        swapped = exchange(folder, target)
    except FileNotFoundError:  # the target went away
        return None
    if swapped:
        if is_saved_fit(folder):
            return folder
        exchange(folder, target)  # it was no saved fit any more when it was moved
        return None
    former = replaced_name(target)
    try:
        target.rename(former)
        if is_saved_fit(former) and rename_to_free(folder, target):
            return former
    finally:
        if former.exists() and not target.exists():
            rename_to_free(former, target)
    return None


def _settle(former: Path, target: Path) -> None:
    """Remove a fit that was replaced; what is in its folder of others goes to the new one."""
    try:
        bring_over(former, target)
    except OSError as problem:
        raise UsageError(
            f"The fit was saved in '{target}', but files of others that stood there are in "
            f"'{former}' now and could not be moved: {problem.strerror or problem}."
        ) from problem
    discard(former, target)


def _flush(folder: Path) -> None:
    """Wait until every file is on the disk: else a power cut could leave the name without them."""
    for path in folder.rglob("*"):
        _flush_one(path)
    _flush_one(folder)


def _flush_one(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows cannot open a folder
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() or os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def damage_told(folder: Path) -> Iterator[None]:
    """Tell what goes wrong in reading a folder as what is wrong with it."""
    try:
        yield
    except SavedFitError:
        raise
    except BayesmmError as problem:
        raise SavedFitError(
            f"The model in '{folder}' cannot be built again: {one_line(problem)}"
        ) from problem
    except Exception as problem:  # whatever a library raises of what somebody forged
        raise SavedFitError(
            f"'{folder}' is damaged ({type(problem).__name__}: {problem})."
        ) from problem
