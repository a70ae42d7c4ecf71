"""Where machine code is kept between processes."""

import hashlib
import os
import shutil
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["cache_folder", "use_cache"]

_MONTH = 30 * 24 * 3600.0


def cache_folder() -> Path:
    """Return the folder of the compiled densities of this version, made if need be.

    The user's cache folder when it can be written, else a temporary one. Its name holds the
    package version and a digest of the kernels, because numba notices a change of the file of a
    function but not of the files of the functions that it calls.
    """
    name = f"{_package_version()}-{_source_digest()}"
    for parent in (_user_cache(), Path(tempfile.gettempdir()) / f"bayesmm-{_user_id()}"):
        folder = parent / "numba" / name
        if _writable(folder):
            _remove_unused(folder)
            return folder
    # Neither can be written: code lives as long as the process.
    return Path(tempfile.mkdtemp(prefix="bayesmm-numba-"))


def use_cache() -> Path:
    """Point numba to `cache_folder` unless the user chose ``NUMBA_CACHE_DIR``; return the folder.

    Worker processes inherit the choice through the environment.
    """
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        return Path(chosen)
    folder = cache_folder()
    os.environ["NUMBA_CACHE_DIR"] = str(folder)
    loaded = sys.modules.get("numba")
    if loaded is not None and not loaded.config.CACHE_DIR:
        loaded.config.CACHE_DIR = str(folder)
    return folder


def _user_cache() -> Path:
    """Return the platform's folder for caches of this user."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "bayesmm"


def _user_id() -> str:
    """Return what tells users of one temporary folder apart."""
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


def _writable(folder: Path) -> bool:
    """Return whether files can be made in `folder`, which is made if need be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def _remove_unused(current: Path) -> None:
    """Remove the folders of versions that no process has used for a month."""
    os.utime(current)
    oldest = time.time() - _MONTH
    for folder in current.parent.iterdir():
        if folder.is_dir() and folder.stat().st_mtime < oldest:
            shutil.rmtree(folder, ignore_errors=True)


def _package_version() -> str:
    """Return the installed version, or ``"source"`` when run from a checkout."""
    try:
        return version("bayesmm")
    except PackageNotFoundError:
        return "source"


def _source_digest() -> str:
    """Return a short digest of all kernel sources."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
