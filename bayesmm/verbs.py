"""Functions that are imported when they are called: what a record can be asked is no part of it.

A fit has some fifty verbs, whose modules take longer to import than a fit takes to sample; most
programs call three of them.
"""

from collections.abc import Callable, Collection, Iterator
from importlib import import_module
from typing import Any

__all__ = ["Verbs"]


class Verbs(Collection[str]):
    """Functions by name, each imported when it is asked for.

    `homes` says by its name here the module and the name of each,
    ``"bayesmm.results.tables.coef:coef"``.
    """

    def __init__(self, **homes: str) -> None:
        self._homes = homes

    def __contains__(self, name: object) -> bool:
        """Return whether there is a function of that name."""
        return name in self._homes

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._homes)

    def __len__(self) -> int:
        """Return how many functions there are."""
        return len(self._homes)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the function of that name."""
        if name.startswith("_") or name not in self._homes:
            raise AttributeError(f"there is no function '{name}'", name=name, obj=self)
        module, _, own = self._homes[name].partition(":")
        return getattr(import_module(module), own)
