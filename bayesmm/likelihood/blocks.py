"""Blocks of group effects in a basis that suits the optimiser, and back to their own terms."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.henderson import Factorisation
from bayesmm.likelihood.record import BlockEstimates
from bayesmm.model.block import Block
from bayesmm.model.names import effect_labels

__all__ = [
    "SINGULAR",
    "block_estimates",
    "factors_of",
    "free_elements",
    "orthogonal_blocks",
    "singularities",
]

# An element of Lambda (on columns of mean square one) that counts as zero, as in lme4's isSingular.
SINGULAR = 1e-4
_RANK_TOLERANCE = 1e-9


def orthogonal_blocks(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[Array, ...]]:
    """Return the blocks on orthogonal columns of mean square one, and the ways back.

    An unstructured covariance matrix is unstructured in every basis, so that the optimum does
    not depend on where x = 0 while the search for it does: on ``Days + 1000`` it goes astray.
    Columns of uncorrelated effects are only scaled.

    Returned are the blocks with Z replaced by orthogonal columns Q, Z = Q R, and of each the
    inverse of R, shape (q, q): u = inverse(R) u_Q.
    """
    result, back_transforms = [], []
    for block in blocks:
        scale = np.sqrt(np.mean(block.columns.Z**2, axis=0))
        columns, back_transform = block.columns.Z / scale, np.diag(1 / scale)
        if block.covariance.correlated:
            Q, R = np.linalg.qr(columns)
            R = R / np.sqrt(len(Q))
            if np.abs(np.diag(R)).min() > _RANK_TOLERANCE:
                columns = Q * np.sqrt(len(Q))
                back_transform = np.linalg.inv(R) / scale[:, None]
        result.append(replace(block, columns=block.columns.with_values(columns)))
        back_transforms.append(back_transform)
    return tuple(result), tuple(back_transforms)


def free_elements(blocks: Sequence[Block]) -> tuple[tuple[int, int, int], ...]:
    """Return (block, row, column) of the elements of Lambda that are parameters."""
    return tuple(
        (k, i, j)
        for k, block in enumerate(blocks)
        for i in range(block.n_effects)
        for j in (range(i + 1) if block.covariance.correlated else (i,))
    )


def factors_of(blocks: Sequence[Block], x: Array) -> list[Array]:
    """Return Lambda of each block, shape (q, q), whose `free_elements` are the first of x."""
    factors = [np.zeros((block.n_effects, block.n_effects)) for block in blocks]
    for (k, i, j), value in zip(free_elements(blocks), x, strict=False):
        factors[k][i, j] = value
    return factors


def block_estimates(equations: Factorisation, v: Array, sigma: float) -> tuple[BlockEstimates, ...]:
    """Return sds, correlations, modes and conditional sds of each block.

    The equations are those at the estimates, on the columns of the design; `v` are spherical
    effects at their mode, and `sigma` is 1 for families without one.
    """
    columns = equations.columns
    result = []
    for block, factor, modes, variances in zip(
        columns.arrangement.blocks,
        columns.factors,
        columns.effects(v),
        equations.effect_variances(),
        strict=True,
    ):
        length = np.linalg.norm(factor, axis=1)
        corr = None
        if block.covariance.correlated:
            with np.errstate(invalid="ignore"):  # a correlation with a zero sd is undefined
                direction = factor / length[:, None]
            corr = np.clip(direction @ direction.T, -1.0, 1.0)
        result.append(
            BlockEstimates(
                sd=sigma * length,
                corr=corr,
                modes=np.ascontiguousarray(modes.T),
                mode_sds=sigma * np.sqrt(np.maximum(variances, 0.0)).T,
            )
        )
    return tuple(result)


def singularities(
    blocks: Sequence[Block], factors: Sequence[Array], back_transforms: Sequence[Array]
) -> tuple[str, ...]:
    """Return a sentence for each sd at zero, correlation at +-1 or deficient matrix.

    `blocks` are those of the design, `factors` Lambda on the orthogonal columns, shape (q, q), and
    `back_transforms` from `orthogonal_blocks`.
    """
    sentences = []
    for block, factor, back_transform in zip(blocks, factors, back_transforms, strict=True):
        own = np.sqrt(np.mean(block.columns.Z**2, axis=0))[:, None] * (back_transform @ factor)
        length = np.linalg.norm(own, axis=1)
        kept = np.flatnonzero(length >= SINGULAR)
        sentences += [
            f"The sd of {effect_labels(block)[j]} in {block.factor} is estimated at zero."
            for j in np.flatnonzero(length < SINGULAR)
        ]
        if np.sum(np.linalg.svdvals(factor) >= SINGULAR) >= len(kept):
            continue
        corr = {(i, j): own[i] @ own[j] / (length[i] * length[j]) for i, j in combinations(kept, 2)}
        labels = effect_labels(block)
        extreme = {pair: r for pair, r in corr.items() if 1 - abs(r) < SINGULAR}
        sentences += [
            f"The correlation of {labels[i]} and {labels[j]} in {block.factor} "
            f"is estimated at {'+1' if r > 0 else '-1'}."
            for (i, j), r in extreme.items()
        ]
        if not extreme:
            sentences.append(
                f"The covariance matrix of the {block.n_effects} effects of {block.factor} is "
                "singular: one effect is a linear combination of the others."
            )
    return tuple(sentences)
