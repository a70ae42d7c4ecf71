"""The worst quantity by each measure of convergence."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.sampling.convergence import Convergence
from bayesmm.sampling.quantities import quantity_label

__all__ = ["Extreme", "Worst", "find_worst"]


@dataclass(frozen=True, slots=True)
class Extreme:
    """The worst value of one measure and the scalar that has it.

    Attributes
    ----------
    value : float
        The value; NaN when the measure exists for no quantity.
    label : str
        The scalar in words, ``"Days|Subject[308]"``; empty when there is none.
    name : str
        Name of its variable in the draws.
    place : int
        Index into the flattened array of that variable.
    """

    value: float = float("nan")
    label: str = ""
    name: str = ""
    place: int = 0


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst quantities, and those that cannot be judged.

    Attributes
    ----------
    rhat, ess_bulk, ess_tail : Extreme
        Largest R-hat, smallest effective sample sizes.
    stuck : tuple of str
        The first of the quantities that never moved or have values that are not finite.
    n_stuck : int
        How many of those there are.
    """

    rhat: Extreme
    ess_bulk: Extreme
    ess_tail: Extreme
    stuck: tuple[str, ...]
    n_stuck: int


def find_worst(measures: Mapping[str, Convergence], design: Design) -> Worst:
    """Return the worst quantities among those of `reported_convergence`."""
    stuck = [
        (name, int(place))
        for name, measure in measures.items()
        for place in np.flatnonzero(np.isnan(measure.ess_bulk))
    ]
    return Worst(
        rhat=_extreme({n: -m.rhat for n, m in measures.items()}, design, sign=-1),
        ess_bulk=_extreme({n: m.ess_bulk for n, m in measures.items()}, design),
        ess_tail=_extreme({n: m.ess_tail for n, m in measures.items()}, design),
        stuck=tuple(quantity_label(design, *where) for where in stuck[:3]),
        n_stuck=len(stuck),
    )


def _extreme(values: Mapping[str, NDArray], design: Design, sign: int = 1) -> Extreme:
    least = {name: np.nanmin(v) for name, v in values.items() if not np.isnan(v).all()}
    if not least:
        return Extreme()
    name = min(least, key=least.__getitem__)
    place = int(np.nanargmin(values[name]))
    value = sign * float(least[name])
    return Extreme(value, quantity_label(design, name, place), name, place)
