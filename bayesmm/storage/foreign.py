"""What of a saved fit's folder is not ours: kept when the fit is replaced."""

import os
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bayesmm.saved_folder import DATA, DRAWS, RECORD, SUMS

__all__ = ["MARKER", "OURS", "bring_over", "discard", "link_foreign"]

# Stands in a folder that is not finished, or that is being removed.
MARKER = ".unfinished"
OURS = (RECORD, DATA, DRAWS, SUMS, MARKER)  # the record first: without it nothing loads


def link_foreign(former: Path, folder: Path) -> None:
    """Put the files of others, and the rights, of a former folder into one that replaces it.

    They are the same files under a second name, so neither a kill nor a change of them between
    now and the replacement loses anything.
    """
    shutil.copymode(former, folder)
    for entry in _foreign(former):
        _link(entry, folder / entry.name)


def bring_over(former: Path, target: Path) -> None:
    """Move what others put into a former folder since, or what could only be copied.

    When the disk refuses, an `OSError`, it stays where it is.
    """
    with suppress(FileNotFoundError):  # another save found all of it in the target
        for entry in _foreign(former):
            _move(entry, target / entry.name)


def discard(folder: Path, target: Path) -> None:
    """Remove a folder of ours; what is in it of others stays unless the target has the same."""
    with suppress(OSError):  # what cannot be removed now is found by the next save
        (folder / MARKER).touch()
        for name in OURS[:-1]:
            _remove(folder / name)
        for entry in _foreign(folder):
            _remove_twin(entry, target / entry.name)
        if os.listdir(folder) == [MARKER]:
            (folder / MARKER).unlink()
            folder.rmdir()


def _foreign(folder: Path) -> Iterator[Path]:
    return iter([entry for entry in folder.iterdir() if entry.name not in OURS])


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def _link(source: Path, new: Path) -> None:
    if _is_folder(source):
        new.mkdir(exist_ok=True)
        for entry in list(source.iterdir()):
            _link(entry, new / entry.name)
        shutil.copystat(source, new)
    elif source.is_symlink():
        if not new.is_symlink():
            new.symlink_to(os.readlink(source))
    elif not (os.path.lexists(new) and source.samefile(new)):
        new.unlink(missing_ok=True)
        try:
            os.link(source, new)
        except OSError:  # a disk without second names
            shutil.copy2(source, new)


def _move(source: Path, new: Path) -> None:
    if _is_folder(source) and _is_folder(new):
        for entry in list(source.iterdir()):
            _move(entry, new / entry.name)
    elif not _is_twin(source, new):
        source.replace(new)


def _remove_twin(source: Path, other: Path) -> None:
    """Remove what the other folder has too, and no more."""
    if _is_folder(source):
        for entry in list(source.iterdir()):
            _remove_twin(entry, other / entry.name)
        if other.is_dir() and not any(source.iterdir()):
            source.rmdir()
    elif _is_twin(source, other):
        source.unlink()


def _is_twin(source: Path, other: Path) -> bool:
    if not os.path.lexists(other):
        return False
    if source.is_symlink():
        return other.is_symlink() and os.readlink(source) == os.readlink(other)
    return os.path.samestat(source.lstat(), other.lstat())


def _remove(path: Path) -> None:
    if _is_folder(path):
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
