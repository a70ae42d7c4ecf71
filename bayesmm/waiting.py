"""What a terminal shows while one waits: the reason and the seconds, gone when it is over."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from time import perf_counter

__all__ = ["waiting"]

_ERASED = "\r\x1b[K"


@contextmanager
def waiting(reason: str, *, after: float = 1.0, every: float = 1.0) -> Iterator[None]:
    """Show on standard error, if a terminal watches it, why it takes long and how long so far.

    `reason` is as in ``"loading libraries"``; it is shown `after` some seconds, and changes `every`
    so many.
    """
    if not _watched():
        yield
        return
    over = Event()
    counting = Thread(target=_count, args=(reason, after, every, over), daemon=True)
    counting.start()
    try:
        yield
    finally:
        over.set()
        counting.join()


def _watched() -> bool:
    try:
        return sys.stderr.isatty()
    except (AttributeError, ValueError):  # no standard error, or a closed one
        return False


def _count(reason: str, after: float, every: float, over: Event) -> None:
    """Write the line again and again until it is over, then erase it."""
    began, shown = perf_counter(), False
    pause = after
    while not over.wait(pause):
        shown, pause = True, every
        _write(f"{_ERASED}bayesmm: {reason}, {perf_counter() - began:.0f} s")
    if shown:
        _write(_ERASED)


def _write(text: str) -> None:
    with suppress(OSError, ValueError, AttributeError):  # nobody listens
        sys.stderr.write(text)
        sys.stderr.flush()
