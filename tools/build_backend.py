"""Hatchling, with what a wheel of machine code needs to be built, and an editable one does not."""

import tomllib
from pathlib import Path
from typing import Any

from hatchling.build import (
    build_editable,
    build_sdist,
    build_wheel,
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
)
from hatchling.build import get_requires_for_build_wheel as _of_hatchling

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
]

# What the kernels import when they are compiled, in the versions of the package.
_NEEDED = ("arro3-core", "numba", "numpy", "pandas", "scipy", "threadpoolctl")


def get_requires_for_build_wheel(config_settings: dict[str, Any] | None = None) -> list[str]:
    """Return the requirements of a wheel."""
    project = tomllib.loads(Path("pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = [d for d in project["dependencies"] if d.startswith(_NEEDED)]
    return [*_of_hatchling(config_settings), *needed]
