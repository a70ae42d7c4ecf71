"""What killed saves left beside a saved fit: put back where it is the only one, else removed.

A save writes into ``.NAME.saving-XXXXXXXX`` and holds a lock on that folder, which ends with its
process. After the exchange of names the former fit is there until it is removed. Where names
cannot be exchanged, the former one waits as ``.NAME.replaced-XXXXXXXX``.
"""

import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex

from bayesmm.saved_folder import DRAWS, is_saved_fit
from bayesmm.storage.exchange import exchange, rename_to_free
from bayesmm.storage.foreign import MARKER, OURS, discard

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["clean", "draft_folder", "put_back", "replaced_name"]

_LEFT = re.compile(r"\.(?P<name>.+)\.(?P<what>saving|replaced)-[0-9a-f]{1,8}", re.DOTALL)
# Without locks, a draft that nobody wrote to for so long is taken for left.
_DAY = 24 * 3600.0


def replaced_name(target: Path) -> Path:
    """Return a free name for a folder that gives its name away."""
    return target.with_name(f".{target.name}.replaced-{token_hex(4)}")


@contextmanager
def draft_folder(target: Path) -> Iterator[Path]:
    """Give a new folder beside a target, locked by this process; gone at the end.

    By then it has the name of the target, or the former fit stands in its place, or the save
    failed. Where something else stands there, it took the name meanwhile, and gets it back.
    """
    folder, lock = _new_draft(target)
    try:
        yield folder
    finally:
        with suppress(OSError):
            if folder.exists() and not _is_ours(folder):
                exchange(folder, target)
        if _is_ours(folder):
            discard(folder, target)
        _unlock(lock)


def put_back(target: Path) -> None:
    """Give a saved fit its name again when a killed save had moved it away and nothing came."""
    if os.path.lexists(target):
        return
    moved = [f for f in _left(target.parent, "replaced", target.name) if is_saved_fit(f)]
    for folder in sorted(moved, key=lambda f: f.lstat().st_ctime, reverse=True):
        with suppress(OSError):
            if rename_to_free(folder, target):
                return


def clean(parent: Path) -> None:
    """Remove what killed saves left in a folder; what a process is writing stays."""
    for what in ("saving", "replaced"):
        for folder in _left(parent, what):
            with suppress(OSError):
                _clean_one(folder, what)


def _clean_one(folder: Path, what: str) -> None:
    target = folder.with_name(_LEFT.fullmatch(folder.name)["name"])
    if not _is_ours(folder):
        return
    if what == "replaced" and not (folder / MARKER).exists() and not is_saved_fit(target):
        return  # the only one of its name: `put_back` finds it
    lock = _lock(folder)
    if lock is None and time.time() - folder.stat().st_mtime < _DAY:
        return
    try:
        discard(folder, target)
    finally:
        _unlock(lock)


def _is_ours(folder: Path) -> bool:
    """Return whether a folder is a saved fit, or a part of one that nobody finished."""
    if not folder.is_dir():
        return False
    if (folder / MARKER).exists() or is_saved_fit(folder):
        return True
    names = {entry.name for entry in folder.iterdir()}
    return not names or (DRAWS in names and names <= set(OURS))


def _left(parent: Path, what: str, name: str | None = None) -> list[Path]:
    """Return folders that saves of a name, or of any, made in a folder."""
    found = []
    with suppress(OSError), os.scandir(parent) as entries:
        for entry in entries:
            match = _LEFT.fullmatch(entry.name)
            if match and match["what"] == what and name in (None, match["name"]):
                found += [parent / entry.name] if entry.is_dir(follow_symlinks=False) else []
    return found


def _new_draft(target: Path) -> tuple[Path, int | None]:
    while True:
        folder = target.with_name(f".{target.name}.saving-{token_hex(4)}")
        folder.mkdir()
        try:
            lock = _lock(folder)
            (folder / MARKER).touch()
        except (BlockingIOError, FileNotFoundError):  # somebody took it for left: another name
            continue
        return folder, lock


def _lock(folder: Path) -> int | None:
    """Return a lock on a folder that ends with this process; None where there are none.

    `BlockingIOError` says that a process has it, `FileNotFoundError` that the folder is gone.
    """
    if fcntl is None:
        return None
    handle = os.open(folder, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.stat(folder)
    except (BlockingIOError, FileNotFoundError):
        os.close(handle)
        raise
    except OSError:
        os.close(handle)
        return None
    return handle


def _unlock(handle: int | None) -> None:
    if handle is not None:
        os.close(handle)
