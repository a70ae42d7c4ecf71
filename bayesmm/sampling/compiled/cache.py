"""Where the machine code of this version is kept between processes.

What numba keeps is a pickle: reading it runs code. So the folder is used only when it is a real
folder of this user that nobody else can open.
"""

import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bayesmm.sampling.compiled.private_folder import make_private
from bayesmm.sampling.compiled.source_digest import digest_of
from bayesmm.sampling.compiled.versions_in_use import hold, remove_unused

__all__ = ["cache_folder"]


def cache_folder() -> Path:
    """Return the folder of the machine code of this version, made if need be.

    In the user's ``NUMBA_CACHE_DIR``, else in the user's folder for caches, else in the folder
    for temporary files; the first that can be private and written. Its name holds the version of
    the package and a digest of the kernels, because numba notices a change of the file of a
    function but not of the files of the functions that it calls. Every process finds the same.
    """
    return _settled(tuple(_places()), f"{_package_version()}-{_source_digest()}")


@cache
def _settled(places: tuple[tuple[Path, str], ...], name: str) -> Path:
    """Return the first folder of that name that can be had; a process asks once."""
    for above, own in places:
        parent = above / own
        if not all(make_private(level.parent, level.name) for level in _levels(above, own)):
            continue
        hold(parent, name)
        if make_private(parent, name) and _writable(parent / name):
            os.utime(parent / name)
            remove_unused(parent, name)
            return parent / name
    return _of_this_process()


def _places() -> Iterator[tuple[Path, str]]:
    """Yield where the folders of all versions can be: the folder above, and our names in it."""
    chosen = os.environ.get("NUMBA_CACHE_DIR")
    if chosen:
        yield Path(chosen).absolute(), "bayesmm"
    users = _user_cache()
    if users is not None:
        yield users, "bayesmm/numba"
    try:
        yield Path(tempfile.gettempdir()).absolute(), f"bayesmm-{_user_id()}"
    except FileNotFoundError:
        return


def _levels(above: Path, own: str) -> Iterator[Path]:
    """Yield our folders below another's, the highest first."""
    for part in Path(own).parts:
        above = above / part
        yield above


def _of_this_process() -> Path:
    """Return a folder that ends with this process: none that lasts can be had."""
    folder = Path(tempfile.mkdtemp(prefix="bayesmm-numba-"))
    made_by = os.getpid()

    def remove() -> None:
        if os.getpid() == made_by:  # not at the end of a forked child
            shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    return folder


def _user_cache() -> Path | None:
    """Return the platform's folder for caches of this user, if the user has a home."""
    variable = {"win32": "LOCALAPPDATA", "darwin": ""}.get(sys.platform, "XDG_CACHE_HOME")
    below = {"win32": "AppData/Local", "darwin": "Library/Caches"}.get(sys.platform, ".cache")
    named = Path(os.environ.get(variable, ""))
    if named.is_absolute():
        return named
    try:
        home = Path.home()
    except RuntimeError:  # neither HOME nor an entry of this user
        return None
    return home / below if home.is_absolute() else None


def _user_id() -> str:
    """Return what tells users of one temporary folder apart."""
    return str(os.getuid()) if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")


def _writable(folder: Path) -> bool:
    """Return whether files can be made in a folder."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


@cache
def _package_version() -> str:
    """Return the installed version, or ``"source"`` when run from a checkout; looked up once."""
    try:
        return version("bayesmm")
    except PackageNotFoundError:
        return "source"


@cache
def _source_digest() -> str:
    """Return a short digest of all kernel sources, by name."""
    return digest_of(Path(__file__).parent)
