"""The order of correlated effects while they are sampled: the last of the formula comes first.

The basis of `bases` is made from the last column on. With the intercept there it is that of
orthogonal polynomials: the mean level, the slope, the curvature, nearly uncorrelated; made from
the other end, the level would be split among all.
"""

from dataclasses import replace

import numpy as np

from bayesmm.model.design import Block, Design
from bayesmm.sampling.draws import BlockDraws, ParameterDraws

__all__ = ["reversed_effects", "with_effects_in_order"]


def reversed_effects(design: Design) -> Design:
    """Return the model with the effects of each correlated block the other way round."""
    return replace(design, blocks=tuple(_reversed(block) for block in design.blocks))


def with_effects_in_order(drawn: ParameterDraws) -> ParameterDraws:
    """Return draws of the model of `reversed_effects` as those of the design; views, no copies."""
    return replace(drawn, blocks=tuple(_in_order(block) for block in drawn.blocks))


def _reversed(block: Block) -> Block:
    if not block.correlated:
        return block
    return replace(block, effects=block.effects[::-1], Z=np.ascontiguousarray(block.Z[:, ::-1]))


def _in_order(block: BlockDraws) -> BlockDraws:
    if block.corr is None:
        return block
    return BlockDraws(
        sd=block.sd[..., ::-1],
        corr=block.corr[..., ::-1, ::-1],
        effects=block.effects[:, :, ::-1],
    )
