"""Convergence of every reported quantity, by the name of its variable."""

from collections.abc import Iterator

import xarray as xr

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, effect_names, pair_labels, sd_names
from bayesmm.sampling.convergence import Convergence, convergences
from bayesmm.sampling.posterior import named_draws

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
        of J levels, one value per pair of effects for correlations.
    """
    names = reported_variables(design)
    found = convergences([named_draws(draws, name) for name in names])
    return dict(zip(names, found, strict=True))


def _correlation_blocks(design: Design) -> Iterator[tuple[str, int]]:
    for index in range(len(design.blocks)):
        name = corr_name(design.blocks, index)
        if name is not None:
            yield name, index


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
            return f"{name}[{pair_labels(design.blocks[index])[place]}]"
    for block in design.blocks:
        if name in effect_names(block):
            return f"{name}[{block.levels[place]}]"
    return name
