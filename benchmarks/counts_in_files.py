"""Counts in files, fitted from their distinct rows, beside the same rows in memory.

    python -m benchmarks.counts_in_files FOLDER [--rows 10000000] [--groups 100] [--compare]

Makes Parquet files of four columns (k, x, a, g) in FOLDER, fits ``k ~ x + a + (x | g)`` with
Poisson counts, and removes them: maximum likelihood, then the posterior, saved and loaded again
and its rows left out one at a time. Each step is a process of its own, whose processor seconds and
peak of memory are its own. ``--compare`` also fits the rows in memory.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks.results import Record, arguments, save, show

TITLE = "Counts in files, fitted from their distinct rows, beside the same rows in memory"
KEYS = ("step", "rows", "groups")
COLUMNS = {
    "step": "step",
    "rows": "rows",
    "groups": "groups",
    "processor": "processor s",
    "GiB": "largest memory, GiB",
    "distinct": "distinct rows",
    "left_out": "rows left out by loo",
}
QUICK = (100_000, 20)  # rows and groups

FORMULA = "k ~ x + a + (x | g)"
PART = 2_000_000


def make(folder: Path, n_rows: int, n_groups: int) -> None:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    folder.mkdir(parents=True)
    effects = np.random.default_rng(0).normal(0.0, [[0.5], [0.2]], (2, n_groups))
    for k, start in enumerate(range(0, n_rows, PART)):
        generator = np.random.default_rng(k + 1)
        size = min(PART, n_rows - start)
        g, a = generator.integers(0, n_groups, size), generator.integers(0, 3, size)
        x = generator.integers(0, 5, size) / 4
        eta = -0.5 + 0.4 * x + 0.2 * (a == 1) + effects[0, g] + effects[1, g] * x
        labels = pa.DictionaryArray.from_arrays(a.astype(np.int32), ["high", "low", "mid"])
        counts = generator.poisson(np.exp(eta)).astype(np.int32)
        table = pa.table({"k": counts, "x": x, "a": labels, "g": g.astype(np.int32)})
        parquet.write_table(table, folder / f"part{k:03d}.parquet", row_group_size=2**20)


def ml(data: object) -> dict[str, object]:
    import bayesmm  # noqa: PLC0415

    found = bayesmm.ml(FORMULA, data, "poisson")
    return {"loglik": found.loglik, "distinct": found.design.condensed().n_obs}


def fit(data: object, draws: int, kept: Path) -> dict[str, object]:
    import hashlib  # noqa: PLC0415

    import bayesmm  # noqa: PLC0415

    how = {"seed": 1, "progress": False, "draws": draws, "max_effort": 1}
    fitted = bayesmm.fit(FORMULA, data, "poisson", **how)
    digest = hashlib.sha256()
    for name in sorted(fitted.own_draws["posterior"].data_vars):
        digest.update(fitted.own_draws["posterior"][name].values.tobytes())
    found = {"draws": digest.hexdigest()[:16], "seconds_of": dict(fitted.seconds)}
    if fitted.design.source is not None:
        shutil.rmtree(kept, ignore_errors=True)
        fitted.save(kept)
        loo = bayesmm.load(kept).loo()
        found |= {"saved": sum(p.stat().st_size for p in kept.rglob("*") if p.is_file())}
        found |= {"elpd": loo.elpd, "se": loo.se, "left_out": loo.n_units}
    return found


def step(name: str, options: argparse.Namespace) -> dict[str, object]:
    """Return what a step found, its processor seconds and its peak of memory."""
    import pandas as pd  # noqa: PLC0415

    folder = options.folder / "rows"
    data = pd.read_parquet(folder) if name.endswith("memory") else str(folder)
    kept = options.folder / "kept"
    found = ml(data) if name.startswith("ml") else fit(data, options.draws, kept)
    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu, peak = used.ru_utime + used.ru_stime, used.ru_maxrss / 2**20
    return {"processor": cpu, "GiB": peak} | found


def measured(chosen: argparse.Namespace) -> list[Record]:
    """Return the rows of the table, each from a process of its own."""
    n_rows, n_groups = QUICK if chosen.quick else (chosen.rows, chosen.groups)
    folder = chosen.folder / "rows"
    names = ("ml", "fit", *(["ml in memory", "fit in memory"] if chosen.compare else []))
    rows = []
    try:
        make(folder, n_rows, n_groups)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**20
        print(f"{n_rows:,} rows, {n_groups:,} groups, {size:.0f} MiB of Parquet")
        for name in names:
            command = [sys.executable, "-m", "benchmarks.counts_in_files", str(chosen.folder)]
            command += ["--step", name, "--draws", str(chosen.draws)]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            rows.append({"step": name, "rows": n_rows, "groups": n_groups, **found})
            print(rows[-1], flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.rmtree(chosen.folder / "kept", ignore_errors=True)
    return rows


def options_of_both(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Return the options that the script and each of its steps have."""
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=250)
    parser.add_argument("--step", help="one step alone, as the script calls it")
    return parser


def main() -> None:
    if "--step" in sys.argv:  # without the facts of the machine, whose imports take memory
        options = options_of_both(argparse.ArgumentParser()).parse_args()
        print(json.dumps(step(options.step, options)))
        return
    parser = options_of_both(arguments(TITLE, peers=False))
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--groups", type=int, default=100)
    parser.add_argument("--compare", action="store_true")
    chosen = parser.parse_args()
    show(TITLE, save("counts_in_files", KEYS, measured(chosen), chosen), COLUMNS)


if __name__ == "__main__":
    main()
