"""From a compiled density to arrays of draws: waiting, being stopped, keeping draws on disk."""

import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.sampling.compiled.evaluate import CompiledDensity, evaluate
from bayesmm.sampling.compiled.nutpie_sampler import STATISTICS, Pieces, Running
from bayesmm.sampling.compiled.stretches import Stretch, stretches
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.kept_draws import KeptRun, KeptRuns, keeper, until_next_write
from bayesmm.sampling.part_of_draws import usable_draws
from bayesmm.sampling.progress import SamplingProgress

__all__ = ["CompiledDensity", "RawDraws", "sample_density"]


@dataclass(frozen=True, slots=True, eq=False)
class RawDraws:
    """Draws in the coordinates of the sampler."""

    positions: NDArray[np.float64]  # kept draws, (chain, draw, d)
    statistics: Mapping[str, NDArray]  # as ``ParameterDraws.statistics``
    seconds: float  # wall time [s] of the whole run


def sample_density(
    density: CompiledDensity, settings: SamplerSettings, *, whole: bool = False
) -> RawDraws:
    """Draw from a density by NUTS with a diagonal metric.

    Each chain has its own random stream made from ``settings.seed``, so the draws depend neither on
    ``settings.cores`` nor on the process. Within `kept_draws.keeping_draws` they are written as
    they come, and those that are on the disk are not sampled again.

    When the user stops sampling, draws are of fewer chains or iterations, see `part_of_draws`;
    where there are none, or a part is of no use (`whole`), KeyboardInterrupt is raised, all chains
    stopped. Raises DataError when no starting point with a finite density is found.
    """
    began = time.perf_counter()
    runs = keeper()
    run = None if runs is None else _begun(runs, density, settings)
    traces: list[Pieces] = []
    if runs is None or not runs.only_read:
        for some in stretches(density, settings, run):
            pieces, stopped = _sample(some, settings, run)
            traces.append(pieces)
            if stopped:
                break
    found = _read(run, density.dimension, settings) if run is not None else traces[0]
    chains, draws = usable_draws([len(positions) for positions, _ in found], settings)
    if whole and (chains, draws) != (settings.chains, settings.draws):
        raise KeyboardInterrupt
    statistics = np.stack([columns[:draws] for _, columns in found[:chains]])
    return RawDraws(
        positions=np.stack([positions[:draws] for positions, _ in found[:chains]]),
        statistics={
            ours: np.ascontiguousarray(statistics[..., k]).astype(kind)
            for k, (ours, kind) in enumerate(STATISTICS.values())
        },
        seconds=time.perf_counter() - began,
    )


def _begun(runs: KeptRuns, density: CompiledDensity, settings: SamplerSettings) -> KeptRun:
    at_start, _ = evaluate(density, density.start)
    width = density.dimension + len(STATISTICS)
    return runs.begin(settings, density.dimension, width, at_start)


def _read(run: KeptRun, dimension: int, settings: SamplerSettings) -> Pieces:
    rows = [run.rows(chain, settings.draws) for chain in range(settings.chains)]
    return [(one[:, :dimension], one[:, dimension:]) for one in rows]


def _sample(
    some: Sequence[Stretch], settings: SamplerSettings, run: KeptRun | None
) -> tuple[Pieces, bool]:
    """Return the draws of each chain of some stretches, and whether the user stopped them."""
    total = settings.chains * (settings.tune + settings.draws)
    watched = settings.progress and some[0].settings.chains == settings.chains
    bar = SamplingProgress(total, settings.chains) if watched else None
    found: Pieces = []
    with bar or nullcontext():
        running = [Running(one, min(settings.cores, one.settings.chains), bar) for one in some]
        written: dict[int, int] = {}
        stopped = _wait(running, run, written, found)
        if bar and stopped:
            bar.stop()
    return found, stopped


def _wait(
    running: Sequence[Running], run: KeptRun | None, written: dict[int, int], found: Pieces
) -> bool:
    """Wait until all chains are done, or stopped by the user; return whether they were stopped."""
    seconds = None if run is None else until_next_write()
    stopped = False
    try:
        try:
            for one in running:
                while not one.is_over(seconds):
                    seconds = _write(running, run, written)
        except KeyboardInterrupt:
            stopped = True
            for one in running:
                one.abort()
        for one in running:
            pieces = one.take()
            found += pieces
            _append(one, pieces, run, written)
    except RuntimeError as error:
        if stopped:  # before there was anything
            raise KeyboardInterrupt from error
        if "initialization" in str(error).split("\n", 1)[0]:
            raise DataError(
                "No starting point with a finite log density was found. Check that the response "
                "fits the family and that no predictor or prior has an extreme scale."
            ) from error
        raise
    finally:
        for one in running:
            if stopped or not one.is_empty:
                one.end()
    return stopped


def _write(running: Sequence[Running], run: KeptRun, written: dict[int, int]) -> float:
    """Write what there is; return for how long to wait until the next time."""
    began = time.perf_counter()
    for one in running:
        _append(one, one.so_far(), run, written)
    return until_next_write(time.perf_counter() - began)


def _append(one: Running, pieces: Pieces, run: KeptRun | None, written: dict[int, int]) -> None:
    """Write what of the draws of some chains was not yet written."""
    if run is None:
        return
    for chain, (positions, columns) in enumerate(pieces, one.stretch.first):
        first = written.setdefault(chain, 0)
        run.append(chain, np.column_stack([positions[first:], columns[first:]]))
        written[chain] = len(positions)
