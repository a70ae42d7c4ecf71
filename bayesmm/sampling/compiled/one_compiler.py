"""One process compiles a function: others that need it meanwhile wait, and load it then."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bayesmm.sampling.compiled.cache import cache_folder

try:
    import fcntl
except ImportError:  # Windows: each process compiles what it needs
    fcntl = None

__all__ = ["one_compiler"]


@contextmanager
def one_compiler(name: str) -> Iterator[None]:
    """Hold the lock of a function, by its name; without locks of files, nothing is held.

    The lock of a process that ends is given up by the system.
    """
    handle = None
    if fcntl is not None:
        with suppress(OSError):  # a file system without locks: the same code is made twice
            handle = os.open(cache_folder() / f"{name}.lock", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)
