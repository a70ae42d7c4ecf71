"""One thread of BLAS, for small matrices: more wait for each other longer than they compute.

On two busy cores the maximum-likelihood fit of the grouse ticks takes 2 processor seconds with one
thread and 32 with two, that of the sleep study 0.011 and 0.10; 20 replicates of the sitka curves
1.5 s and 4.6 to 6.5 s. With one thread the last digits do not depend on the number of cores either.
"""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

__all__ = ["one_blas_thread"]


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Let NumPy's BLAS and SciPy's compute with one thread within a context.

    The number of threads is of the process, not of the Python thread that enters: while any is
    inside it stays at one, and the last one to leave sets it to what the first one found. Who
    imports SciPy inside enters again: only what is loaded is found.
    """
    _ENTRIES.enter()
    try:
        yield
    finally:
        _ENTRIES.leave()


class _Entries:
    """How many are inside, and what is undone when none is any more."""

    def __init__(self) -> None:
        self._lock, self._inside, self._limit = Lock(), 0, ExitStack()
        self._limited: ThreadpoolController | None = None

    def enter(self) -> None:
        with self._lock:
            libraries = _controller("scipy.linalg" in sys.modules)
            if libraries is not self._limited:
                self._limit.enter_context(libraries.limit(limits=1, user_api="blas"))
                self._limited = libraries
            self._inside += 1

    def leave(self) -> None:
        with self._lock:
            self._inside -= 1
            if self._inside == 0:
                self._limit.close()
                self._limited = None


_ENTRIES = _Entries()


@cache
def _controller(with_scipy: bool) -> ThreadpoolController:
    """Return the libraries; looked for once, because it takes 6 ms, and again with SciPy's."""
    return ThreadpoolController()
