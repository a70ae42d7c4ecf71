"""The only door to nutpie: a compiled density goes in, arrays of draws come out.

``import nutpie`` loads PyMC and ArviZ and takes seconds; its sampler is a Rust extension that
needs neither, so only that is loaded. Everything used of it is listed in `PRIVATE_SURFACE`.
"""

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from importlib.machinery import EXTENSION_SUFFIXES
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from threading import Event
from types import ModuleType
from weakref import ref

import numpy as np
from arro3.core import list_flatten
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.sampling.compiled.evaluate import CompiledDensity
from bayesmm.sampling.compiled.kernels.pointers import copy_address
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.progress import SamplingProgress

__all__ = ["CompiledDensity", "RawDraws", "sample_density"]

# Class -> members used here; the contract test fails when one is gone.
PRIVATE_SURFACE: Mapping[str, tuple[str, ...]] = {
    "ExpandFunc": (),
    "LogpFunc": (),
    "ProgressType": ("none",),
    "PyChainProgress": ("divergences", "finished_draws"),
    "PyMcModel": (),
    "PyNutsSettings": ("Diag", "update"),
    "PySampler": ("from_pymc", "wait", "take_results", "abort", "is_empty"),
    "PyStorage": ("arrow",),
    "PyTrace": ("get_arrow_trace",),
    "PyVariable": ("new_variables",),
}

# nutpie's column -> (ArviZ's name, type)
STATISTICS: Mapping[str, tuple[str, type]] = {
    "diverging": ("diverging", np.bool_),
    "energy": ("energy", np.float64),
    "n_steps": ("n_steps", np.int64),
    "depth": ("tree_depth", np.int64),
    "maxdepth_reached": ("reached_max_treedepth", np.bool_),
    "step_size": ("step_size", np.float64),
    "mean_tree_accept": ("acceptance_rate", np.float64),
    "logp": ("lp", np.float64),
}

_MILLISECONDS_BETWEEN_UPDATES = 100
# Seconds for which the threads of a run that has ended early are waited for, and between looks.
_PATIENCE, _GLANCE = 10.0, 0.01

type Start = Callable[[int], NDArray[np.float64]]


@dataclass(frozen=True, slots=True, eq=False)
class RawDraws:
    """Draws in the coordinates of the sampler.

    Attributes
    ----------
    positions : ndarray of float64, shape (chain, draw, d)
        Kept draws.
    statistics : mapping of str to ndarray of shape (chain, draw)
        As ``ParameterDraws.statistics``.
    seconds : float
        Wall time of the whole run.
    """

    positions: NDArray[np.float64]
    statistics: Mapping[str, NDArray]
    seconds: float


def sample_density(density: CompiledDensity, settings: SamplerSettings) -> RawDraws:
    """Draw from a density by NUTS with a diagonal metric.

    Each chain has its own random stream made from ``settings.seed``, so the draws depend neither
    on ``settings.cores`` nor on the process.

    Parameters
    ----------
    density : CompiledDensity
        What to draw from.
    settings : SamplerSettings
        How.

    Raises
    ------
    DataError
        When no starting point with a finite density is found.
    KeyboardInterrupt
        When the user stops sampling; all chains are stopped.
    """
    began = time.perf_counter()
    nutpie = _nutpie()
    total = settings.chains * (settings.tune + settings.draws)
    bar = SamplingProgress(total, settings.chains) if settings.progress else None
    ended = Event()
    start = _start(density, ended)
    model, held = _model(nutpie, density, start), ref(start)
    del start  # held by the model alone
    with bar or nullcontext():
        sampler = nutpie.PySampler.from_pymc(
            _nuts_settings(nutpie, settings),
            settings.cores,
            model,
            nutpie.ProgressType.none(),
            bar.follow if bar else None,
            _MILLISECONDS_BETWEEN_UPDATES,
            nutpie.PyStorage.arrow(),
        )
        del model
        trace = _wait(sampler, ended, held)
        seconds = time.perf_counter() - began
        draws, statistics = trace.get_arrow_trace()
        if bar:
            columns = [batch.column("diverging").to_numpy() for batch in statistics]
            bar.update(total, sum(int(c.sum()) for c in columns), seconds)
    return RawDraws(
        positions=_positions(draws, density.dimension, settings),
        statistics={
            ours: np.stack(
                [batch.column(theirs).to_numpy()[settings.tune :] for batch in statistics]
            ).astype(kind)
            for theirs, (ours, kind) in STATISTICS.items()
        },
        seconds=seconds,
    )


