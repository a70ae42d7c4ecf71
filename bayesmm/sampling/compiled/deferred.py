"""Numba, imported when something has to be compiled: ready code and the command line never need it.

A kernel is a module of decorated functions that name each other. The decorators of
`kernels.inner` make a `Deferred` of each: numba's own object is made when numba first asks for its
type, which is when a function that calls it is compiled.
"""

from collections.abc import Callable
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["Deferred", "Library", "numba"]


@cache
def numba() -> ModuleType:
    """Return numba."""
    return import_module("numba")


class Library:
    """A module that is imported when one of its names is first asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        """Return what the module has by that name."""
        numba()
        return getattr(import_module(self._name), name)


class Deferred:
    """An object of numba's that compiled functions name, made when numba first asks for it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make

    @property
    def made(self) -> Any:
        """The object itself."""
        # No lock: whoever compiles holds that of numba's compiler.
        if "_made" not in vars(self):
            numba()
            self._made = self._make()
        return self._made

    @property
    def _numba_type_(self) -> Any:
        """What numba's `typeof` asks for: the type of the object."""
        typing = import_module("numba.core.registry").cpu_target.typing_context
        if "_type" not in vars(self):
            made = self.made
            typing.refresh()  # an intrinsic that was only now made
            self._type = typing.resolve_value_type(made)
        return self._type

    def __getattr__(self, name: str) -> Any:
        """Return what the object has by that name."""
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.made, name)

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        """Call the object."""
        return self.made(*arguments, **named)
