"""The reference engine: the Bambi/PyMC model, compiled by PyTensor and sampled by nutpie."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import nullcontext
from time import perf_counter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.model.design import Design
from bayesmm.model.names import effect_names, partials_name, scalar_names, sd_names, stored_name
from bayesmm.model.priors import Priors
from bayesmm.model.specification import pymc_specification
from bayesmm.sampling.draws import BlockDraws, ParameterDraws, SamplerSettings
from bayesmm.sampling.kept_draws import KeptRun, KeptRuns, keeper, rest_of, until_next_write
from bayesmm.sampling.part_of_draws import usable_draws
from bayesmm.sampling.progress import SamplingProgress
from bayesmm.sampling.pymc_rows import PymcRows

if TYPE_CHECKING:
    import xarray

__all__ = ["parameter_draws_of_pymc", "pymc_variables", "sample_pymc"]


def sample_pymc(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample the Bambi/PyMC model of a design with nutpie.

    Within `kept_draws.keeping_draws` draws are written as they come, and those that are on the
    disk are not sampled again: a chain of which there is a part is filled up by a chain of its own,
    with its own start and warm-up.

    The same seed gives the same draws, also when PyTensor finds the compiled model in its cache.
    """
    import nutpie  # noqa: PLC0415  (with PyTensor: seconds)
    import pytensor  # noqa: PLC0415

    started = perf_counter()
    model, rows, runs = pymc_specification(design, priors), PymcRows(design), keeper()
    # With PyTensor's default, fastmath, the first compilation of a model and its cached copy
    # round differently, so that one seed gives two sets of draws.
    with pytensor.config.change_flags(numba__fastmath=False):
        run = None if runs is None else _begun(runs, model, rows, settings)
        found: list[NDArray[np.float64]] = []
        compiled_at = perf_counter()
        if runs is None or not runs.only_read:
            compiled = nutpie.compile_pymc_model(model, var_names=list(rows.sizes))
            compiled_at = perf_counter()
            for first, some in _left(settings, run):
                found, stopped = _sample(compiled, some, rows, _Kept(run, first))
                if stopped:
                    break
    if run is not None:
        found = [run.rows(chain, settings.draws) for chain in range(settings.chains)]
    chains, draws = usable_draws([len(own) for own in found] or [0], settings)
    posterior, statistics = rows.variables([own[:draws] for own in found[:chains]])
    return parameter_draws_of_pymc(
        design,
        posterior,
        statistics,
        {"compile": compiled_at - started, "sample": perf_counter() - compiled_at},
        {"path": "pymc", "parameterisation": "non-centred"},
    )


def _begun(runs: KeptRuns, model: Any, rows: PymcRows, settings: SamplerSettings) -> KeptRun:
    at_start = model.compile_logp(mode="FAST_COMPILE")(model.initial_point())
    return runs.begin(settings, rows.dimension, rows.width, float(at_start))


def _left(settings: SamplerSettings, run: KeptRun | None) -> Iterator[tuple[int, SamplerSettings]]:
    """Yield what is to be sampled, one after the other, and the first of its chains."""
    lengths = [0] * settings.chains if run is None else run.lengths()
    if not any(lengths):
        yield 0, settings
        return
    for chain, length in enumerate(lengths):
        if length < settings.draws:
            yield chain, rest_of(settings, chain, length)


class _Kept:
    """What of the draws of some chains is on the disk."""

    def __init__(self, run: KeptRun | None, first: int) -> None:
        self._run, self._first = run, first
        self._written: dict[int, int] = {}

    def write(self, rows: Sequence[NDArray[np.float64]]) -> None:
        """Write what of the rows was not yet written; nothing where no draws are kept."""
        if self._run is None:
            return
        for chain, own in enumerate(rows, self._first):
            self._run.append(chain, own[self._written.get(chain, 0) :])
            self._written[chain] = len(own)

    @property
    def seconds(self) -> float | None:
        """How long to wait until the first writing."""
        return None if self._run is None else until_next_write()


def _sample(
    compiled: Any, settings: SamplerSettings, rows: PymcRows, kept: _Kept
) -> tuple[list[NDArray[np.float64]], bool]:
    """Return the rows of each chain, and whether the user stopped them."""
    import nutpie  # noqa: PLC0415

    total = settings.chains * (settings.tune + settings.draws)
    bar = SamplingProgress(total, settings.chains) if settings.progress else None
    with bar or nullcontext():
        sampler = nutpie.sample(
            compiled,
            draws=settings.draws,
            tune=settings.tune,
            chains=settings.chains,
            cores=settings.cores,
            seed=settings.seed,
            target_accept=settings.target_accept,
            maxdepth=settings.max_treedepth,
            save_warmup=False,
            progress_bar=False,
            progress_callback=bar.follow if bar else None,
            blocking=False,
        )
        trace, stopped = _waited_for(sampler, rows, kept)
        if bar and stopped:
            bar.stop()
    found = rows.of_trace(trace)
    kept.write(found)
    return found, stopped


def _waited_for(sampler: Any, rows: PymcRows, kept: _Kept) -> tuple["xarray.DataTree", bool]:
    """Wait until all chains are done, or stopped by the user; return whether they were stopped."""
    seconds = kept.seconds
    try:
        while True:
            try:
                return sampler.wait(timeout=seconds), False
            except TimeoutError:
                began = perf_counter()
                kept.write(rows.of_trace(sampler.inspect()))
                seconds = until_next_write(perf_counter() - began)
    except KeyboardInterrupt:
        return sampler.abort(), True
    except BaseException:
        sampler.cancel()
        raise


def pymc_variables(design: Design) -> list[str]:
    """Return the variables of the PyMC model that the draws are made of."""
    return list(PymcRows(design).sizes)


def parameter_draws_of_pymc(
    design: Design,
    posterior: "xarray.Dataset | Mapping[str, Any]",
    statistics: Mapping[str, NDArray],
    seconds: Mapping[str, float],
    facts: Mapping[str, object],
) -> ParameterDraws:
    """Return draws of the PyMC model's variables in the terms of the model."""

    def values_of(name: str) -> NDArray[np.float64]:
        return np.asarray(posterior[stored_name(name)], dtype=float)

    shape = next(iter(statistics.values())).shape
    beta = np.empty((*shape, len(design.mu.names)))
    for k, name in enumerate(design.mu.names):
        beta[..., k] = values_of(name)
    intercept = values_of("Intercept") if design.mu.intercept else None
    blocks = []
    for index, block in enumerate(design.blocks):
        corr = None
        if block.covariance.correlated:
            partials = values_of(partials_name(design.blocks, index))
            L = cholesky_from_partials(partials, block.n_effects)
            corr = L @ np.swapaxes(L, -1, -2)
        blocks.append(
            BlockDraws(
                sd=np.stack([values_of(name) for name in sd_names(block)], axis=-1),
                corr=corr,
                effects=np.stack([values_of(name) for name in effect_names(block)], axis=2),
            )
        )
    further = scalar_names(design)[len(design.mu.terms) :]
    auxiliary = {name: values_of(name) for name in further}
    return ParameterDraws(
        intercept, beta, auxiliary, tuple(blocks), dict(statistics), dict(seconds), dict(facts)
    )
