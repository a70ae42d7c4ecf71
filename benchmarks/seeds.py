"""Does every model sample well with every seed? All course models and shapes, default settings.

A fit is good when the largest R-hat of all reported quantities is below 1.01, the smallest bulk
and tail effective sample sizes are above 400, and no transition diverged. Each fit is sampled
once (``max_effort=1``); how many of them a fit with the default effort leaves with a finding is
measured beside it, for the seeds that need it.

A model is measured in a process of its own, as many at a time as there are cores, its chains one
after the other. A row that has so many seeds of the same sources is kept, so that a run that was
stopped goes on with what is left; so is a row whose first and last seed give the same draws, bit
for bit, with other sources. ``--again`` measures all.
"""

import argparse
import hashlib
import os
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

import bayesmm
from bayesmm.course import course_data, course_models
from bayesmm.fit_record import FitRecord
from bayesmm.sampling.compiled.source_digest import digest_of
from bayesmm.sampling.diagnostics import Diagnostics
from bayesmm.sampling.grade import Grade
from benchmarks.real_data import exported_data
from benchmarks.results import Record, arguments, read_rows, save, show
from benchmarks.shapes import SHAPES

TITLE = "Fits by default with many seeds: R-hat < 1.01, ESS > 400, no divergence"
KEYS = ("model",)
COLUMNS = {
    "model": "model",
    "seeds": "seeds",
    "good": "good",
    "rhat": "R-hat not < 1.01",
    "ess": "ESS not > 400",
    "diverged": "with divergences",
    "caution": "graded caution",
    "do_not_use": "do not use",
    "again": "with a finding after sampling again",
    "rhat_max": "largest R-hat",
    "ess_min": "smallest ESS",
    "ess_median": "median of smallest ESS",
}
QUICK = ("random_intercept", "lifesat_slopes", "cbpp")

type Model = tuple[str, Any, str, Mapping[str, Any] | None]  # formula, data, family, priors


def models() -> Iterator[tuple[str, Callable[[], Model]]]:
    """Yield the name of each model and a function that returns it."""
    for name, model in course_models().items():
        yield name, lambda m=model: (m.formula, course_data(m).frame, m.family, m.priors or None)
    for name, shape in SHAPES.items():
        yield name, lambda s=shape: (s.formula, s.frame(), s.family, None)


def is_good(found: Diagnostics) -> tuple[bool, bool, bool]:
    """Return whether R-hat, the effective sample sizes and the transitions are good."""
    return (
        found.rhat_max < 1.01,
        min(found.ess_bulk_min, found.ess_tail_min) > 400,
        found.divergences == 0,
    )


@cache
def sources() -> str:
    """Return a digest of the package as it is."""
    return digest_of(Path(bayesmm.__file__).parent)


def fitted(name: str, seed: int, **settings: Any) -> FitRecord:
    """Return a model fitted with a seed."""
    formula, data, family, priors = dict(models())[name]()
    given = dict(priors) if priors else None
    return bayesmm.fit(formula, data, family, given, seed=seed, cores=1, progress=False, **settings)


def digest_of_draws(fit: FitRecord) -> str:
    """Return a digest of the draws of every variable, to the bit."""
    found = hashlib.sha256()
    for name, draws in sorted(fit.own_draws["posterior"].data_vars.items(), key=str):
        found.update(str(name).encode() + np.ascontiguousarray(draws.to_numpy()).tobytes())
    return found.hexdigest()[:16]


