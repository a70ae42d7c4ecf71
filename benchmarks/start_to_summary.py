"""The time from the start of a process to the printed summary.

Whole processes, as a user starts them, interleaved, compiled code cached and not. Headline: the
ratio to a process that does nothing but ``import bambi``.
"""

import sys
import tempfile
from statistics import median

from benchmarks.bambi_peer import NO_CORRELATION
from benchmarks.measure import fresh_caches, run_process
from benchmarks.r_peers import run_r_peer
from benchmarks.results import Record, arguments, save, show
from benchmarks.shapes import shape_named

TITLE = "Process start to printed summary (target: 0.5 x import bambi)"
KEYS = ("shape", "tool", "cache")
COLUMNS = {
    "shape": "shape",
    "tool": "process",
    "cache": "compiled code",
    "seconds": "seconds",
    "ratio": "/ import bambi",
    "note": "note",
}


def worker(shape: str, engine: str) -> list[str]:
    """Return the command that fits a shape and prints the summary."""
    return [sys.executable, "-m", "benchmarks.worker", "summary", shape, engine]


def processes(shape: str) -> dict[str, list[str]]:
    """Return the command of each process by its name."""
    return {
        "import bambi": [sys.executable, "-c", "import bambi"],
        "import bayesmm.api": [sys.executable, "-c", "import bayesmm.api"],
        "bayesmm": worker(shape, "auto"),
        'bayesmm, engine="pymc"': worker(shape, "pymc"),
        "Bambi + nutpie": worker(shape, "bambi"),
    }


def timed(name: str, command: list[str], shape: str, environment: dict | None = None) -> Record:
    """Return one row: a process run once."""
    done = run_process(command, environment)
    row: Record = {"shape": shape, "tool": name}
    row |= {"cache": "fresh" if environment else "cached", "seconds": done.seconds}
    if done.status != 0:
        last = done.output.strip().splitlines()[-1:] or ["no output"]
        row |= {"seconds": None, "note": last[0][:160]}
    elif name == "Bambi + nutpie" and shape_named(shape).has_correlations:
        row["note"] = NO_CORRELATION
    return row


def measure(shape: str, repeats: int) -> list[Record]:
    """Return the rows of one shape; the processes take turns, so that all see the same machine."""
    commands = processes(shape)
    for name, command in commands.items():
        timed(name, command, shape)  # fills the caches, ours and the system's
    cold = []
    for name in ("bayesmm", 'bayesmm, engine="pymc"', "Bambi + nutpie"):
        with tempfile.TemporaryDirectory() as folder:
            cold.append(timed(name, commands[name], shape, fresh_caches(folder)))
    turns = [
        {name: timed(name, command, shape) for name, command in commands.items()}
        for _ in range(repeats)
    ]
    warm = []
    for name in commands:
        rows = [turn[name] for turn in turns]
        each = [row["seconds"] for row in rows if row["seconds"] is not None]
        warm.append({**rows[0], "seconds": median(each) if each else None, "each": each})
    rows = warm + cold
    reference = warm[0]["seconds"]
    for row in rows:
        row["ratio"] = row["seconds"] / reference if row["seconds"] and reference else None
    return rows


def measure_peers(shape: str) -> list[Record]:
    """Return a row per package of R: whole processes, compilation included."""
    rows = []
    for peer in ("lme4", "rstanarm", "brms"):
        result = run_r_peer(peer, shape)
        row: Record = {"shape": shape, "tool": peer, "cache": "fresh"}
        row |= {"note": result["note"]} if "note" in result else {"seconds": result["process"]}
        if peer == "lme4" and "seconds" in row:
            row["note"] = "point estimate"
        rows.append(row)
    return rows


def main() -> None:
    chosen = arguments(__doc__).parse_args()
    rows: list[Record] = []
    for shape in ("sleepstudy",) if chosen.quick else ("sleepstudy", "sitka"):
        rows += measure(shape, repeats=1 if chosen.quick else 5)
        if chosen.peers:
            rows += measure_peers(shape)
    merged = save("start_to_summary", KEYS, rows, chosen)
    show(TITLE, merged, COLUMNS)


if __name__ == "__main__":
    main()
