"""Standard output that nobody reads, or that is full: no reason to lose what was computed."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

__all__ = ["finish", "prepare_streams", "refused", "standard_output"]

_REFUSALS = frozenset(
    getattr(errno, name) for name in ("EPIPE", "ENOSPC", "EDQUOT", "EFBIG", "EIO", "EBADF")
    if hasattr(errno, name)
)  # fmt: skip
# Why the first text was lost; a reader who has seen enough, as ``head`` has, is no reason.
_lost: list[OSError] = []


def prepare_streams() -> None:
    """Give the program streams that it can write to, whatever it was started with.

    A closed stream is as one that nobody reads; what the encoding of a stream has not is written
    as an escape.
    """
    _lost.clear()
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
        with suppress(AttributeError, OSError):  # what stands in for it has no encoding
            getattr(sys, name).reconfigure(errors="backslashreplace")


@contextmanager
def standard_output() -> Iterator[None]:
    """Go on when standard output refuses a text; all that follows goes nowhere."""
    try:
        yield
    except OSError as problem:
        if not refused(problem):
            raise


def refused(problem: BaseException | None) -> bool:
    """Return whether an error is that standard output took no more; then let it lead nowhere."""
    of_a_stream = isinstance(problem, OSError) and problem.filename is None
    if not of_a_stream or problem.errno not in _REFUSALS:
        return False
    if problem.errno != errno.EPIPE:
        _lost.append(problem)
    _close()
    return True


def finish() -> OSError | None:
    """Write what waits in standard output; return why not all of it was written."""
    with standard_output():
        sys.stdout.flush()
    return _lost[0] if _lost else None


def _close() -> None:
    """Let standard output lead nowhere: what waits in it would fail again at the end."""
    with suppress(OSError, ValueError, AttributeError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, sys.stdout.fileno())
        os.close(nowhere)
