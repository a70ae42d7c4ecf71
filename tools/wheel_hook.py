"""Puts machine code into a wheel that is built on Linux; elsewhere the wheel is of Python alone."""

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from shutil import rmtree, which
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = ["MachineCode"]

_PLACE = "bayesmm/sampling/compiled/machine_code"


class MachineCode(BuildHookInterface):
    """Runs ``tools.machine_code`` before the files of a wheel are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make the code, unless the wheel is that of an editable installation."""
        if version == "editable":
            return
        reason = _reason_against()
        if reason is not None:
            self.app.display_warning(f"A wheel without machine code: {reason}.")
            return
        self._folder = tempfile.mkdtemp()
        command = [sys.executable, "-m", "tools.machine_code", self._folder]
        subprocess.run(command, cwd=self.root, check=True)
        files = sorted(Path(self._folder).iterdir())
        build_data["force_include"] |= {str(file): f"{_PLACE}/{file.name}" for file in files}
        build_data["pure_python"] = False
        library = next(file for file in files if file.suffix == ".so")
        build_data["tag"] = f"py3-none-{_platform(library)}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Remove the code, which the wheel has now."""
        del version, build_data, artifact_path
        if hasattr(self, "_folder"):
            rmtree(self._folder)


def _reason_against() -> str | None:
    """Return why no machine code can be made here, None when it can."""
    flags = Path("/proc/cpuinfo")
    if not flags.exists() or which("cc") is None:
        return "it is made on Linux, with a C compiler for linking"
    try:
        import numba  # noqa: F401, PLC0415

        from tools.machine_code import INSTRUCTIONS, PROCESSOR  # noqa: PLC0415
    except ImportError as error:
        return f"{error}"
    if not set(INSTRUCTIONS) <= set(flags.read_text(encoding="utf-8").split()):
        return f"this processor is not {PROCESSOR}"
    return None


def _platform(library: Path) -> str:
    """Return the platform of a library: the newest version of glibc that it asks for."""
    versions = re.findall(rb"GLIBC_(\d+)\.(\d+)", library.read_bytes())
    major, minor = max((int(a), int(b)) for a, b in versions)
    return f"manylinux_{major}_{minor}_x86_64"
