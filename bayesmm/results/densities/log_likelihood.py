"""The log likelihood of each row given the draws, group effects included."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.design import Design
from bayesmm.results.comparison.grouping import design_of_rows
from bayesmm.results.prediction.response_parameters import (
    Where,
    over_chunks_of_draws,
    response_parameters,
)

__all__ = [
    "row_log_likelihood",
    "total_log_likelihood",
    "weighted_log_density",
    "weighted_log_density_of_mu",
]


def weighted_log_density(design: Design, parameters: ResponseParameters) -> Array:
    """Return log p(y_i | parameters) of every row with its weight, shape of mu.

    The gaussian's weights are part of its density; those of other families count rows.
    """
    return weighted_log_density_of_mu(design, parameters)(parameters.mu)


def weighted_log_density_of_mu(
    design: Design, parameters: ResponseParameters
) -> Callable[[Array], Array]:
    """Return the same as a function of mu, all else being that of the parameters."""
    # an impossible mean is a log density of -inf or NaN there, which is what is wanted
    with np.errstate(all="ignore"):
        of_mu = design.family.of_mu and design.family.of_mu(design.y, parameters)

    def plain(mu: Array) -> Array:
        return design.family.log_density(design.y, replace(parameters, mu=mu))

    def weighted(mu: Array) -> Array:
        with np.errstate(all="ignore"):
            rows = (of_mu or plain)(mu)
        rows = np.where(np.isnan(rows), -np.inf, rows)
        if design.weights is None or design.family.precision_weights:
            return rows
        return design.weights * rows

    return weighted


def row_log_likelihood(
    design: Design, draws: xr.DataTree, rows: slice | NDArray[np.int64] = slice(None)
) -> Array:
    """Return log p(y_i | eta_i, auxiliary) of rows in known groups.

    Shape (chain, draw, number of rows); all rows of a large design may not fit into memory.
    """
    part_of = design_of_rows(design, rows, all_levels=True)
    sizes = draws["posterior"].sizes
    result = np.empty((sizes["chain"] * sizes["draw"], part_of.n_obs))

    def fill(part: slice, where: Where) -> None:
        result[part] = weighted_log_density(part_of, response_parameters(part_of, draws, where))

    deque(over_chunks_of_draws(fill, draws, part_of.n_obs), maxlen=0)  # raises what a thread raised
    return result.reshape(sizes["chain"], sizes["draw"], -1)


def total_log_likelihood(design: Design, draws: xr.DataTree) -> Array:
    """Return log p(y | draw) = sum_i log p(y_i | eta_i, auxiliary), shape (chain, draw)."""
    sizes = draws["posterior"].sizes
    result = np.empty(sizes["chain"] * sizes["draw"])

    def fill(part: slice, where: Where) -> None:
        parameters = response_parameters(design, draws, where)
        result[part] = weighted_log_density(design, parameters).sum(axis=1)

    deque(over_chunks_of_draws(fill, draws, design.n_obs), maxlen=0)
    return result.reshape(sizes["chain"], sizes["draw"])
