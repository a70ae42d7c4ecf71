"""The worst quantity by each measure of convergence."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bayesmm.errors import visible
from bayesmm.model.design import Design
from bayesmm.sampling.quantities import Judged, ReportedConvergence, quantity_label

__all__ = ["Extreme", "Worst", "find_worst"]


@dataclass(frozen=True, slots=True)
class Extreme:
    """The worst value of one measure and the scalar that has it."""

    value: float = float("nan")  # NaN when the measure exists for no quantity
    label: str = ""  # the scalar in words, ``"Days|Subject[308]"``; empty when there is none
    name: str = ""  # of its variable in the draws
    place: int = 0  # index into the flattened array of that variable


@dataclass(frozen=True, slots=True)
class Worst:
    """The worst quantities, and those that cannot be judged."""

    rhat: Extreme  # the largest
    ess_bulk: Extreme  # the smallest effective sample size
    ess_tail: Extreme  # likewise
    stuck: tuple[str, ...]  # first of those that never moved or have values that are not finite
    n_stuck: int  # how many of those there are


def find_worst(measures: ReportedConvergence, design: Design) -> Worst:
    """Return the worst quantities among those that were judged."""
    judged = {name: measures.judged(name) for name in measures}
    stuck = [
        (name, int(place))
        for name, own in judged.items()
        for place in sorted({*own.stuck, *own.places[np.isnan(own.measures.ess_bulk)]})
    ]
    return Worst(
        rhat=_extreme(judged, "rhat", design, sign=-1),
        ess_bulk=_extreme(judged, "ess_bulk", design),
        ess_tail=_extreme(judged, "ess_tail", design),
        stuck=tuple(visible(quantity_label(design, *where)) for where in stuck[:3]),
        n_stuck=len(stuck),
    )


def _extreme(judged: Mapping[str, Judged], measure: str, design: Design, sign: int = 1) -> Extreme:
    values = {name: sign * getattr(own.measures, measure) for name, own in judged.items()}
    least = {name: np.nanmin(v) for name, v in values.items() if not np.isnan(v).all()}
    if not least:
        return Extreme()
    name = min(least, key=least.__getitem__)
    place = int(judged[name].places[np.nanargmin(values[name])])
    label = visible(quantity_label(design, name, place))  # it stands in sentences
    return Extreme(sign * float(least[name]), label, name, place)
