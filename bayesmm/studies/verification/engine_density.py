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
    """The model at n positions.

    Attributes
    ----------
    parameters : ParameterDraws
        Every parameter, as one chain of n draws.
    further : ndarray, shape (n, m)
        Coordinates that PyMC does not have, as the logarithms of mixing precisions.
    """

    parameters: ParameterDraws
    further: Array


@dataclass(frozen=True, slots=True, eq=False)
class EngineDensity:
    """A compiled density and its coordinates.

    Attributes
    ----------
    path : str
        What is sampled: ``"effects integrated out"``, ``"transported coordinates"``, ...
    density : CompiledDensity
        The log density.
    positions : callable
        ``settings -> (n, d)``: posterior draws.
    given : callable
        ``positions -> Given``: a draw of what is integrated out at each.
    state : callable
        ``(positions, given) -> EngineState``.
    log_weight : callable
        ``(positions, given) -> (n,)``: what is to be added to PyMC's log density, that of
        `EngineState.further` with what it stands for, and minus log N(v | x).
    levels : ndarray of int64
        Coordinates in which group effects are affine, the others held; all others decide these.
    integrated : frozenset of int
        Blocks whose effects are integrated out, or follow from totals and what is.
    coefficients_integrated : bool
        Whether the coefficients of the mean are integrated out.
    effects : callable, optional
        ``(positions, given) -> (n, m)``: the group effects that the coordinates `levels` stand
        for, where some of those that PyMC standardises with them are integrated out; the weight
        then has how PyMC's variables change with the effects. None: PyMC's own variables.
    """

    path: str
    density: CompiledDensity
    positions: Callable[[SamplerSettings], Array]
    given: Callable[[Array], Given]
    state: Callable[[Array, Given], EngineState]
    log_weight: Callable[[Array, Given], Array]
    levels: Integers
    integrated: frozenset[int] = field(default_factory=frozenset)
    coefficients_integrated: bool = False
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
