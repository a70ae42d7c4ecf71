"""Rows in files beside the same rows read: seconds, memory, and whether the draws are the same.

    python -m benchmarks.larger_than_memory FOLDER [--rows 100000000] [--groups 100000]
        [--repeats 1] [--fit] [--compare]

Makes Parquet files of three columns (y, x, g) in FOLDER and removes them. Every step is a process
of its own, so that its peak of memory is its own (`ru_maxrss`), and steps take turns: ``scan``
reads the columns with a scanner of pyarrow's dataset, as who has a folder of files does, and
nothing else: every number is decoded. ``decode`` does it with the least work there is, file by file
with ``ParquetFile.iter_batches``; ``sums`` reads them for ``y ~ x + (1 + x | g)`` and stops
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
from statistics import median

import numpy as np

from benchmarks.results import Record, arguments, save, show

TITLE = "Rows in files beside reading them (target: sums / scan 1.5, 3 GiB)"
KEYS = ("step", "rows", "groups", "repeat")
COLUMNS = {
    "step": "step",
    "rows": "rows",
    "groups": "groups",
    "processor": "processor s",
    "seconds": "s",
    "GiB": "largest memory, GiB",
    "ratio": "processor s / scan",
    "slower": "s / scan",
}
QUICK = (1_000_000, 1_000)  # rows and groups

FORMULA = "y ~ x + (1 + x | g)"
READ = ("y", "x", "g")
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

    scanner = dataset.dataset(folder).scanner(columns=list(READ), batch_size=2**17)
    began = spent()
    return {"rows": sum(len(batch) for batch in scanner.to_batches())} | since(began)


def decode(folder: Path) -> dict[str, object]:
    from pyarrow import parquet  # noqa: PLC0415

    began, rows = spent(), 0
    for path in sorted(folder.iterdir()):
        with parquet.ParquetFile(path) as file:
            rows += sum(len(batch) for batch in file.iter_batches(2**17, columns=list(READ)))
    return {"rows": rows} | since(began)


def sums(folder: Path) -> dict[str, object]:
    import pyarrow.dataset  # noqa: F401, PLC0415

    from bayesmm.family.known import resolve_family  # noqa: PLC0415
    from bayesmm.model.cell_blocks import CellTable  # noqa: PLC0415
    from bayesmm.model.in_files.build import build_design_of_files  # noqa: PLC0415
    from bayesmm.model.in_files.table_files import files_of  # noqa: PLC0415
    from bayesmm.model.prior_choice import choose_priors  # noqa: PLC0415
    from bayesmm.model.prior_columns import prior_design  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.model import gaussian_model  # noqa: PLC0415
    from bayesmm.sampling.compiled.collapsed.plan import make_plan  # noqa: PLC0415

    table = CellTable([0], np.zeros(2), add_to_cells)  # compiled, or found
    for kind in (np.int32, np.int64):
        table.add_known([np.zeros(0)] * 2, np.zeros(0, kind), 0, np.zeros(0, np.int32))
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


def step(name: str, chosen: argparse.Namespace) -> Record:
    """Return what a step found and its peak of memory, from a process of its own."""
    command = [sys.executable, "-m", "benchmarks.larger_than_memory", str(chosen.folder)]
    command += ["--step", name, "--draws", str(chosen.draws)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return {"step": name} | json.loads(done.stdout.splitlines()[-1])


def run_step(options: argparse.Namespace) -> None:
    """Print what one step found: without the facts of the machine, whose imports take memory."""
    found = STEPS[options.step](options.folder / "rows", options.draws)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"GiB": peak} | found))


def measured(chosen: argparse.Namespace) -> list[Record]:
    """Return the rows of the table, the steps taking turns."""
    n_rows, n_groups = QUICK if chosen.quick else (chosen.rows, chosen.groups)
    folder = chosen.folder / "rows"
    try:
        make(folder, n_rows, n_groups)
        size = sum(path.stat().st_size for path in folder.iterdir()) / 2**30
        print(f"{n_rows:,} rows, {n_groups:,} groups, {size:.2f} GiB of Parquet")
        names = [(k, name) for k in range(chosen.repeats) for name in ("scan", "decode", "sums")]
        names += [(0, "files")] * chosen.fit + [(0, "memory")] * chosen.compare
        rows = []
        for repeat, name in names:
            row = step(name, chosen) | {"groups": n_groups, "GiB files": size, "repeat": repeat}
            rows.append(row)
            print(json.dumps(row), flush=True)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return rows


def arranged(rows: list[Record]) -> list[Record]:
    """Return the medians of the repeats, beside the scan of as many rows."""
    sizes = sorted({(row["rows"], row["groups"]) for row in rows})
    found = []
    for size in sizes:
        own = [row for row in rows if (row["rows"], row["groups"]) == size]
        scans = [row for row in own if row["step"] == "scan"]
        for name in STEPS:
            some = [row for row in own if row["step"] == name]
            if some:
                medians = {
                    field: median(row[field] for row in some)
                    for field in ("processor", "seconds", "GiB")
                }
                ratios = {
                    name: medians[field] / median(row[field] for row in scans) if scans else None
                    for name, field in (("ratio", "processor"), ("slower", "seconds"))
                }
                found.append({**some[0], **medians, **ratios})
    return found


def options_of_both(parser: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Return the options that the script and each of its steps have."""
    parser.add_argument("folder", type=Path)
    parser.add_argument("--draws", type=int, default=250)
    parser.add_argument("--step", choices=STEPS, help="one step alone, as the script calls it")
    return parser


def main() -> None:
    if "--step" in sys.argv:
        run_step(options_of_both(argparse.ArgumentParser()).parse_args())
        return
    parser = options_of_both(arguments(TITLE, peers=False))
    parser.add_argument("--rows", type=int, default=100_000_000)
    parser.add_argument("--groups", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--compare", action="store_true")
    chosen = parser.parse_args()
    merged = save("larger_than_memory", KEYS, measured(chosen), chosen)
    show(TITLE, arranged(merged), COLUMNS)


STEPS = {
    "scan": lambda folder, _: scan(folder),
    "decode": lambda folder, _: decode(folder),
    "sums": lambda folder, _: sums(folder),
    "files": lambda folder, draws: fit(folder, in_memory=False, draws=draws),
    "memory": lambda folder, draws: fit(folder, in_memory=True, draws=draws),
}


if __name__ == "__main__":
    main()
