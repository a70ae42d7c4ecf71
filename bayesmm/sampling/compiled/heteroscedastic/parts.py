"""A Gaussian model whose sigma varies as two designs: that of mu given sigma, that of log sigma."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.model.block import Block
from bayesmm.model.covariance import unstructured_or_diagonal
from bayesmm.model.design import Design
from bayesmm.model.names import corr_name, prefixed, sd_name, sd_names
from bayesmm.model.predictor import MEAN, Predictor, with_constants
from bayesmm.model.priors import Prior, Priors
from bayesmm.model.response_scale import precision_unit, residual_spread

__all__ = [
    "SIGMA",
    "BlockPart",
    "block_parts",
    "design_of_mean",
    "design_of_sigma",
    "parameter_problem",
]

SIGMA = "sigma"

# Where chains start, as a share of the spread of the response.
_SHARE = 0.7


@dataclass(frozen=True, slots=True)
class BlockPart:
    """The effects of a block on one of the two parameters."""

    block: int  # position of the block in the design
    effects: tuple[int, ...]  # which of its effects
    shared: bool  # whether the block has correlated effects on the other parameter too


def parameter_problem(design: Design) -> str | None:
    """Return why a model is none of a normal mean and log sigma, or None."""
    if not design.family.linear or design.varying != (SIGMA,):
        return "sigma alone does not vary about a normal mean"
    link = design.predictor(SIGMA).link
    return None if link == "log" else f"sigma has the {link} link"


def block_parts(design: Design, parameter: str) -> tuple[BlockPart, ...]:
    """Return the effects on a parameter, block by block."""
    parts = []
    for k, block in enumerate(design.blocks):
        own = tuple(a for a, e in enumerate(block.effects) if e.predictor == parameter)
        if own:
            both = len(own) < block.n_effects
            parts.append(BlockPart(k, own, both and block.covariance.correlated))
    return tuple(parts)


def design_of_mean(design: Design, priors: Priors) -> tuple[Design, Priors]:
    """Return the design of mu, and its priors, with a sigma that is flat.

    Effects that are correlated with effects of sigma are there without correlations: those are
    part of what is sampled.
    """
    family = design.family
    parts = block_parts(design, MEAN)
    blocks = tuple(_part(design.blocks[p.block], p, diagonal=p.shared) for p in parts)
    mu = replace(
        design, predictors=with_constants(design.mu, family), blocks=blocks, centrings=None
    )
    own = {term: priors[term] for term in design.mu.terms} | {SIGMA: Prior("Flat")}
    for k, (part, block) in enumerate(zip(parts, blocks, strict=True)):
        own |= {name: priors[name] for name in sd_names(block)}
        if block.covariance.correlated:
            own[corr_name(blocks, k)] = priors[corr_name(design.blocks, part.block)]
    return mu, Priors(own)


def design_of_sigma(
    design: Design, priors: Priors, first_rows: NDArray[np.int64], further: NDArray[np.float64]
) -> tuple[Design, Priors]:
    """Return the design in which log sigma of the cells is the predictor, and its priors.

    `first_rows`, (K,), has a row of each cell, `further` where the further parameters start: the
    coordinates of the covariance of mu.
    """
    sigma = design.predictor(SIGMA)
    own = {term: priors[prefixed(term, SIGMA)] for term in sigma.terms}
    parts = block_parts(design, SIGMA)
    blocks = tuple(
        _part(design.blocks[p.block], p, diagonal=False, parameter=MEAN, rows=first_rows)
        for p in parts
    )
    for k, (part, block) in enumerate(zip(parts, blocks, strict=True)):
        whole = design.blocks[part.block]
        names = [sd_name(whole.effects[a], whole.factor) for a in part.effects]
        own |= dict(zip(sd_names(block), (priors[name] for name in names), strict=True))
        if block.covariance.correlated:
            [eta] = priors[corr_name(design.blocks, part.block)].parameters
            # the density of the first rows of the factor of the whole matrix
            beside = whole.n_effects - len(part.effects)
            own[corr_name(blocks, k)] = Prior("LKJ", (eta + 0.5 * beside,))
    family = _family_of_cells(_SHARE * residual_spread(design) * precision_unit(design), further)
    own |= {name: Prior("Flat") for name in family.auxiliary}
    predictor = _predictor_of_cells(sigma, first_rows)
    cells = Design(
        formula="",
        family=family,
        response="",
        y=1.0 + np.arange(len(first_rows)),  # tells the cells apart, so that none are merged
        known={},
        weights=None,
        predictors=with_constants(predictor, family),
        blocks=blocks,
        rows=first_rows,
    )
    return cells, Priors(own)


def _family_of_cells(level: float, further: NDArray[np.float64]) -> Family:
    """Return the family whose rows are the cells, see `likelihood`."""
    coordinates = (Parameter(f"coordinate_{k}", start=float(x)) for k, x in enumerate(further))
    return Family(
        "cells",
        response="real",
        parameters=(Parameter("mu", links=("log",)), *coordinates),
        level=lambda _: level,
        compiled={"log": "bayesmm.sampling.compiled.heteroscedastic.likelihood"},
    )


def _predictor_of_cells(sigma: Predictor, rows: NDArray[np.int64]) -> Predictor:
    """Return log sigma of the cells: columns less their means over all rows, not over the cells.

    The intercept is a column like others, so that nothing is centred again.
    """
    own = sigma.take(rows)
    ones = np.ones((len(rows), int(sigma.intercept)))
    X = np.column_stack([ones, own.X - sigma.centre])
    return replace(own, parameter=MEAN, link="log", intercept=False, X=X, names=sigma.terms)


def _part(
    block: Block,
    part: BlockPart,
    *,
    diagonal: bool,
    parameter: str | None = None,
    rows: NDArray[np.int64] | None = None,
) -> Block:
    """Return a block with some of its effects, in some of the rows."""
    chosen = [block.effects[a] for a in part.effects]
    effects = tuple(
        replace(e, predictor=parameter or e.predictor, column=c) for c, e in enumerate(chosen)
    )
    columns = block.columns if rows is None else block.columns.take(rows)
    Z = np.ascontiguousarray(columns.Z[:, [e.column for e in chosen]])
    covariance = block.covariance
    if diagonal or len(effects) == 1:
        covariance = unstructured_or_diagonal(False, len(effects))
    return replace(block, effects=effects, columns=columns.with_values(Z), covariance=covariance)
