"""Names of folders given in one step of the system: exchanged, or refused where one is taken."""

import ctypes
import errno
import os
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["exchange", "rename_to_free"]

# From linux/fs.h, fcntl.h and, of macOS, sys/stdio.h.
_HERE, _RENAME_EXCHANGE, _RENAME_SWAP = -100, 2, 2
_NOT_HERE = frozenset({errno.ENOSYS, errno.EINVAL, errno.ENOTSUP, errno.EOPNOTSUPP})
_TAKEN = frozenset({errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR})


def exchange(one: Path, other: Path) -> bool:
    """Let two folders change names, so that at no time either name is without a folder.

    False when this system or this disk cannot; `OSError` when it can, and refuses.
    """
    call = _system_call()
    if call is None:
        return False
    if call(os.fsencode(one), os.fsencode(other)) == 0:
        return True
    number = ctypes.get_errno()
    if number in _NOT_HERE:
        return False
    raise OSError(number, os.strerror(number), str(one), None, str(other))


def rename_to_free(folder: Path, target: Path) -> bool:
    """Rename a folder; return False when something but an empty folder has the name."""
    if os.name == "nt":  # renaming never replaces there, not even an empty folder
        with suppress(OSError):
            target.rmdir()
    try:
        folder.rename(target)  # POSIX: replaces an empty folder, refuses all else
    except OSError as problem:
        if problem.errno in _TAKEN or isinstance(problem, FileExistsError):
            return False
        raise
    return True


@cache
def _system_call() -> Any:
    """Return the call that exchanges two names, of two paths as bytes; None without one."""
    if not sys.platform.startswith(("linux", "darwin")):
        return None
    library = ctypes.CDLL(None, use_errno=True)
    if hasattr(library, "renameat2"):
        rename = library.renameat2
        rename.argtypes = [ctypes.c_int, ctypes.c_char_p] * 2 + [ctypes.c_uint]
        return lambda one, other: rename(_HERE, one, _HERE, other, _RENAME_EXCHANGE)
    if hasattr(library, "renamex_np"):
        rename = library.renamex_np
        rename.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_uint]
        return lambda one, other: rename(one, other, _RENAME_SWAP)
    return None
