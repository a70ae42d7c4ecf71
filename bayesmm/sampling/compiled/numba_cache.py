"""The only door to numba's cache: functions of this package are kept in a folder of their own.

``@njit(cache=True)`` asks numba's locators, one after another, where a function is kept. Ours is
the first and answers for the files of this package alone, whatever ``NUMBA_CACHE_DIR`` says; for
those of all other packages it has no answer, so nothing changes for them. Every process that
imports the kernels registers it, so worker processes need no variable of the environment.
Everything used of numba is listed in `PRIVATE_SURFACE`.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

import numba
from numba.core.caching import CacheImpl, UserProvidedCacheLocator

from bayesmm.sampling.compiled.cache import cache_folder
from bayesmm.sampling.compiled.private_folder import make_private

__all__ = ["keep_apart"]

# Class -> members used here; the contract test fails when one is gone.
PRIVATE_SURFACE: Mapping[str, tuple[str, ...]] = {
    "CacheImpl": ("_locator_classes",),
    "UserProvidedCacheLocator": (
        "from_function",
        "get_cache_path",
        "get_disambiguator",
        "get_source_stamp",
        "get_suitable_cache_subpath",
    ),
}

_HERE = Path(__file__).parent


class VersionLocator(UserProvidedCacheLocator):
    """Where a function of this package is kept: in the folder of this version of the kernels."""

    def __init__(self, py_func: Callable, py_file: str) -> None:
        self._py_file = py_file
        self._lineno = py_func.__code__.co_firstlineno
        self._folder = cache_folder()
        self._below = self.get_suitable_cache_subpath(py_file)
        self._cache_path = str(self._folder / self._below)

    @classmethod
    def from_function(cls, py_func: Callable, py_file: str) -> "VersionLocator | None":
        """Return the place of a function of this package; None for any other."""
        if _HERE not in Path(py_file).absolute().parents:
            return None
        found = cls(py_func, py_file)
        found.ensure_cache_path()
        return found

    def ensure_cache_path(self) -> None:
        """Make the folder, for this user alone."""
        if not make_private(self._folder, self._below):
            raise OSError(f"'{self._cache_path}' cannot be had by this user alone.")


def keep_apart() -> None:
    """Keep the machine code of this package in `cache_folder`, and that of no other."""
    if VersionLocator not in CacheImpl._locator_classes:
        CacheImpl._locator_classes.insert(0, VersionLocator)
    # A user who names locators replaces numba's list; ours answers for nobody else there too.
    named = numba.config.CACHE_LOCATOR_CLASSES
    ours = f"{VersionLocator.__module__}.{VersionLocator.__qualname__}"
    if named and ours not in named.split(","):
        numba.config.CACHE_LOCATOR_CLASSES = f"{ours},{named}"
