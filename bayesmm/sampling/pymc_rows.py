"""Draws of a PyMC model as rows of numbers, as they are kept on disk, and back."""

from collections.abc import Sequence
from math import comb
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import effect_names, partials_name, scalar_names, sd_names, stored_name
from bayesmm.sampling.compiled.nutpie_sampler import STATISTICS

if TYPE_CHECKING:
    import xarray

__all__ = ["PymcRows"]

type Floats = NDArray[np.float64]


class PymcRows:
    """Which variables the draws of a model are made of, and where each is in a row.

    Attributes
    ----------
    sizes : mapping of str to int or None
        Name of each variable, and its length; None for a single number.
    """

    def __init__(self, design: Design) -> None:
        names: list[tuple[str, int | None]] = [(name, None) for name in scalar_names(design)]
        for index, block in enumerate(design.blocks):
            names += [(name, None) for name in sd_names(block)]
            names += [(name, block.n_groups) for name in effect_names(block)]
            if block.covariance.correlated:
                pairs = comb(block.n_effects, 2)
                names.append((partials_name(design.blocks, index), pairs))
        self.sizes = {stored_name(name): size for name, size in names}

    @property
    def dimension(self) -> int:
        """How many numbers of the model a row has."""
        return sum(size or 1 for size in self.sizes.values())

    @property
    def width(self) -> int:
        """How many numbers a row has, with the statistics."""
        return self.dimension + len(STATISTICS)

    def of_trace(self, trace: "xarray.DataTree") -> list[Floats]:
        """Return the rows of each chain of a trace of nutpie's, shape (n, width).

        In the trace of a run that is not over all chains are as long as the longest of them.
        """
        if "sample_stats" not in trace:
            return []
        statistics, posterior = trace["sample_stats"], trace["posterior"]
        steps = np.asarray(statistics["step_size"])
        found = []
        for chain, length in enumerate(np.isfinite(steps).sum(axis=1)):
            drawn = [np.asarray(posterior[name][chain, :length]) for name in self.sizes]
            told = [np.asarray(statistics[name][chain, :length]) for name in STATISTICS]
            columns = [own.reshape(length, -1).astype(float) for own in (*drawn, *told)]
            found.append(np.concatenate(columns, axis=1))
        return found

    def variables(self, rows: Sequence[Floats]) -> tuple[dict[str, Floats], dict[str, NDArray]]:
        """Return variables and statistics of chains of one length, shapes (chain, draw, ...)."""
        together = np.stack(rows)
        found, at = {}, 0
        for name, size in self.sizes.items():
            own = together[..., at : at + (size or 1)]
            found[name] = own[..., 0] if size is None else own
            at += size or 1
        statistics = {
            ours: np.ascontiguousarray(together[..., at + k]).astype(kind)
            for k, (ours, kind) in enumerate(STATISTICS.values())
        }
        return found, statistics
