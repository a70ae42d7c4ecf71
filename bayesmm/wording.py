"""What an argument is called by whoever reads a message: in Python, or on the command line.

Messages name arguments through `option`, and what only one of the two can do through `either`; the
program that asked says, by `speaking`, how its readers write them.
``tests/test_wording.py`` finds a message that writes an argument by itself, and
``tests/test_cli_mistakes.py`` makes every kind of mistake in every command.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from bayesmm.errors import UsageError, refuse_unknown

__all__ = [
    "NAMED",
    "PYTHON",
    "Wording",
    "check_prob",
    "either",
    "option",
    "refuse_other",
    "speaking",
]

# Stands for the value of an argument that is only named.
NAMED = object()


class Wording(Protocol):
    """How arguments are written."""

    def option(self, name: str, value: object) -> str:
        """Return an argument with its value, or its name where the value is `NAMED`."""

    def either(self, python: str, command_line: str) -> str:
        """Return the text that is for these readers."""


class _Python:
    """``who='new group'``; an ellipsis is a value that the reader has to choose."""

    def option(self, name: str, value: object) -> str:
        """Return ``name=value``."""
        if value is NAMED:
            return name
        if isinstance(value, dict):
            parts = (f"{k!r}: {'...' if v is ... else repr(v)}" for k, v in value.items())
            return f"{name}={{{', '.join(parts)}}}"
        return f"{name}={'...' if value is ... else repr(value)}"

    def either(self, python: str, command_line: str) -> str:
        """Return the first."""
        return python


PYTHON: Wording = _Python()
_SPOKEN: ContextVar[Wording] = ContextVar("wording", default=PYTHON)


def option(name: str, value: object = NAMED) -> str:
    """Return an argument as the reader writes it: ``who='new group'``, ``--who 'new group'``.

    ``...`` is a value to choose, a dict holds values by name. Without one the argument is only
    named.
    """
    return _SPOKEN.get().option(name, value)


def either(python: str, command_line: str) -> str:
    """Return what to tell who writes Python, or who types a command."""
    return _SPOKEN.get().either(python, command_line)


def refuse_other(name: str, value: str, possible: Collection[str]) -> None:
    """Raise for a value of an argument that is none of the possible ones."""
    refuse_unknown(value, possible, f"{option(name)} is {value!r}.", "Possible")


def check_prob(prob: float) -> None:
    """Raise when no interval has this probability."""
    if not 0 < prob < 1:
        raise UsageError(
            f"{option('prob')} is {prob}; an interval needs a probability between 0 and 1."
        )


@contextmanager
def speaking(wording: Wording) -> Iterator[None]:
    """Let messages be written in these words."""
    before = _SPOKEN.set(wording)
    try:
        yield
    finally:
        _SPOKEN.reset(before)
