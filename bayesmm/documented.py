"""Methods that answer by a function have its documentation, all of it, in ``help``."""

import inspect
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any

__all__ = ["documented_by"]

_SECTION = re.compile(
    r"^Parameters\n-+\n(?P<entries>.*?)(?=^\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL
)
_ENTRY = re.compile(r"^(?P<names>\S[^:\n]*?) : .*\n(?:(?:[ ].*)?\n)*", re.MULTILINE)


def documented_by[C: type](functions: Mapping[str, Callable[..., Any]]) -> Callable[[C], C]:
    """Return a decorator that gives methods the docstrings of the functions they call.

    Parameters that the method does not have, such as ``fit``, are left out.

    The functions are by the name of the method.
    """

    def decorated(owner: C) -> C:
        for name, function in functions.items():
            method = getattr(owner, name)
            text = inspect.getdoc(function) or ""
            method.__doc__ = _of_method(text, inspect.signature(method).parameters)
        return owner

    return decorated


def _of_method(text: str, known: Collection[str]) -> str:
    """Return a docstring with the entries of these parameters alone."""

    def kept(section: re.Match[str]) -> str:
        entries = [
            entry[0]
            for entry in _ENTRY.finditer(section["entries"])
            if {name.strip("* ") for name in entry["names"].split(",")} & set(known)
        ]
        return f"Parameters\n----------\n{''.join(entries).rstrip()}\n\n" if entries else ""

    return _SECTION.sub(kept, f"{text}\n").strip()
