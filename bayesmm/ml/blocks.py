"""From covariance factors to the estimates of each block of group effects."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.ml.record import BlockEstimates
from bayesmm.model.design import Block

__all__ = ["SINGULAR", "block_estimates", "scaled_blocks", "singularities"]

type Array = NDArray[np.float64]

# lme4's isSingular: a diagonal element of Lambda (on columns of mean square one) below this.
SINGULAR = 1e-4


def scaled_blocks(blocks: Sequence[Block]) -> tuple[tuple[Block, ...], tuple[Array, ...]]:
    """Return the blocks with columns of mean square one, and the scales taken out, each (q,)."""
    scales = tuple(np.sqrt(np.mean(block.Z**2, axis=0)) for block in blocks)
    scaled = tuple(replace(b, Z=b.Z / s) for b, s in zip(blocks, scales, strict=True))
    return scaled, scales


def block_estimates(
    blocks: Sequence[Block],
    scales: Sequence[Array],
    factors: Sequence[Array],
    modes: Sequence[Array],
    variances: Sequence[Array],
    sigma: float,
) -> tuple[BlockEstimates, ...]:
    """Return sds, correlations, modes and conditional sds in the units of the design.

    Parameters
    ----------
    blocks : sequence of Block
        Only their shape is read.
    scales : sequence of ndarray, shape (q,)
        What the columns were divided by.
    factors : sequence of ndarray, shape (q, q)
        Lambda on the scaled columns.
    modes, variances : sequence of ndarray, shape (J, q)
        u on the scaled columns, and its conditional variance over sigma^2.
    sigma : float
        Residual sd; 1 for families without one.
    """
    result = []
    for block, scale, factor, mode, variance in zip(
        blocks, scales, factors, modes, variances, strict=True
    ):
        length = np.linalg.norm(factor, axis=1)
        corr = None
        if block.correlated:
            with np.errstate(invalid="ignore"):  # a correlation with a zero sd is undefined
                direction = factor / length[:, None]
            corr = np.clip(direction @ direction.T, -1.0, 1.0)
        result.append(
            BlockEstimates(
                sd=sigma * length / scale,
                corr=corr,
                modes=(mode / scale).T,
                mode_sds=sigma * np.sqrt(np.maximum(variance, 0.0)).T / scale[:, None],
            )
        )
    return tuple(result)


def singularities(blocks: Sequence[Block], factors: Sequence[Array]) -> tuple[str, ...]:
    """Return a sentence for each variance at zero, correlation at +-1 or deficient matrix."""
    sentences = []
    for block, factor in zip(blocks, factors, strict=True):
        length = np.linalg.norm(factor, axis=1)
        zero = length < SINGULAR
        sentences += [
            f"The sd of {effect} in {block.factor} is estimated at zero."
            for effect, at_zero in zip(block.effects, zero, strict=True)
            if at_zero
        ]
        if zero.all() or np.abs(np.diag(factor)[~zero]).min() >= SINGULAR:
            continue
        kept = np.flatnonzero(~zero)
        direction = factor[kept] / length[kept, None]
        corr = direction @ direction.T
        pairs = [
            (i, j)
            for a, i in enumerate(kept)
            for b, j in enumerate(kept)
            if a < b and 1 - abs(corr[a, b]) < SINGULAR
        ]
        sentences += [
            f"The correlation of {block.effects[i]} and {block.effects[j]} in {block.factor} "
            f"is estimated at {'-1' if factor[i] @ factor[j] < 0 else '+1'}."
            for i, j in pairs
        ]
        if not pairs:
            sentences.append(
                f"The covariance matrix of the {block.n_effects} effects of {block.factor} is "
                "singular: one effect is a linear combination of the others."
            )
    return tuple(sentences)
