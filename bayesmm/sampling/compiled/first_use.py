"""The wait of the first use: compiling is announced, once per machine."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib.metadata import version
from pathlib import Path

from bayesmm.sampling.compiled.ahead import compiling_beside
from bayesmm.sampling.compiled.cache import cache_folder
from bayesmm.sampling.compiled.ready import has_ready_code
from bayesmm.writing import tell as to_standard_error

__all__ = ["EVERYTHING", "JOINT", "LEFT_OUT_GROUPS", "announced", "is_compiled", "mark_compiled"]

# The kind of what `loo` and `check` ask of groups.
LEFT_OUT_GROUPS = "gaussian response, groups left out"

# The kind of all models that the joint density takes; the rows of a family take half a second.
JOINT = "any response, effects sampled"

# All that `warm_up` compiles.
EVERYTHING = "everything"


@contextmanager
def announced(
    name: str,
    tell: Callable[[str], None] = to_standard_error,
    *,
    seconds: str = "10 to 20 s",
    second_process: Sequence[str] = (),
) -> Iterator[None]:
    """Say, once per machine, that the code of a kind of model is being compiled.

    The message has the `name` of the kind, as in ``"gaussian response"``, and how many `seconds` it
    takes. `second_process` are names in ``ahead.PIECES``: what is compiled meanwhile.
    """
    if is_compiled(name):
        yield
        return
    tell(f"compiling the density of models with {name}, once on this machine ({seconds})")
    with compiling_beside(second_process):
        yield
    mark_compiled(name)


def mark_compiled(name: str) -> None:
    """Remember that a kind of model is compiled for these versions."""
    with suppress(OSError):  # a full disk costs another message, not the fit
        _marker(name).touch()


def _marker(name: str) -> Path:
    """Return the file that says that a kind is compiled for these versions."""
    python = ".".join(map(str, sys.version_info[:2]))
    slug = "".join(c if c.isalnum() else "-" for c in name)
    return cache_folder() / f"{slug}.numba-{version('numba')}.python-{python}"


def is_compiled(name: str) -> bool:
    """Return whether a kind of model is compiled for these versions, or came with the package."""
    return has_ready_code() or _marker(name).exists()
