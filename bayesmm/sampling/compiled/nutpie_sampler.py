"""The only door to nutpie: a compiled density goes in, draws of its chains come out.

``import nutpie`` loads PyMC and ArviZ and takes seconds; its sampler is a Rust extension that
needs neither, so only that is loaded. Everything used of it is listed in `PRIVATE_SURFACE`.
"""

import sys
import time
from collections.abc import Callable, Mapping
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

from bayesmm.sampling.compiled.evaluate import CompiledDensity
from bayesmm.sampling.compiled.kernels.pointers import copy_address
from bayesmm.sampling.compiled.stretches import Stretch
from bayesmm.sampling.draws import SamplerSettings
from bayesmm.sampling.progress import SamplingProgress

__all__ = ["STATISTICS", "Pieces", "Running"]

# Class -> members used here; the contract test fails when one is gone.
PRIVATE_SURFACE: Mapping[str, tuple[str, ...]] = {
    "ExpandFunc": (),
    "LogpFunc": (),
    "ProgressType": ("none",),
    "PyChainProgress": ("divergences", "finished_draws"),
    "PyMcModel": (),
    "PyNutsSettings": ("Diag", "update"),
    "PySampler": ("from_pymc", "wait", "take_results", "inspect", "abort", "is_empty"),
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
# Of each chain: positions, shape (n, d), and statistics, shape (n, 8).
type Pieces = list[tuple[NDArray[np.float64], NDArray[np.float64]]]


class Running:
    """nutpie's sampler at work in threads of its own, so many chains (`cores`) at the same time."""

    def __init__(self, stretch: Stretch, cores: int, bar: SamplingProgress | None) -> None:
        nutpie = _nutpie()
        self.stretch, self._ended = stretch, Event()
        start = _start(stretch.density, self._ended)
        model, self._held = _model(nutpie, stretch.density, start), ref(start)
        del start  # held by the model alone
        self._sampler = nutpie.PySampler.from_pymc(
            _nuts_settings(nutpie, stretch.settings),
            cores,
            model,
            nutpie.ProgressType.none(),
            bar.follow if bar else None,
            _MILLISECONDS_BETWEEN_UPDATES,
            nutpie.PyStorage.arrow(),
        )

    def is_over(self, seconds: float | None) -> bool:
        """Wait for so long, or until all chains are done; return whether they are.

        Raises RuntimeError when a chain failed, KeyboardInterrupt when the user stops it.
        """
        try:
            self._sampler.wait(seconds)
        except TimeoutError:
            return False
        return True

    @property
    def is_empty(self) -> bool:
        """Whether its draws were taken, or it has failed."""
        return self._sampler.is_empty(ignore_error=True)

    def so_far(self) -> Pieces:
        """Return a copy of the draws that are there; the chains go on."""
        return self._pieces(self._sampler.inspect())

    def take(self) -> Pieces:
        """Return the draws, and no others will come."""
        return self._pieces(self._sampler.take_results())

    def abort(self) -> None:
        """Stop the chains; what they have can be taken."""
        self._sampler.abort()

    def end(self) -> None:
        """Stop the chains, and wait until their threads hold nothing of ours.

        nutpie reports the first chain that fails and lets its threads go on. They call `start`,
        and at the end of the interpreter that would be a crash: so they are told to end.
        """
        if not self.is_empty:
            self.abort()
        self._ended.set()
        until = time.monotonic() + _PATIENCE
        while self._held() is not None and time.monotonic() < until:
            time.sleep(_GLANCE)
            self.is_empty  # noqa: B018  (nutpie lets go of what is ours when called)

    def _pieces(self, trace: object) -> Pieces:
        found = []
        tune = self.stretch.settings.tune
        for batch, statistics in zip(*trace.get_arrow_trace(), strict=True):
            flat = list_flatten(batch.column("x")).to_numpy()
            positions = flat.reshape(-1, self.stretch.density.dimension)[tune:]
            columns = (statistics.column(name).to_numpy() for name in STATISTICS)
            found.append((positions, np.column_stack([c[tune:].astype(float) for c in columns])))
        return found


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
