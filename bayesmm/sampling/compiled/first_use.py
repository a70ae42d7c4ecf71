"""The wait of the first use: compiling is announced, and `warm_up` does it ahead."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from bayesmm.sampling.compiled.ahead import OF_SECOND, PIECES, beside, compile_piece
from bayesmm.sampling.compiled.cache import cache_folder
from bayesmm.sampling.compiled.collapsed.engine import KINDS
from bayesmm.sampling.compiled.ready import has_ready_code
from bayesmm.writing import tell as to_standard_error

__all__ = ["JOINT", "LEFT_OUT_GROUPS", "announced", "is_warm", "warm_up"]

# The kind of what `loo` and `check` ask of groups.
LEFT_OUT_GROUPS = "gaussian response, groups left out"

# The kind of all models that the joint density takes; the rows of a family take half a second.
JOINT = "any response, effects sampled"

_ALL = "everything"


@contextmanager
def announced(
    name: str,
    tell: Callable[[str], None] = to_standard_error,
    *,
    seconds: str = "10 to 20 s",
    second_process: Sequence[str] = (),
) -> Iterator[None]:
    """Say, once per machine, that the code of a kind of model is being compiled.

    Parameters
    ----------
    name : str
        The kind, as in ``"gaussian response"``.
    tell : callable
        Takes the message; standard error by default.
    seconds : str
        How long it takes.
    second_process : sequence of str
        Names in ``ahead.PIECES``: what a second process compiles meanwhile.
    """
    marker = None if has_ready_code() else _marker(name)
    if marker is None or marker.exists():
        yield
        return
    tell(f"compiling the density of models with {name}, once on this machine ({seconds})")
    with beside(second_process):
        yield
    with suppress(OSError):  # a full disk costs another message, not the fit
        marker.touch()


def _marker(name: str) -> Path:
    """Return the file that says that a kind is compiled for these versions."""
    python = ".".join(map(str, sys.version_info[:2]))
    slug = "".join(c if c.isalnum() else "-" for c in name)
    return cache_folder() / f"{slug}.numba-{version('numba')}.python-{python}"


def warm_up(tell: Callable[[str], None] = to_standard_error) -> None:
    """Compile every density that the compiled engine has, unless it is compiled already.

    Two processes share the work where there are two cores.

    Parameters
    ----------
    tell : callable
        Takes one line per piece of code, with its time.
    """
    if has_ready_code():
        tell("the package came with machine code for this processor: nothing to compile")
        return
    with beside(OF_SECOND, tell) as finished:
        for piece in PIECES:
            if piece not in OF_SECOND:
                compile_piece(piece, tell)
        if not finished():
            for piece in OF_SECOND:
                compile_piece(piece, tell)
    for name in (*KINDS, LEFT_OUT_GROUPS, JOINT, _ALL):
        with announced(name, tell=lambda _message: None):
            pass


def is_warm() -> bool:
    """Return whether `warm_up` has compiled everything for these versions."""
    return has_ready_code() or _marker(_ALL).exists()
