"""The draws of a tree as arrays again: the inverse of `bayesmm.sampling.assemble`."""

import numpy as np
import xarray as xr

from bayesmm.model.design import Design
from bayesmm.model.names import scalar_names
from bayesmm.sampling.draws import BlockDraws, ParameterDraws
from bayesmm.sampling.posterior import (
    common_draws,
    correlation_draws,
    effect_draws,
    named_draws,
    sd_draws,
)

__all__ = ["parameters_of_draws"]


def parameters_of_draws(
    draws: xr.DataTree, design: Design, *, effects: bool = True
) -> ParameterDraws:
    """Return the parameters of every draw, without sampler statistics.

    Without `effects`, which can be many, those of the groups are not copied, and J is 0.
    """
    sizes = draws["posterior"].sizes
    common = common_draws(draws, design)
    blocks = []
    for index, block in enumerate(design.blocks):
        shape = (sizes["chain"], sizes["draw"], block.n_effects, 0)
        blocks.append(
            BlockDraws(
                sd=sd_draws(draws, block),
                corr=correlation_draws(draws, design, index),
                effects=np.stack(effect_draws(draws, block), axis=2)
                if effects
                else np.empty(shape),
            )
        )
    return ParameterDraws(
        intercept=common[:, :, 0] if design.mu.intercept else None,
        beta=common[:, :, int(design.mu.intercept) :],
        auxiliary={
            name: named_draws(draws, name) for name in scalar_names(design)[len(design.mu.terms) :]
        },
        blocks=tuple(blocks),
        statistics={},
        seconds={},
        facts={},
    )
