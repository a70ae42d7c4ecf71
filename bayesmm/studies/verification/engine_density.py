"""What an engine moves in, as far as it can be held against the PyMC model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from bayesmm.arrays import Array, Integers
from bayesmm.sampling.compiled.evaluate import CompiledDensity
from bayesmm.sampling.draws import ParameterDraws, SamplerSettings

__all__ = ["EngineDensity", "EngineState", "Given"]

# What was integrated out, by name, arrays of shape (n, ...): held while coordinates move.
type Given = Mapping[str, Array]


@dataclass(frozen=True, slots=True, eq=False)
class EngineState:
    """The model at n positions."""

    parameters: ParameterDraws  # every parameter, as one chain of n draws
    # (n, m): coordinates that PyMC does not have, as the logarithms of mixing precisions
    further: Array


@dataclass(frozen=True, slots=True, eq=False)
class EngineDensity:
    """A compiled density and its coordinates."""

    path: str  # what is sampled: ``"effects integrated out"``, ``"transported coordinates"``, ...
    density: CompiledDensity
    positions: Callable[[SamplerSettings], Array]  # ``settings -> (n, d)``: posterior draws
    # ``positions -> Given``: a draw of what is integrated out at each
    given: Callable[[Array], Given]
    state: Callable[[Array, Given], EngineState]  # ``(positions, given) -> EngineState``
    # ``(positions, given) -> (n,)``: what is to be added to PyMC's log density, that of
    # `EngineState.further` with what it stands for, and minus log N(v | x)
    log_weight: Callable[[Array, Given], Array]
    # coordinates in which group effects are affine, the others held; all others decide these
    levels: Integers
    # blocks whose effects are integrated out, or follow from totals and what is
    integrated: frozenset[int] = field(default_factory=frozenset)
    coefficients_integrated: bool = False  # whether the coefficients of the mean are integrated out
    # ``(positions, given) -> (n, m)``: the group effects that the coordinates `levels` stand for,
    # where some of those that PyMC standardises with them are integrated out; the weight then has
    # how PyMC's variables change with the effects. None: PyMC's own variables
    effects: Callable[[Array, Given], Array] | None = None

    @property
    def outer(self) -> Integers:
        """Coordinates that are no group effects."""
        return np.setdiff1d(np.arange(self.density.dimension), self.levels)

    @property
    def n_effects(self) -> int:
        """How many coordinates are of group effects that are not integrated out."""
        of_totals = self.coefficients_integrated and self.effects is None
        return 0 if of_totals else len(self.levels)
