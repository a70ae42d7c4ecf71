"""Effects of factors that were integrated out, drawn given everything else."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.nesting import outer_levels
from bayesmm.sampling.draws import BlockDraws

__all__ = ["draw_outer", "with_outer_effects"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]

# Keeps these draws apart from the sampler's, which have the same seed.
_STREAM = 0x6F757465


def with_outer_effects(
    model: JointModel, blocks: tuple[BlockDraws, ...], seed: int
) -> tuple[BlockDraws, ...]:
    """Return the blocks with the sums of nested effects taken apart, an exact draw per draw."""
    drawn = list(blocks)
    for k, outer in enumerate(model.geometry.nesting.outer):
        if outer is None:
            continue
        groups = outer_levels(model.design.blocks[k], model.design.blocks[outer])
        totals = blocks[k].effects[..., 0, :]
        sds = blocks[k].sd[..., 0], blocks[outer].sd[..., 0]
        u = draw_outer(totals, groups, *sds, (seed, _STREAM, k))
        drawn[outer] = replace(blocks[outer], effects=u[..., None, :])
        drawn[k] = replace(blocks[k], effects=(totals - u[..., groups])[..., None, :])
    return tuple(drawn)


def draw_outer(
    totals: Floats, groups: Integers, inner: Floats, outer: Floats, seed: int | tuple[int, ...]
) -> Floats:
    """Draw the effects u_g of a factor given e_j = u_g + w_j, with w_j ~ N(0, inner^2).

    `totals`, (chain, draw, J), are e_j, `groups` the group of each level, `inner` and `outer`,
    (chain, draw), the sds of w_j and u_g.
    """
    order = np.argsort(groups, kind="stable")
    size = np.bincount(groups)
    starts = np.cumsum(size) - size
    sums = np.add.reduceat(totals[..., order], starts, axis=-1)
    variance = inner[..., None] ** 2
    share = outer[..., None] ** 2 / (variance + size * outer[..., None] ** 2)
    noise = np.random.default_rng(seed).standard_normal(sums.shape)
    return share * sums + np.sqrt(variance * share) * noise
