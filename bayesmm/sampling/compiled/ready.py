"""Machine code that came with the package: a shared library beside this file, in wheels only.

It is used when it is of these very sources, when the processor has the instructions that it was
made for, and when it gives the stored results of its stored cases, bit for bit. Otherwise numba
compiles what is needed, as in a checkout.
"""

import ctypes
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bayesmm.sampling.compiled.source_digest import digest_of
from bayesmm.sampling.compiled.stored_case import StoredCase, read_cases

__all__ = [
    "FOLDER",
    "ReadyCode",
    "digest_of_sources",
    "has_ready_code",
    "load_code",
    "ready_address",
]

FOLDER = Path(__file__).with_name("machine_code")
_PROCESSOR = Path("/proc/cpuinfo")


@dataclass(frozen=True, slots=True, eq=False)
class ReadyCode:
    """A loaded library."""

    library: ctypes.CDLL  # its code
    symbols: Mapping[str, str]  # name of a function, see `code.c_address`, to that of its symbol

    def address(self, name: str) -> int | None:
        """Return the address of a function, None when the library has none of that name."""
        if name not in self.symbols:
            return None
        return ctypes.cast(self.library[self.symbols[name]], ctypes.c_void_p).value


def ready_address(name: str) -> int | None:
    """Return the address of a ready function, None when it has to be compiled."""
    code = _loaded()
    return None if code is None else code.address(name)


def has_ready_code() -> bool:
    """Return whether the package came with machine code that can be used here."""
    return _loaded() is not None


@cache
def _loaded() -> ReadyCode | None:
    return load_code(FOLDER)


def digest_of_sources() -> str:
    """Return the digest of all that machine code is made of: kernels, and densities of families."""
    here = Path(__file__).parent
    return digest_of(here, here.parents[1] / "family")


def load_code(folder: Path) -> ReadyCode | None:
    """Return the code in a folder, None when there is none or one of its checks fails.

    The folder has ``manifest.json``, the library that it names, and ``cases.npz``.
    """
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    if manifest["sources"] != digest_of_sources() or not _can_run(manifest["instructions"]):
        return None
    path = folder / manifest["library"]
    if hashlib.sha256(path.read_bytes()).hexdigest() != manifest["sha256"]:
        return None
    try:
        library = ctypes.CDLL(str(path))
    except OSError:  # made for another C library
        return None
    code = ReadyCode(library, manifest["symbols"])
    return code if _same_bits(code, read_cases(folder / "cases.npz")) else None


def _can_run(instructions: Iterable[str]) -> bool:
    """Return whether the processor has sets of instructions, in the names of the kernel."""
    try:
        with _PROCESSOR.open(encoding="utf-8") as lines:
            flags = next((line for line in lines if line.startswith("flags")), "")
    except OSError:  # not Linux
        return False
    return set(instructions) <= set(flags.partition(":")[2].split())


def _same_bits(code: ReadyCode, cases: Iterable[StoredCase]) -> bool:
    """Return whether the code gives the stored results."""
    return all(case.matches(code.address) for case in cases)
