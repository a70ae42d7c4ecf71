"""Folders that appear whole or not at all, and checksums of what is in them."""

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex

from bayesmm.errors import SavedFitError, UsageError

__all__ = ["checksum", "new_folder", "refuse_missing", "refuse_name"]

_BYTES = 2**20


@contextmanager
def new_folder(
    target: Path, *, overwrite: bool, replaceable: Callable[[Path], bool]
) -> Iterator[Path]:
    """Give a folder to write into, which takes its name only when all of it is on the disk.

    The folder is written beside the target, so that giving it the name is one step. Whatever
    goes wrong, the target is what it was; a killed process leaves a folder with a dot before its
    name, which is no saved fit.

    Parameters
    ----------
    target : Path
        The name that the folder shall have. Its parents are made.
    overwrite : bool
        Whether a folder of that name may be replaced, if it is `replaceable`.
    replaceable : callable
        Whether a folder is of the kind that may be replaced.

    Raises
    ------
    UsageError
        When the name is taken, or the disk refuses.
    """
    refuse_name(target, overwrite, replaceable)
    folder = target.with_name(f".{target.name}.saving-{token_hex(4)}")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        folder.mkdir()
        yield folder
        _flush(folder)
        _give_name(folder, target)
    except OSError as problem:
        raise UsageError(
            f"'{target}' cannot be written: {problem.strerror or problem}."
        ) from problem
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # there when anything went wrong


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


def _leftovers(target: Path) -> list[Path]:
    """Return what was moved away by a process that was killed while it replaced a folder."""
    return sorted(target.parent.glob(f".{target.name}.replaced-*"))


def _add(total: "hashlib._Hash", file: Path) -> None:
    with file.open("rb") as opened:
        while block := opened.read(_BYTES):
            total.update(block)


def refuse_name(target: Path, overwrite: bool, replaceable: Callable[[Path], bool]) -> None:
    """Raise when a folder cannot have a name, because something else has it."""
    if not target.exists() or _is_empty(target):
        return
    if not target.is_dir():
        raise UsageError(f"'{target}' is a file; name a folder that does not exist.")
    if not replaceable(target):
        raise UsageError(
            f"'{target}' exists and is no saved fit, so it is not replaced; name another folder."
        )
    if not overwrite:
        raise UsageError(
            f"'{target}' holds a saved fit; name another folder, or replace it: overwrite=True "
            "(on the command line --overwrite)."
        )


def _is_empty(target: Path) -> bool:
    return target.is_dir() and not any(target.iterdir())


def _give_name(folder: Path, target: Path) -> None:
    """Rename the folder to the target, whose former content goes last."""
    former = None
    if target.exists():
        former = target.with_name(f".{target.name}.replaced-{token_hex(4)}")
        target.rename(former)
    try:
        folder.rename(target)
    except OSError:
        if former is not None:
            former.rename(target)
        raise
    _flush_one(target.parent)
    if former is not None:
        shutil.rmtree(former)


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


def refuse_missing(target: Path) -> None:
    """Raise when there is no such folder; names what an interrupted replacement left."""
    if target.is_dir():
        return
    kind = "is a file" if target.is_file() else "does not exist"
    left = _leftovers(target)
    hint = f" An interrupted save moved the former one to '{left[-1]}'." if left else ""
    raise SavedFitError(f"'{target}' {kind}; a saved fit is a folder.{hint}")
