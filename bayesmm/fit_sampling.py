"""From a design and its priors to the record of a fit: the engine is chosen and samples."""

import os
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from time import perf_counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.effort import MAX_EFFORT, sample_until_good
from bayesmm.sampling.engines import choose_engine
from bayesmm.sampling.limits import check_memory_of_draws
from bayesmm.sampling.progress import is_watched
from bayesmm.sampling.versions import versions
from bayesmm.writing import tell

__all__ = ["add_rows_to_cells", "fresh_seed", "sample_design"]


def add_rows_to_cells(*arguments: NDArray | int) -> None:
    """Add rows to a table of cells; only many rows need the compiled code."""
    from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells  # noqa: PLC0415

    add_to_cells(*arguments)


def fresh_seed() -> int:
    """Return a seed that no other fit has, of 32 bits."""
    return int(np.random.SeedSequence().entropy % 2**32)


def sample_design[Record: FitRecord](
    record: type[Record],
    design: Design,
    priors: Priors,
    data: Any,
    *,
    engine: str = "auto",
    chains: int = 4,
    draws: int = 1000,
    tune: int | None = None,
    seed: int | None = None,
    cores: int | None = None,
    target_accept: float = 0.8,
    max_treedepth: int = 10,
    max_effort: float = MAX_EFFORT,
    progress: bool | None = None,
    started: float | None = None,
    keep: Callable[[str], AbstractContextManager[None]] | None = None,
) -> Record:
    """Sample a model and return its record.

    `record` is the class of the record, `FitRecord` or one above it, and `data` the frame that the
    fit will own: nobody else holds it. How to sample is as in `bayesmm.fit`, checked by
    `bayesmm.sampling.limits.check_settings`. `started` is when the work began, by
    `time.perf_counter`, by default now; `keep` gives, for the name of the engine, what surrounds
    sampling.
    """
    started = perf_counter() if started is None else started
    check_memory_of_draws(design, chains, draws)
    # a fit that is repeated, continued or changed goes by sums too
    design = with_sums(design, add_rows_to_cells)
    progress = is_watched() if progress is None else progress
    ready = choose_engine(design, priors, engine, announce=tell)
    settings = SamplerSettings(
        chains=chains,
        draws=draws,
        tune=ready.tune if tune is None else tune,
        seed=fresh_seed() if seed is None else seed,
        cores=(os.cpu_count() or 1) if cores is None else cores,
        target_accept=target_accept,
        max_treedepth=max_treedepth,
        progress=progress,
    )
    if progress and ready.engine != "compiled":
        tell(f"engine '{ready.engine}' compiles the model first, which takes 4 to 80 s")
    with nullcontext() if keep is None else keep(ready.engine):
        sampled = sample_until_good(ready.sample, design, settings, max_effort, tell)
    fitted = record(
        formula=design.formula,
        design=design,
        priors=priors,
        own_data=data,
        own_draws=sampled.draws,
        engine=ready.engine,
        settings=sampled.settings,
        seconds={**sampled.seconds, "total": perf_counter() - started},
        facts=sampled.facts,
        versions=versions(),
    )
    if sampled.convergence is not None:
        fitted.remember(sampled.convergence)
    return fitted
