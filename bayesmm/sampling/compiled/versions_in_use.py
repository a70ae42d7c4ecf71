"""Which versions of the machine code are in use, and the removal of those that are not.

A process holds a shared lock on the version that it uses until it ends; who removes a version
needs the lock for itself alone. Where the system has no such locks nothing is removed.
"""

import os
import shutil
import time
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

__all__ = ["hold", "remove_unused"]

_MONTH = 30 * 24 * 3600.0
_PATIENCE = 10.0

# Open as long as the process: closing one gives its lock up.
_held: list[int] = []


def hold(parent: Path, name: str) -> None:
    """Keep a version from being removed while this process lives."""
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until:
        try:
            handle = _locked(parent / f".{name}.lock", alone=False)
        except BlockingIOError:  # it is being removed, which takes a moment
            time.sleep(0.01)
            continue
        except OSError:  # no locks here
            return
        if handle is not None:
            _held.append(handle)
            return


def remove_unused(parent: Path, current: str) -> None:
    """Remove the versions that no process has started with for a month, and none uses now."""
    oldest = time.time() - _MONTH
    for folder in parent.iterdir():
        with suppress(OSError):  # another process removes it too, or uses it
            if folder.name != current and folder.is_dir() and folder.stat().st_mtime < oldest:
                _remove(folder, oldest)


def _remove(folder: Path, oldest: float) -> None:
    lock = folder.with_name(f".{folder.name}.lock")
    handle = _locked(lock, alone=True)
    if handle is None:
        return
    try:
        # again, now that no process can begin to use it
        if folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)
        lock.unlink(missing_ok=True)
    finally:
        os.close(handle)


def _locked(path: Path, *, alone: bool) -> int | None:
    """Return an open lock; None when its file was removed meanwhile, or there are none.

    Raises BlockingIOError when another process has it.
    """
    if fcntl is None:
        raise OSError("This system has no locks of files.")
    handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
    try:
        fcntl.flock(handle, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
        if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
            return handle
    except OSError:
        os.close(handle)
        raise
    os.close(handle)
    return None
