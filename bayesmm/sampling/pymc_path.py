"""The reference engine: the Bambi/PyMC model, compiled by PyTensor and sampled by nutpie."""

from collections.abc import Mapping
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
from bayesmm.sampling.part_of_draws import usable_draws
from bayesmm.sampling.progress import SamplingProgress

if TYPE_CHECKING:
    import xarray

__all__ = ["parameter_draws_of_pymc", "pymc_variables", "sample_pymc"]

# nutpie's names of the statistics, and ArviZ's.
_STATISTICS: Mapping[str, str] = {
    "diverging": "diverging",
    "energy": "energy",
    "n_steps": "n_steps",
    "depth": "tree_depth",
    "maxdepth_reached": "reached_max_treedepth",
    "step_size": "step_size",
    "mean_tree_accept": "acceptance_rate",
    "logp": "lp",
}


def sample_pymc(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample the Bambi/PyMC model of a design with nutpie.

    Parameters
    ----------
    design : Design
        The model and its data.
    priors : Priors
        One prior per parameter.
    settings : SamplerSettings
        How to sample; the same seed gives the same draws, also when PyTensor finds the compiled
        model in its cache.
    """
    import nutpie  # noqa: PLC0415  (with PyTensor: seconds)
    import pytensor  # noqa: PLC0415

    started = perf_counter()
    model = pymc_specification(design, priors)
    # With PyTensor's default, fastmath, the first compilation of a model and its cached copy
    # round differently, so that one seed gives two sets of draws.
    with pytensor.config.change_flags(numba__fastmath=False):
        compiled = nutpie.compile_pymc_model(model, var_names=pymc_variables(design))
        compiled_at = perf_counter()
        total = settings.chains * (settings.tune + settings.draws)
        bar = SamplingProgress(total, settings.chains) if settings.progress else None
        with bar or nullcontext():
            trace = nutpie.sample(
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
            )
    posterior, sample_stats = _whole(trace, settings)
    return parameter_draws_of_pymc(
        design,
        posterior,
        {ours: np.asarray(sample_stats[name]) for name, ours in _STATISTICS.items()},
        {"compile": compiled_at - started, "sample": perf_counter() - compiled_at},
        {"path": "pymc", "parameterisation": "non-centred"},
    )


def _whole(
    trace: "xarray.DataTree", settings: SamplerSettings
) -> tuple["xarray.Dataset", "xarray.Dataset"]:
    """Return draws and statistics without what a run that was stopped has not.

    nutpie returns what there is when the user stops it, its chains as long as the longest of them.

    Raises
    ------
    KeyboardInterrupt
        When there is nothing of use.
    """
    steps = (
        np.asarray(trace.sample_stats["step_size"]) if "sample_stats" in trace else np.empty((1, 0))
    )
    chains, draws = usable_draws(np.isfinite(steps).sum(axis=1), settings)
    part = {"chain": slice(0, chains), "draw": slice(0, draws)}
    posterior, statistics = trace.posterior.to_dataset(), trace.sample_stats.to_dataset()
    return posterior.isel(part), statistics.isel(part)


def pymc_variables(design: Design) -> list[str]:
    """Return the variables of the PyMC model that the draws are made of."""
    names = list(scalar_names(design))
    for index, block in enumerate(design.blocks):
        names += [*sd_names(block), *effect_names(block)]
        if block.covariance.correlated:
            names.append(partials_name(design.blocks, index))
    return [stored_name(name) for name in names]


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
    beta = (
        np.stack([values_of(name) for name in design.mu.names], axis=-1)
        if design.mu.names
        else None
    )
    beta = np.empty((*shape, 0)) if beta is None else beta
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
