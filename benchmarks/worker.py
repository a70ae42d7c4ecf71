"""Tasks that need a process of their own; each prints one JSON object on its last line.

``python -m benchmarks.worker fit sleepstudy auto 3``: what `run_worker` calls.
"""

import json
import sys
import time
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.bambi_peer import fit_bambi
from benchmarks.measure import min_ess, peak_memory
from benchmarks.shapes import Shape, shape_named

__all__ = ["TASKS"]

type Result = dict[str, Any]

SEEDS = 20_000  # the k-th repeat has seed SEEDS + k


def fit_task(shape: str, engine: str, repeats: str) -> Result:
    """Fit a shape several times after one that warms the caches; return the fits.

    ``engine="bambi"`` is plain Bambi with nutpie, which has no use for a first fit: it compiles
    every time, and sampling is timed apart from compiling.
    """
    chosen, count = shape_named(shape), int(repeats)
    frame = chosen.frame()
    if engine in ("bambi", "pymc"):
        return {"fits": [_measured(chosen, frame, engine, SEEDS + k) for k in range(count)]}
    first = _measured(chosen, frame, engine, SEEDS - 1)
    return {
        "first": first,
        "fits": [_measured(chosen, frame, engine, SEEDS + k) for k in range(count)],
    }


def _measured(shape: Shape, frame: Any, engine: str, seed: int) -> Result:
    """Fit once; return ESS, times in seconds by stage, leapfrogs and divergences."""
    began = time.perf_counter()
    if engine == "bambi":
        fitted = fit_bambi(shape, frame, seed)
        posterior, statistics, seconds = fitted.posterior, fitted.statistics, fitted.seconds
        sampling, facts = seconds["sample"], {}
    else:
        import bayesmm  # noqa: PLC0415  (not wanted by the Bambi tasks)

        fit = bayesmm.fit(
            shape.formula,
            frame,
            shape.family,
            engine=engine,
            seed=seed,
            max_effort=1,
            progress=False,
        )
        draws = fit.own_draws
        posterior, statistics = draws["posterior"].dataset, draws["sample_stats"].dataset
        seconds, facts = dict(fit.seconds), dict(fit.facts)
        sampling = sampling_seconds(fit.engine, seconds)
    whole = time.perf_counter() - began
    ess = min_ess(posterior)
    return {
        "min_ess": ess.least,
        "quantity": ess.quantity,
        "n_quantities": ess.n_quantities,
        "sampling": sampling,
        "whole": whole,
        "ess_per_second": ess.least / sampling,
        "leapfrogs": float(statistics["n_steps"].mean()),
        "divergences": int(statistics["diverging"].sum()),
        "seconds": seconds,
        "facts": {name: str(value) for name, value in facts.items()},
        "peak_mib": peak_memory(),
    }


def sampling_seconds(engine: str, seconds: Mapping[str, float]) -> float:
    """Return what counts as sampling.

    PyMC: nutpie alone, compiling left out. Compiled: preparing the statistics too, since nothing
    is compiled in a warm process, and ``sample`` holds the draws of what was integrated out.
    """
    if engine == "pymc":
        return seconds["sample"]
    return seconds["compile"] + seconds["sample"]


def formulas_task(engine: str, *shapes: str) -> Result:
    """Fit one shape to warm the process, then new ones; return seconds to the printed summary."""
    timed: Result = {}
    for name in shapes:
        shape = shape_named(name)
        frame = shape.frame()
        began = time.perf_counter()
        _summary(shape, frame, engine)
        timed[name] = time.perf_counter() - began
    return {"seconds": dict(list(timed.items())[1:]), "first": timed[shapes[0]]}


def summary_task(shape: str, engine: str) -> Result:
    """Fit a shape and print its summary: what a script of a user does."""
    chosen = shape_named(shape)
    print(_summary(chosen, chosen.frame(), engine))
    return {}


