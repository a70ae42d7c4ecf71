"""Arrays of draws by the names of the design; the only reader of the tree's variables."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.names import (
    coefficient_names,
    corr_name,
    correlation_pairs,
    effect_names,
    sd_names,
    stored_name,
)
from bayesmm.model.predictor import MEAN
from bayesmm.sampling.drawn_arrays import Draws

__all__ = [
    "LEVEL_CHUNK_VALUES",
    "common_draws",
    "correlation_draws",
    "correlation_pairs",
    "effect_draws",
    "level_chunks",
    "named_draws",
    "sd_draws",
]

type Array = NDArray[np.float64]

LEVEL_CHUNK_VALUES = 500_000  # draws of group effects held at a time: 4 MB


def named_draws(draws: Draws, name: str) -> Array:
    """Return the draws of one variable as a view, shape (chain, draw, ...)."""
    return draws["posterior"].dataset.variables[stored_name(name)].values


def common_draws(draws: Draws, design: Design, parameter: str = MEAN) -> Array:
    """Return the draws of the common effects on a parameter, shape (chain, draw, terms)."""
    names = coefficient_names(design.predictor(parameter))
    if not names:
        sizes = draws["posterior"].sizes
        return np.empty((sizes["chain"], sizes["draw"], 0))
    return np.stack([named_draws(draws, name) for name in names], axis=-1)


def sd_draws(draws: Draws, block: Block) -> Array:
    """Return the draws of the sds of a block, shape (chain, draw, q)."""
    return np.stack([named_draws(draws, name) for name in sd_names(block)], axis=-1)


def correlation_draws(draws: Draws, design: Design, index: int) -> Array | None:
    """Return the draws of the correlation matrix of a block, (chain, draw, q, q), or None."""
    name = corr_name(design.blocks, index)
    if name is None:
        return None
    pairs = named_draws(draws, name)
    q = design.blocks[index].n_effects
    matrices = np.empty((*pairs.shape[:2], q, q))
    matrices[..., range(q), range(q)] = 1.0
    for k, (a, b) in enumerate(correlation_pairs(design.blocks[index])):
        matrices[..., a, b] = matrices[..., b, a] = pairs[..., k]
    return matrices


def effect_draws(draws: Draws, block: Block) -> tuple[Array, ...]:
    """Return the draws of the effects of a block: q views of shape (chain, draw, J)."""
    return tuple(named_draws(draws, name) for name in effect_names(block))


def level_chunks(n_levels: int, n_draws: int, most: int | None = None) -> Iterator[slice]:
    """Cut the levels so that all draws of one chunk stay within `LEVEL_CHUNK_VALUES`, or `most`."""
    step = max(1, (most or LEVEL_CHUNK_VALUES) // max(1, n_draws))
    for start in range(0, n_levels, step):
        yield slice(start, min(start + step, n_levels))
