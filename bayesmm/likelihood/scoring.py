"""Fisher scoring with step halving, for whatever has an objective and a direction."""

from collections.abc import Callable
from typing import Protocol

from bayesmm.arrays import Array

__all__ = ["State", "fisher_scoring"]

_ITERATIONS = 100
# The decrement is twice what the objective can still lose; the solution is then good to its
# square root, 1e-8 in units of its standard error.
_DECREMENT = 1e-16
# Where rounding lets no step improve the objective any more, this much may be left.
_ACCEPTABLE = 1e-8
_SHORTEST_STEP = 1e-6


class State(Protocol):
    """A point of the search and the objective there, which is to be made small."""

    @property
    def objective(self) -> float:
        """Twice a negative log likelihood, with penalties."""
        ...


def fisher_scoring[S: State](
    state: S,
    direction: Callable[[S], tuple[Array, float]],
    moved: Callable[[S, Array], S],
) -> tuple[S, bool]:
    """Return the state with the smallest objective, and whether it was reached.

    `state` is where to begin, with a finite objective; `direction` maps a state to the scoring step
    and its decrement, step' score; `moved` maps a state and a step to the state there.
    """
    for _ in range(_ITERATIONS):
        step, decrement = direction(state)
        scale = 1 + abs(state.objective)
        if decrement < _DECREMENT * scale:
            return state, True
        size = 1.0
        while not (trial := moved(state, size * step)).objective <= state.objective:
            size /= 2
            if size < _SHORTEST_STEP:
                return state, decrement < _ACCEPTABLE * scale
        if trial.objective == state.objective and decrement < _ACCEPTABLE * scale:
            return trial, True  # the step is below rounding, and so is every other
        state = trial
    return state, False
