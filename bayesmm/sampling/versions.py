"""Versions of the packages that a result depends on."""

import sys
from functools import cache
from importlib.metadata import PackageNotFoundError, version

__all__ = ["library_version", "versions"]

_PACKAGES = ("bayesmm", "numpy", "pandas", "numba", "nutpie", "pymc", "bambi", "arviz", "mixedlm")


@cache
def library_version(name: str) -> str:
    """Return the installed version of a package, or ``"not installed"``.

    A source tree on the path that was never installed has no metadata: that is no fault.
    """
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"


def versions() -> dict[str, str]:
    """Return the version of Python and of each package that takes part in a fit."""
    python = ".".join(str(part) for part in sys.version_info[:3])
    return {"python": python} | {name: library_version(name) for name in _PACKAGES}
