"""Rows in files beside the same rows read: seconds, memory, and whether the draws are the same.

    python benchmarks/larger_than_memory.py FOLDER [--rows 100000000] [--groups 100000]
        [--repeats 1] [--fit] [--compare] [--out FILE]

Makes Parquet files of three columns (y, x, g) in FOLDER and removes them. Every step is a process
of its own, so that its peak of memory is its own (`ru_maxrss`), and steps take turns: ``scan``
reads the columns with a scanner of pyarrow's dataset and does nothing else, ``decode`` file by
file with ``ParquetFile.iter_batches``; ``sums`` reads them for ``y ~ x + (1 + x | g)`` and stops
where sampling would begin. Processor seconds (user and system) are of the step less what the
imports before it took. ``--fit`` samples too, ``--compare`` also the rows in memory.
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

FORMULA = "y ~ x + (1 + x | g)"
COLUMNS = ("y", "x", "g")
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


def scan(folder: Path) -> dict[str, object]:
    from pyarrow import dataset  # noqa: PLC0415

    scanner = dataset.dataset(folder).scanner(columns=list(COLUMNS), batch_size=2**17)
    began = spent()
    return {"rows": sum(len(batch) for batch in scanner.to_batches())} | since(began)


def decode(folder: Path) -> dict[str, object]:
    from pyarrow import parquet  # noqa: PLC0415

    began, rows = spent(), 0
    for path in sorted(folder.iterdir()):
        with parquet.ParquetFile(path) as file:
            rows += sum(len(batch) for batch in file.iter_batches(2**17, columns=list(COLUMNS)))
    return {"rows": rows} | since(began)


def sums(folder: Path) -> dict[str, object]:
    import pyarrow.dataset  # noqa: F401, PLC0415

    from bayesmm.family.known import resolve_family  # noqa: PLC0415
    from bayesmm.model.in_files.build import build_design_of_files  # noqa: PLC0415
    from bayesmm.model.in_files.table_files import files_of  # noqa: PLC0415
    from bayesmm.model.prior_choice import choose_priors  # noqa: PLC0415
    from bayesmm.model.prior_columns import prior_design  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.model import gaussian_model  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.plan import make_plan  # noqa: PLC0415

    empty = (np.zeros((2, 0)), np.zeros(2), np.zeros((0, 8)), np.zeros((2, 2)))
    add_to_cells(np.zeros(0, dtype=np.uint64), *empty)  # compiled, or found
    began, family = spent(), resolve_family("gaussian")
    design = build_design_of_files(FORMULA, files_of(folder), family, add=add_to_cells)
    passed = since(began)
    priors = choose_priors(design)
    own = prior_design(design, priors)
    gaussian_model(own, priors, make_plan(own))
    return {"rows": design.n_obs} | since(began) | {"pass": passed}


def spent() -> tuple[float, float, float]:
    """Return seconds on the clock, and of the processor for the user and the system."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime, used.ru_stime


def since(began: tuple[float, float, float]) -> dict[str, float]:
    clock, user, system = (now - then for now, then in zip(spent(), began, strict=True))
    return {"seconds": clock, "processor": user + system, "system": system}


def fit(folder: Path, in_memory: bool, draws: int) -> dict[str, object]:
    import hashlib  # noqa: PLC0415

    import pandas as pd  # noqa: PLC0415

    import bayesmm  # noqa: PLC0415

    began = spent()
    how = {"seed": 1, "progress": False, "draws": draws, "max_effort": 1}
    fitted = bayesmm.fit(FORMULA, pd.read_parquet(folder) if in_memory else folder, **how)
    digest = hashlib.sha256()
    for name in sorted(fitted.own_draws["posterior"].data_vars):
        digest.update(fitted.own_draws["posterior"][name].values.tobytes())
    rows = fitted.design.n_obs
    return {"rows": rows, "draws": digest.hexdigest()[:16], "of": dict(fitted.seconds)} | since(
        began
    )


def step(name: str, folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Return what a step found and its peak of memory, from a process of its own."""
    command = [sys.executable, __file__, str(folder), "--step", name, "--draws", str(options.draws)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {"step": name} | json.loads(done.stdout.splitlines()[-1])


def run(folder: Path, options: argparse.Namespace) -> list[dict[str, object]]:
    """Return the rows of the table, the steps taking turns."""
    make(folder, options.rows, options.groups)
    size = sum(path.stat().st_size for path in folder.iterdir()) / 2**30
    print(f"{options.rows:,} rows, {options.groups:,} groups, {size:.2f} GiB of Parquet")
    names = ["scan", "decode", "sums"] * options.repeats
    names += ["files"] * options.fit + ["memory"] * options.compare
    rows = []
    for name in names:
        rows.append(step(name, folder, options) | {"groups": options.groups, "GiB files": size})
        print(json.dumps(rows[-1]), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--draws", type=int, default=250)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--step", choices=STEPS)
    options = parser.parse_args()
    if options.step:
        found = STEPS[options.step](options.folder, options.draws)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
        print(json.dumps({"GiB": peak} | found))
        return
    folder = options.folder / "rows"
    try:
        rows = run(folder, options)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if options.out is not None:
        before = json.loads(options.out.read_text()) if options.out.exists() else []
        options.out.write_text(json.dumps(before + rows, indent=1) + "\n")


STEPS = {
    "scan": lambda folder, _: scan(folder),
    "decode": lambda folder, _: decode(folder),
    "sums": lambda folder, _: sums(folder),
    "files": lambda folder, draws: fit(folder, in_memory=False, draws=draws),
    "memory": lambda folder, draws: fit(folder, in_memory=True, draws=draws),
}


if __name__ == "__main__":
    main()
