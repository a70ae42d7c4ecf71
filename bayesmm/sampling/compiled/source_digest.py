"""A digest of sources, by which machine code is known to be of them."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

__all__ = ["digest_of"]


def digest_of(*folders: Path) -> str:
    """Return a short digest of all Python files in folders, by name and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for parts in sorted(_python_files(str(folder))):
            with open(os.path.join(folder, *parts), "rb") as file:
                content = hashlib.sha256(file.read()).hexdigest()
            digest.update(f"{'/'.join(parts)}\n{content}\n".encode())
    return digest.hexdigest()[:12]


def _python_files(folder: str, *above: str) -> Iterator[tuple[str, ...]]:
    """Yield the Python files below a folder, each as the names of its folders and its own.

    Every process asks, and objects of pathlib take twice as long as reading the files.
    """
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                yield from _python_files(entry.path, *above, entry.name)
            elif entry.name.endswith(".py"):
                yield (*above, entry.name)
