"""What is measured: effective sample sizes, memory, processes; and where it was measured."""

import atexit
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

__all__ = [
    "ROOT",
    "Clock",
    "Ess",
    "Process",
    "fresh_caches",
    "machine",
    "min_ess",
    "peak_memory",
    "run_process",
    "run_worker",
]

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True, slots=True)
class Ess:
    """The smallest bulk effective sample size of a posterior.

    Attributes
    ----------
    least : float
        The smallest; 0 when a quantity never moved or is not finite.
    quantity : str
        Which quantity has it.
    n_quantities : int
        How many were looked at.
    """

    least: float
    quantity: str
    n_quantities: int


def min_ess(posterior: Any) -> Ess:
    """Return the smallest bulk ESS over every scalar of a posterior, by ArviZ.

    Common effects, sds, auxiliary parameters, each group effect of each level, and each
    correlation once, as the draws have them. ArviZ's own function is used, not the package's, so
    that what is judged does not judge itself.

    Parameters
    ----------
    posterior : xarray.Dataset
        Variables with dimensions ``chain`` and ``draw`` first.
    """
    from arviz_stats.base import array_stats  # noqa: PLC0415  (seconds; a parent needs none of it)

    least, quantity, count = np.inf, "", 0
    for name, variable in posterior.data_vars.items():
        values = variable.transpose("chain", "draw", ...).values
        chains, draws = values.shape[:2]
        values = values.reshape(chains, draws, -1)
        ess = np.atleast_1d(array_stats.ess(values, chain_axis=0, draw_axis=1, method="bulk"))
        count += ess.size
        # a constant has no effective draws, though ArviZ counts all of its draws
        ess = np.where(np.isfinite(ess) & (np.ptp(values, axis=(0, 1)) > 0), ess, 0.0)
        if ess.min() < least:
            least, quantity = float(ess.min()), f"{name}[{ess.argmin()}]" * (ess.size > 1) or name
    return Ess(least, str(quantity), count)


def peak_memory() -> float:
    """Return the largest resident memory of this process so far, in MiB.

    On Linux from the memory map itself: ``ru_maxrss`` also counts what the parent process held
    when it started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text(encoding="ascii").splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    import resource  # noqa: PLC0415  (there is none on Windows)

    unit = 1024**2 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@cache
def _byte_code() -> str:
    """Return a folder for byte code that is removed when this script ends."""
    folder = tempfile.mkdtemp(prefix="benchmark-byte-code-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@dataclass(frozen=True, slots=True)
class Process:
    """A process that has ended: wall time in seconds, exit status, output."""

    seconds: float
    status: int
    output: str


def run_process(
    command: list[str],
    environment: dict[str, str] | None = None,
    limit: float = 600.0,
    at: Path = ROOT,
) -> Process:
    """Run a process from the root of a checkout; status -1 when the limit was reached.

    It keeps the byte code of what it imports, as Python does for users: where that is turned off,
    each import reads the sources anew, which makes ``import bambi`` three times as slow.
    """
    environment = {**os.environ, "PYTHONPATH": str(at), **(environment or {})}
    if environment.pop("PYTHONDONTWRITEBYTECODE", ""):
        environment.setdefault("PYTHONPYCACHEPREFIX", _byte_code())
    began = time.perf_counter()
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment,
        cwd=at,
        start_new_session=True,
    )
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        # the whole group: R samples its chains in processes of their own
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        return Process(time.perf_counter() - began, -1, f"stopped after {limit:.0f} s")
    seconds = time.perf_counter() - began
    status = process.returncode
    return Process(seconds, status, output if status == 0 else errors)


def run_worker(
    task: str, *arguments: str, environment: dict[str, str] | None = None, limit: float = 600.0
) -> dict[str, Any]:
    """Run a task of `worker.py` in a process of its own; return what it measured.

    A task that fails returns ``{"note": why}``, so that one peer cannot end a run of many.
    """
    command = [sys.executable, "-m", "benchmarks.worker", task, *arguments]
    process = run_process(command, environment, limit)
    if process.status != 0:
        last = process.output.strip().splitlines()[-1:] or ["no output"]
        return {"note": last[0][:160]}
    return json.loads(process.output.splitlines()[-1])


def fresh_caches(folder: str | None = None) -> dict[str, str]:
    """Return an environment whose compiled code is in an empty folder: every cache cold."""
    folder = folder or tempfile.mkdtemp(prefix="benchmark-cache-")
    return {
        "NUMBA_CACHE_DIR": f"{folder}/numba",
        "PYTENSOR_FLAGS": f"base_compiledir={folder}/pytensor",
    }


@dataclass(frozen=True, slots=True)
class Clock:
    """Seconds of wall time, of processor time of the machine, and of this script's processes."""

    wall: float
    machine: float
    own: float

    @staticmethod
    def read() -> "Clock | None":
        """Return the clock now; None where the system does not tell."""
        stat = Path("/proc/stat")
        if not stat.exists():
            return None
        user, nice, system = (int(x) for x in stat.read_text(encoding="ascii").split()[1:4])
        spent = os.times()
        own = spent.user + spent.system + spent.children_user + spent.children_system
        busy = (user + nice + system) / os.sysconf("SC_CLK_TCK")
        return Clock(time.perf_counter(), busy, own)

    def others(self) -> float | None:
        """Return how many cores other processes have used on average since this reading."""
        now = Clock.read()
        if now is None:
            return None
        others = (now.machine - self.machine) - (now.own - self.own)
        return round(max(0.0, others) / (now.wall - self.wall), 2)


def machine() -> dict[str, Any]:
    """Return what the numbers depend on besides the code."""
    from bayesmm.sampling.versions import versions  # noqa: PLC0415

    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(_memory_bytes() / 2**30, 1),
        "system": platform.platform(terse=True),
        "versions": versions(),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    if info.exists():
        for line in info.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