def _summary(shape: Shape, frame: Any, engine: str) -> str:
    if engine == "bambi":
        import arviz  # noqa: PLC0415

        return str(arviz.summary(fit_bambi(shape, frame, SEEDS).posterior))
    import bayesmm  # noqa: PLC0415

    fit = bayesmm.fit(
        shape.formula, frame, shape.family, engine=engine, seed=1, max_effort=1, progress=False
    )
    return str(fit.summary())


def memory_task(shape: str, engine: str, summarise: str) -> Result:
    """Return the peak memory in MiB before fitting, after it, and after the tables."""
    chosen = shape_named(shape)
    frame = chosen.frame()
    if engine == "bambi-build":
        from benchmarks.bambi_peer import build_bambi  # noqa: PLC0415

        before = peak_memory()
        build_bambi(chosen, frame)
        return {"before": before, "fitted": peak_memory(), "draws": 0.0}
    import bayesmm  # noqa: PLC0415

    before = peak_memory()
    fit = bayesmm.fit(
        chosen.formula, frame, chosen.family, engine=engine, seed=1, max_effort=1, progress=False
    )
    fitted = peak_memory()
    draws = sum(values.nbytes for values in fit.own_draws["posterior"].dataset.data_vars.values())
    result = {"before": before, "fitted": fitted, "draws": draws / 2**20}
    if summarise == "tables":
        began = time.perf_counter()
        fit.summary()
        fit.ranef()
        result |= {"tables": peak_memory(), "tables_seconds": time.perf_counter() - began}
    return result | {"seconds": dict(fit.seconds)}


def after_task(shape: str, draws: str, *questions: str) -> Result:
    """Return the seconds of a fit and of each question to it, in turn, and the peak after each."""
    import bayesmm  # noqa: PLC0415

    chosen = shape_named(shape)
    frame = chosen.frame()
    # what is compiled and imported once is not part of a question
    small = shape_named("rows_2e3_groups_100_q_1").frame()
    first = bayesmm.fit(
        "y ~ 1 + (1 | g)",
        small,
        chains=2,
        draws=100,
        tune=100,
        seed=1,
        max_effort=1,
        progress=False,
    )
    _asked(first, ("tables", "ml", "check"))
    began = time.perf_counter()
    fit = bayesmm.fit(
        chosen.formula,
        frame,
        chosen.family,
        chains=4,
        draws=int(draws) // 4,
        max_effort=1,
        seed=1,
        progress=False,
    )
    seconds = {"fit": time.perf_counter() - began}
    found = _asked(fit, questions, {"fit": peak_memory()})
    return {"seconds": seconds | found["seconds"], "peaks": found["peaks"]}


def _asked(fit: Any, questions: Sequence[str], peaks: Mapping[str, float] | None = None) -> Result:
    """Ask a fit, and return seconds and peaks by question."""
    ask: Mapping[str, Callable[[], object]] = {
        "tables": lambda: (fit.diagnostics, fit.fixef(), fit.varcorr(), fit.ranef(), fit.coef()),
        "ml": lambda: (fit.ml, str(fit.summary())),
        "check": fit.check,
    }
    seconds, peaks = {}, dict(peaks or {})
    for question in questions:
        began = time.perf_counter()
        ask[question]()
        seconds[question] = time.perf_counter() - began
        peaks[question] = peak_memory()
    return {"seconds": seconds, "peaks": peaks}


def ml_task(shape: str) -> Result:
    """Return the seconds of a maximum-likelihood fit, in a warm process."""
    import bayesmm  # noqa: PLC0415

    chosen = shape_named(shape)
    frame = chosen.frame()
    seconds = []
    for _ in range(2):
        began = time.perf_counter()
        bayesmm.ml(chosen.formula, frame, chosen.family, reml=False)
        seconds.append(time.perf_counter() - began)
    return {"whole": min(seconds)}


TASKS: Mapping[str, Callable[..., Result]] = {
    "fit": fit_task,
    "formulas": formulas_task,
    "summary": summary_task,
    "memory": memory_task,
    "after": after_task,
    "ml": ml_task,
}


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    print(json.dumps(TASKS[sys.argv[1]](*sys.argv[2:]), default=float))
