"""Methods that answer by a function have its documentation, all of it, in ``help``."""

import inspect
import re
from collections.abc import Callable, Collection
from typing import Any

from bayesmm.verbs import Verbs

__all__ = ["documented_by"]

_SECTION = re.compile(
    r"^Parameters\n-+\n(?P<entries>.*?)(?=^\w+\n-+\n|\Z)", re.MULTILINE | re.DOTALL
)
_ENTRY = re.compile(r"^(?P<names>\S[^:\n]*?) : .*\n(?:(?:[ ].*)?\n)*", re.MULTILINE)


def documented_by[C: type](verbs: Verbs) -> Callable[[C], C]:
    """Return a decorator that gives methods the docstrings of the functions they call.

    Parameters that the method does not have, such as ``fit``, are left out. The docstring is there
    when the method is first looked at, for it is in the module of the function.

    The functions are by the name of the method.
    """

    def decorated(owner: C) -> C:
        for name in verbs:
            setattr(owner, name, _Undocumented(owner, name, vars(owner)[name], verbs))
        return owner

    return decorated


class _Undocumented:
    """A method before anybody has looked at it; afterwards the class has the method itself."""

    __slots__ = ("_method", "_name", "_owner", "_verbs")

    def __init__(self, owner: type, name: str, method: Callable[..., Any], verbs: Verbs) -> None:
        self._owner, self._name, self._method, self._verbs = owner, name, method, verbs

    def __get__(self, instance: object, owner: type | None = None) -> Callable[..., Any]:
        """Return the method with its documentation, as a class returns its functions."""
        method = self._method
        text = inspect.getdoc(getattr(self._verbs, self._name)) or ""
        method.__doc__ = _of_method(text, inspect.signature(method).parameters)
        setattr(self._owner, self._name, method)
        return method.__get__(instance, owner)


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