def measure(name: str, seeds: int, known: Record | None) -> Record:
    """Return the row of one model: the known one where its first and last seed still hold."""
    if known is not None and known["seeds"] >= seeds and "draws" in known:
        ends = (1, known["seeds"])
        if [digest_of_draws(fitted(name, k, max_effort=1)) for k in ends] == known["draws"]:
            return known | {"sources": sources()}
    began = time.process_time()
    all_found: list[Diagnostics] = []
    again, draws = 0, []
    for seed in range(1, seeds + 1):
        fit = fitted(name, seed, max_effort=1)
        all_found.append(fit.diagnostics)
        if seed in (1, seeds):
            draws.append(digest_of_draws(fit))
        if fit.diagnostics.findings:
            again += bool(fitted(name, seed).diagnostics.findings)
    good = [is_good(found) for found in all_found]
    least = [min(found.ess_bulk_min, found.ess_tail_min) for found in all_found]
    return {
        "model": name,
        "seeds": seeds,
        "good": sum(map(all, good)),
        "rhat": sum(not mixed for mixed, _, _ in good),
        "ess": sum(not enough for _, enough, _ in good),
        "diverged": sum(not clean for _, _, clean in good),
        "caution": sum(found.grade is Grade.CAUTION for found in all_found),
        "do_not_use": sum(found.grade is Grade.DO_NOT_USE for found in all_found),
        "again": again,
        "rhat_max": f"{max(found.rhat_max for found in all_found):.4f}",
        "ess_min": min(least),
        "ess_median": median(least),
        "seconds": (time.process_time() - began) / seeds,
        "sources": sources(),
        "draws": draws,
    }


def arranged(rows: list[Record]) -> list[Record]:
    """Return the rows, the models with the fewest good fits first."""
    return sorted(rows, key=lambda row: (row["good"] / row["seeds"], row["ess_median"]))


def options() -> argparse.Namespace:
    parser = arguments(__doc__, peers=False)
    parser.add_argument("--seeds", type=int, help="seeds of each model; default 50, quick 3")
    parser.add_argument("--models", default="", help="names with commas; default: all")
    parser.add_argument("--again", action="store_true", help="measure what is there, too")
    parser.add_argument(
        "--processes", type=int, default=os.cpu_count() or 1, help="models at a time"
    )
    return parser.parse_args()


def measured(chosen: argparse.Namespace) -> dict[str, Record]:
    """Return the rows that are there, by model; none when all are to be measured."""
    path = chosen.out / f"seeds{'.quick' if chosen.quick else ''}.json"
    rows = [] if chosen.again or not path.exists() else read_rows(path)[1]
    return {row["model"]: row for row in rows}


def of_these_sources(row: Record | None, seeds: int) -> bool:
    """Return whether a row has so many seeds of the package as it is."""
    return row is not None and row.get("sources") == sources() and row["seeds"] >= seeds


def main() -> None:
    chosen = options()
    seeds = chosen.seeds or (3 if chosen.quick else 50)
    wanted = chosen.models.split(",") if chosen.models else QUICK if chosen.quick else ()
    known = dict(models())
    if unknown := set(wanted) - set(known):
        named = ", ".join(sorted(unknown))
        raise SystemExit(f"No such models: {named}. Models: {', '.join(known)}.")
    with exported_data() as exported:
        missing = [
            name
            for name in wanted or known
            if name in SHAPES and SHAPES[name].origin == "lme4" and not exported
        ]
        for name in missing:
            print(f"{name}: not run, there is no R with lme4 here")
        there = measured(chosen)
        names = [
            name
            for name in wanted or known
            if name not in missing and not of_these_sources(there.get(name), seeds)
        ]
        # of their own, not copies: threads of the sampler do not survive a fork
        context = get_context("spawn")
        with ProcessPoolExecutor(chosen.processes, context, max_tasks_per_child=1) as pool:
            running = {pool.submit(measure, name, seeds, there.get(name)): name for name in names}
            for done in as_completed(running):
                row = done.result()
                save("seeds", KEYS, [row], chosen, timed=False)  # what is done is kept
                print(f"{running[done]}: {row['good']} of {seeds} good", flush=True)
    show(TITLE, arranged(save("seeds", KEYS, [], chosen, timed=False)), COLUMNS)


if __name__ == "__main__":
    main()
