"""Rows in files beside the same rows read: seconds, memory, and whether the draws are the same.

    python benchmarks/larger_than_memory.py FOLDER [--rows 100000000] [--groups 100000] [--compare]

Makes Parquet files of three columns (y, x, g) in FOLDER, reads them once with pyarrow and nothing
else, fits ``y ~ x + (1 | g)`` to them, and removes them. Each step is a process of its own, so
that its peak of memory is its own (`ru_maxrss`). ``--compare`` also fits the rows in memory.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

FORMULA = "y ~ x + (1 | g)"
PART = 5_000_000


def make(folder: Path, n_rows: int, n_groups: int) -> None:
    import pyarrow as pa  # noqa: PLC0415
    from pyarrow import parquet  # noqa: PLC0415

    folder.mkdir(parents=True)
    effects = np.random.default_rng(0).normal(0.0, 0.7, n_groups)
    for k, start in enumerate(range(0, n_rows, PART)):
        generator = np.random.default_rng(k + 1)
        size = min(PART, n_rows - start)
        g = generator.integers(0, n_groups, size)
        x = generator.normal(2.0, 1.0, size)
        y = 1.0 + 0.5 * x + effects[g] + generator.normal(size=size)
        table = pa.table({"y": y, "x": x, "g": g.astype(np.int32)})
        parquet.write_table(table, folder / f"part{k:03d}.parquet", row_group_size=2**20)


def read(folder: Path) -> dict[str, object]:
    from pyarrow import dataset  # noqa: PLC0415

    scanner = dataset.dataset(folder).scanner(batch_size=2**17)
    return {"rows": sum(len(batch) for batch in scanner.to_batches())}


def fit(folder: Path, in_memory: bool, draws: int) -> dict[str, object]:
    import hashlib  # noqa: PLC0415

    import pandas as pd  # noqa: PLC0415

    import bayesmm  # noqa: PLC0415

    how = {"seed": 1, "progress": False, "draws": draws, "max_effort": 1}
    fitted = bayesmm.fit(FORMULA, pd.read_parquet(folder) if in_memory else folder, **how)
    digest = hashlib.sha256()
    for name in sorted(fitted.own_draws["posterior"].data_vars):
        digest.update(fitted.own_draws["posterior"][name].values.tobytes())
    return {"draws": digest.hexdigest()[:16], "seconds_of": dict(fitted.seconds)}


def step(name: str, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Return what a step found, its seconds and its peak of memory, from a process of its own."""
    command = [sys.executable, __file__, str(folder), "--step", name, "--draws", str(options.draws)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=250)
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--step", choices=("read", "files", "memory"))
    options = parser.parse_args()
    if options.step:
        began = time.perf_counter()
        found = (
            read(options.folder)
            if options.step == "read"
            else fit(options.folder, options.step == "memory", options.draws)
        )
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"seconds": time.perf_counter() - began, "GiB": peak} | found))
        return
    folder = options.folder / "rows"
    try:
        make(folder, options.rows, options.groups)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**30
        print(f"{options.rows:,} rows, {options.groups:,} groups, {size:.2f} GiB of Parquet")
        for name in ("read", "files", *(["memory"] if options.compare else [])):
            print(name, json.dumps(step(name, folder, options)), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
