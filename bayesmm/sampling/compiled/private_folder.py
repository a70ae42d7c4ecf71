"""Folders that belong to this user and that nobody else can open."""

import os
import shutil
import stat
from pathlib import Path

__all__ = ["make_private"]

_OWN, _OTHERS_WRITE = 0o700, 0o022


def make_private(parent: Path, name: str) -> bool:
    """Make a folder that only this user can open; return whether it is one.

    `parent` is made where it is missing, as are the folders above it, for this user alone whatever
    the umask; what exists stays as it is. What has the `name` in it already must be a real folder
    of this user. Others lose their rights to it; what they could have written into it is removed.
    """
    try:
        for folder in reversed([parent, *parent.parents]):
            _make(folder)
        folder = parent / name
        _make(folder)
        return _closed_to_others(folder)
    except OSError:
        return False


def _make(folder: Path) -> None:
    if not folder.exists():
        try:
            os.mkdir(folder, _OWN)
        except FileExistsError:  # another process was faster, or a link that leads nowhere
            return
        if os.name != "nt":
            os.chmod(folder, _OWN)  # the umask may have taken rights from the owner too


def _closed_to_others(folder: Path) -> bool:
    if os.name == "nt":  # the rights of a profile are inherited
        return folder.is_dir()
    try:
        handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:
        return False
    try:
        status = os.fstat(handle)
        if status.st_uid != os.geteuid():
            return False
        rights = stat.S_IMODE(status.st_mode) & 0o777
        if rights != _OWN:
            os.fchmod(handle, _OWN)
        if rights & _OTHERS_WRITE:
            _empty(folder)
        return stat.S_IMODE(os.fstat(handle).st_mode) & 0o777 == _OWN
    finally:
        os.close(handle)


def _empty(folder: Path) -> None:
    for path in folder.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()
