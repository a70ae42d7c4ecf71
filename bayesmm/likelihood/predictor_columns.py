"""Group effects on several linear predictors as effects on one: the predictors below each other.

The n rows of eta_1, then those of eta_2, and so on, are n P rows of one predictor (of the P that
have group effects). A level has rows
in all of them; the column of an effect is zero outside its own predictor. The rows of one
observation are not independent given the effects: their weights are a P by P matrix, W_i =
E_i D_i E_i'. In the coordinates E_i they are, so that the equations of one predictor solve those of
several.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.group_columns import GroupColumns
from bayesmm.likelihood.henderson import Factorisation, factorise
from bayesmm.model.block import Block
from bayesmm.model.block_columns import Indicator

__all__ = ["factorise_predictors", "stacked_blocks"]


def stacked_blocks(blocks: Sequence[Block], parameters: Sequence[str]) -> tuple[Block, ...]:
    """Return the blocks on the rows of all P predictors, each effect with a column of its own."""
    return tuple(_stacked(block, parameters) for block in blocks)


def _stacked(block: Block, parameters: Sequence[str]) -> Block:
    n = len(block.columns.codes)
    Z = np.zeros((len(parameters), n, block.n_effects))
    for k, (effect, column) in enumerate(block.effect_columns()):
        Z[parameters.index(effect.predictor), :, k] = column
    codes = np.tile(block.columns.codes, len(parameters))
    return replace(
        block,
        effects=tuple(replace(effect, column=k) for k, effect in enumerate(block.effects)),
        columns=Indicator(codes, Z.reshape(len(codes), -1)),
    )


def factorise_predictors(columns: GroupColumns, curvature: Array, *, safe: bool) -> Factorisation:
    """Return the equations Lambda'Z'WZ Lambda + I, factorised, on the columns that were given.

    `columns` are Z Lambda of stacked blocks, and `curvature` is W of every observation, shape (P,
    P, n_obs). If `safe`, W is replaced by one with positive eigenvalues: away from the mode the
    observed curvature may be negative, where any ascent is a step. A `numpy.linalg.LinAlgError`
    says that the equations are numerically singular, or not positive definite.
    """
    size, _, n = curvature.shape
    if not np.isfinite(curvature).all():
        raise np.linalg.LinAlgError("a curvature is not finite")
    if size == 1:
        weights = curvature.ravel()
        return factorise(columns, np.empty((n, 0)), np.abs(weights) if safe else weights)
    values, directions = np.linalg.eigh(np.moveaxis(curvature, 2, 0))  # (n, P), (n, P, P)
    weights = (np.abs(values) if safe else values).T.ravel()
    rotated = tuple(
        np.einsum("iab,aiq->biq", directions, own.reshape(size, n, -1)).reshape(size * n, -1)
        for own in columns.columns
    )
    turned = replace(columns, columns=rotated)
    equations = factorise(turned, np.empty((size * n, 0)), weights)
    return replace(equations, columns=columns)
