"""Convergence of every reported quantity, by the name of its variable."""

from collections.abc import Iterator

import numpy as np
import xarray as xr

from bayesmm.model.design import Block, Design
from bayesmm.model.names import corr_name, effect_names, sd_names
from bayesmm.sampling.convergence import Convergence, convergences
from bayesmm.sampling.posterior import correlation_pairs, named_draws

__all__ = ["quantity_label", "reported_convergence", "reported_variables"]


def reported_variables(design: Design) -> tuple[str, ...]:
    """Return the names of the variables in the draws, in the order of the model."""
    names = [*design.terms, *design.family.auxiliary]
    for index, block in enumerate(design.blocks):
        correlation = corr_name(design.blocks, index)
        names += [*sd_names(block), *([correlation] if correlation else []), *effect_names(block)]
    return tuple(names)


def reported_convergence(draws: xr.DataTree, design: Design) -> dict[str, Convergence]:
    """Return R-hat and effective sample sizes of every scalar that a table can show.

    Parameters
    ----------
    draws : xarray.DataTree
        Draws as `assemble` returns them.
    design : Design
        Their design.

    Returns
    -------
    dict of str to Convergence
        Keys as `reported_variables`. Arrays of shape (1,) for a scalar, (J,) for the effects
        of J levels, (q, q) for a correlation matrix (symmetric, NaN on the diagonal).
    """
    pairs = {
        name: (design.blocks[index], tuple(np.array(correlation_pairs(design.blocks[index])).T))
        for name, index in _correlation_blocks(design)
    }
    names = reported_variables(design)
    arrays = {name: named_draws(draws, name) for name in names}
    for name, (_, (rows, columns)) in pairs.items():
        arrays[name] = arrays[name][:, :, rows, columns]
    return {
        name: _as_matrix(found, *pairs[name]) if name in pairs else found
        for name, found in zip(names, convergences(list(arrays.values())), strict=True)
    }


def _correlation_blocks(design: Design) -> Iterator[tuple[str, int]]:
    for index in range(len(design.blocks)):
        name = corr_name(design.blocks, index)
        if name is not None:
            yield name, index


def _as_matrix(pairs: Convergence, block: Block, places: tuple[np.ndarray, ...]) -> Convergence:
    """Return the convergence of pairs of effects as symmetric matrices."""
    rows, columns = places

    def spread(values: np.ndarray) -> np.ndarray:
        matrix = np.full((block.n_effects, block.n_effects), np.nan)
        matrix[rows, columns] = matrix[columns, rows] = values
        return matrix

    return Convergence(spread(pairs.rhat), spread(pairs.ess_bulk), spread(pairs.ess_tail))


def quantity_label(design: Design, name: str, place: int) -> str:
    """Return the label of one scalar: ``Days``, ``Days|Subject[308]``, ``..._corr[Days, x]``.

    Parameters
    ----------
    design : Design
        The design of the draws.
    name : str
        Name of a variable, one of `reported_variables`.
    place : int
        Index into the flattened array of that variable.
    """
    for correlation, index in _correlation_blocks(design):
        if name == correlation:
            effects = design.blocks[index].effects
            a, b = sorted(divmod(place, len(effects)))
            return f"{name}[{effects[a]}, {effects[b]}]"
    for block in design.blocks:
        if name in effect_names(block):
            return f"{name}[{block.levels[place]}]"
    return name
