"""What is refused of a folder before anything in it is decoded: links, and forged sizes.

The checksums of a saved fit show damage, not intent: whoever forges a folder writes checksums
that fit. So nothing may be outside the folder, and no file may unpack to far more than it holds.
"""

import os
import stat
from pathlib import Path

from bayesmm.errors import SavedFitError
from bayesmm.saved_folder import DATA, DRAWS, RECORD, SUMS

__all__ = ["refuse_bombs", "refuse_links", "refuse_links_within", "size_on_disk"]

# A part may unpack to this, and to so many times the bytes that it has on the disk: draws are
# hardly compressible, and a column of one value in a table of others is.
_FREE, _TIMES = 2**28, 100


def refuse_links(folder: Path) -> None:
    """Raise when a part of a saved fit is, or holds, anything but real files and folders."""
    for name in (RECORD, DATA, SUMS):
        path = folder / name
        if os.path.lexists(path) and not stat.S_ISREG(path.lstat().st_mode):
            raise SavedFitError(f"'{folder}' is damaged: {name} is no file of its own.")
    draws = folder / DRAWS
    if os.path.lexists(draws):
        if not stat.S_ISDIR(draws.lstat().st_mode):
            raise SavedFitError(f"'{folder}' is damaged: {DRAWS} is no folder of its own.")
        refuse_links_within(draws)


def refuse_bombs(path: Path, unpacked: int) -> None:
    """Raise when a part of a saved fit would take far more memory than it has bytes."""
    held = size_on_disk(path)
    if unpacked > _FREE + _TIMES * held:
        raise SavedFitError(
            f"'{path}' has {held:,} bytes and would unpack to {unpacked:,}, as no part of a saved "
            "fit does; it was not read."
        )


def size_on_disk(path: Path) -> int:
    """Return the bytes of a file, or of all files of a folder."""
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(status.st_size for status in (f.lstat() for f in files)
               if stat.S_ISREG(status.st_mode))  # fmt: skip


def refuse_links_within(folder: Path) -> None:
    """Raise when anything in a folder is a link or a special file."""
    folders = [folder]
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(Path(entry.path))
                elif not entry.is_file(follow_symlinks=False):
                    raise SavedFitError(
                        f"'{entry.path}' is a link or a special file, as no saved fit has; "
                        "nothing was read."
                    )
