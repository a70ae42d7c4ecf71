"""Versions of the packages, and the processor, that a result depends on."""

import platform
import sys
from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["PROCESSOR", "library_version", "other_versions", "processor", "versions"]

# No package: sums and special functions of another processor round differently.
PROCESSOR = "processor"

_PACKAGES = ("bayesmm", "numpy", "pandas", "numba", "nutpie", "pymc", "bambi", "arviz")


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
    """Return the version of Python and of each package that takes part in a fit.

    Under ``"processor"`` the processor: libraries take the fastest instructions that it has, so
    that the last digits of draws, and with them chains after some hundred steps, are its own.
    """
    python = ".".join(str(part) for part in sys.version_info[:3])
    packages = {name: library_version(name) for name in _PACKAGES}
    return {"python": python} | packages | {PROCESSOR: processor()}


def other_versions(then: Mapping[str, str], verb: str = "sampled") -> tuple[str, ...]:
    """Return what differs here: ``("numpy 2.4.1 (sampled with 2.3.0)",)``.

    `then` is from `versions`, of another time or machine, and `verb` what was done then.
    """
    here = versions()
    return tuple(
        f"{name} {here[name]} ({verb} with {version})"
        for name, version in then.items()
        if name in here and here[name] != version
    )


@cache
def processor() -> str:
    """Return the name of the processor, or of its kind where the system has no other."""
    try:
        with Path("/proc/cpuinfo").open(encoding="utf-8", errors="replace") as lines:
            for line in lines:
                key, _, name = line.partition(":")
                if key.strip() == "model name" and name.strip():
                    return " ".join(name.split())
    except OSError:  # not Linux
        pass
    return platform.processor() or platform.machine() or "unknown"
