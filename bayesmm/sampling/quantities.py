"""Convergence of every reported quantity, by the name of its variable."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, effect_names, pair_labels, scalar_names, sd_names
from bayesmm.owned import owned
from bayesmm.sampling.convergence import MEASURES, Convergence, convergences
from bayesmm.sampling.drawn_arrays import Draws
from bayesmm.sampling.posterior import named_draws
from bayesmm.sampling.screening import screen

__all__ = [
    "Judged",
    "ReportedConvergence",
    "quantity_label",
    "reported_variables",
]


def reported_variables(design: Design) -> tuple[str, ...]:
    """Return the names of the variables in the draws, in the order of the model."""
    names = list(scalar_names(design))
    for index, block in enumerate(design.blocks):
        correlation = corr_name(design.blocks, index)
        names += [*sd_names(block), *([correlation] if correlation else []), *effect_names(block)]
    return tuple(names)


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The quantities of one variable that were judged."""

    places: NDArray[np.int64]  # in the flattened array of the variable
    measures: Convergence  # arrays of the shape of `places`
    stuck: NDArray[np.int64]  # places of further quantities that never move or are not finite


class ReportedConvergence(Mapping[str, Convergence]):
    """R-hat and effective sample sizes of every scalar that a table can show, when asked for.

    Keys as `reported_variables`. Arrays of shape (1,) for a scalar, (J,) for the effects of J
    levels, (q, q) for a correlation matrix (symmetric, NaN on the diagonal).

    Parameters
    ----------
    draws : DrawnArrays or xarray.DataTree
        Draws as `assemble` returns them.
    design : Design
        Their design.
    """

    def __init__(self, draws: Draws, design: Design) -> None:
        self._draws = draws
        self._names = reported_variables(design)
        self._many = {name for block in design.blocks for name in effect_names(block)}
        self._known: dict[str, Convergence] = {}
        self._judged: dict[str, Judged] = {}

    def __repr__(self) -> str:
        """Return what there is, by name; asked for one by one, because that takes time."""
        return f"R-hat and effective sample sizes by name: {', '.join(self._names)}"

    def __iter__(self) -> Iterator[str]:
        """Return the names of the variables in the order of the model."""
        return iter(self._names)

    def __len__(self) -> int:
        """Return the number of variables."""
        return len(self._names)

    def __getitem__(self, name: str) -> Convergence:
        """Return the convergence of every quantity of a variable."""
        if name not in self._names:
            raise KeyError(name)
        if name not in self._known:
            # few and cheap are judged together, effects of many levels each when asked for
            together = [name]
            if name not in self._many:
                together = [n for n in self._names if n not in self._many and n not in self._known]
            found = convergences([named_draws(self._draws, n) for n in together])
            self._known |= {n: owned(m) for n, m in zip(together, found, strict=True)}
        return self._known[name]

    def judged(self, name: str) -> Judged:
        """Return the convergence of the quantities that may be worst: of few levels all."""
        if name not in self._judged:
            self._judged[name] = self._judge(name)
        return self._judged[name]

    def _judge(self, name: str) -> Judged:
        if name in self._many and name not in self._known:
            draws = named_draws(self._draws, name)
            screened = screen(draws)
            if len(screened.places) < draws.shape[2]:
                measures = convergences([draws[:, :, screened.places]])[0]
                return Judged(screened.places, measures, screened.stuck)
        measures = self[name]
        flat = Convergence(*(getattr(measures, m).ravel() for m in MEASURES))
        return Judged(np.arange(flat.rhat.size), flat, np.empty(0, dtype=np.int64))

    def screened(self) -> dict[str, str]:
        """Return of which variables a part was judged, in words."""
        words = {}
        for name in sorted(self._many, key=self._names.index):
            judged, m = self.judged(name), named_draws(self._draws, name).shape[2]
            n = len(judged.places) + len(judged.stuck)
            if n < m:
                words[name] = f"{n:,} of {m:,}"
        return words


def quantity_label(design: Design, name: str, place: int) -> str:
    """Return the label of one scalar: ``Days``, ``Days|Subject[308]``, ``..._corr[Days, x]``.

    `name` is one of `reported_variables`, and `place` the index into its flattened array.
    """
    for index, block in enumerate(design.blocks):
        if name == corr_name(design.blocks, index):
            return f"{name}[{pair_labels(block)[place]}]"
        if name in effect_names(block):
            return f"{name}[{block.levels[place]}]"
    return name
