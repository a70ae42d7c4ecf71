"""Running scripts of R, where it is installed."""

import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["needs_r", "run_r"]

_RSCRIPT = shutil.which("Rscript")

needs_r = pytest.mark.skipif(_RSCRIPT is None, reason="no Rscript on the PATH")


def run_r(script: str, folder: Path) -> str:
    """Return what a script prints that runs in a folder; skip where it lacks a package."""
    (folder / "script.R").write_text(script, encoding="utf-8")
    done = subprocess.run(
        [_RSCRIPT, "script.R"], cwd=folder, capture_output=True, text=True, check=False
    )
    if "there is no package called" in done.stderr:
        pytest.skip(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stderr
    return done.stdout