@cache
def _nutpie() -> ModuleType:
    """Return nutpie's Rust extension, loaded under its own name but without its package."""
    name = "nutpie._lib"
    if name in sys.modules:
        return sys.modules[name]
    package = find_spec("nutpie")
    if package is None or not package.submodule_search_locations:
        raise ImportError("nutpie is not installed; bayesmm needs it to sample.")
    folder = Path(package.submodule_search_locations[0])
    paths = [folder / f"_lib{suffix}" for suffix in EXTENSION_SUFFIXES]
    path = next((p for p in paths if p.exists()), None)
    if path is None:
        raise ImportError(f"nutpie's extension is not in {folder}; see constraints of bayesmm.")
    spec = spec_from_file_location(name, path)
    module = module_from_spec(spec)
    # Registered, so that a later ``import nutpie`` finds it: it cannot be loaded twice.
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def _nuts_settings(nutpie: ModuleType, settings: SamplerSettings) -> object:
    """Return nutpie's settings; what is not named here keeps nutpie's default."""
    chosen = nutpie.PyNutsSettings.Diag(seed=settings.seed)
    chosen.update(
        {
            "num_tune": settings.tune,
            "num_draws": settings.draws,
            "num_chains": settings.chains,
            "maxdepth": settings.max_treedepth,
            "target_accept": settings.target_accept,
        }
    )
    return chosen


def _start(density: CompiledDensity, ended: Event) -> Start:
    """Return the function by which a chain finds where to start, until the run has ended."""

    def start(seed: int) -> NDArray[np.float64]:
        if ended.is_set():  # an exception would be kept by the sampler, and `start` with it
            return np.full(density.dimension, np.nan)
        scatter = np.random.default_rng(seed).uniform(-1.0, 1.0, density.dimension)
        return density.start + density.jitter * scatter

    return start


def _model(nutpie: ModuleType, density: CompiledDensity, start: Start) -> object:
    """Return nutpie's model of one vector variable ``x``."""
    d = density.dimension
    data = density.table.ctypes.data
    return nutpie.PyMcModel(
        nutpie.LogpFunc(density.address, data, density),
        nutpie.ExpandFunc(d, d, copy_address(), data, density),
        nutpie.PyVariable.new_variables(
            ["x"], ["float64"], [(d,)], {"coordinate": d}, {"x": ["coordinate"]}
        ),
        d,
        {"coordinate": d},
        {},
        start,
        None,
    )


def _wait(sampler: object, ended: Event, held: "ref[Start]") -> object:
    """Return the trace when all chains are done; stop them when anything goes wrong.

    nutpie reports the first chain that fails and lets its threads go on. They call `start`, and at
    the end of the interpreter that would be a crash: so they are told to end, and waited for until
    none of them holds it any more.
    """
    try:
        sampler.wait(None)
        return sampler.take_results()
    except RuntimeError as error:
        first = str(error).split("\n", 1)[0]
        if "initialization" in first:
            raise DataError(
                "No starting point with a finite log density was found. Check that the response "
                "fits the family and that no predictor or prior has an extreme scale."
            ) from error
        raise
    finally:
        if not sampler.is_empty(ignore_error=True):
            sampler.abort()
            ended.set()
            until = time.monotonic() + _PATIENCE
            while held() is not None and time.monotonic() < until:
                time.sleep(_GLANCE)
                sampler.is_empty(ignore_error=True)  # nutpie lets go of what is ours when called


def _positions(batches: list, dimension: int, settings: SamplerSettings) -> NDArray[np.float64]:
    """Return the kept draws of all chains as one array."""
    positions = np.empty((settings.chains, settings.draws, dimension))
    for chain, batch in enumerate(batches):
        flat = list_flatten(batch.column("x")).to_numpy()
        positions[chain] = flat.reshape(-1, dimension)[settings.tune :]
    return positions
