"""A digest of sources, by which machine code is known to be of them."""

import hashlib
from pathlib import Path

__all__ = ["digest_of"]


def digest_of(*folders: Path) -> str:
    """Return a short digest of all Python files in folders, by name and content."""
    digest = hashlib.sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*.py")):
            content = hashlib.sha256(path.read_bytes()).hexdigest()
            digest.update(f"{path.relative_to(folder).as_posix()}\n{content}\n".encode())
    return digest.hexdigest()[:12]
