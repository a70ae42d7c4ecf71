"""From draws in the sampler's coordinates, and of what was integrated out, to parameters."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.sampling.compiled.bridge import RawDraws
from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.draws import BlockDraws, ParameterDraws

__all__ = ["ConditionalDraws", "effects_of_dense", "gaussian_parameter_draws"]

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class ConditionalDraws:
    """Draws of what was integrated out, one for each of D positions of the sampler."""

    values: Floats  # sigma, the sds in the order of the plan, ..., (D, 1 + Q + mixtures)
    correlations: Floats  # of all effects, (D, Q, Q)
    coefficients: Floats  # of the centred columns, in the order of ``Design.terms``, (D, p)
    effects: Mapping[str, Floats]  # group effects of each factor, (D, q, J)


def effects_of_dense(flat: Floats, factors: tuple) -> dict[str, Floats]:
    """Return views of the effects of several factors that lie side by side in rows of `flat`."""
    effects, at = {}, 0
    for factor in factors:
        part = flat[:, at : at + factor.width]
        effects[factor.name] = part.reshape(len(flat), factor.n_effects, factor.n_groups)
        at += factor.width
    return effects


def gaussian_parameter_draws(
    design: Design,
    plan: Plan,
    raw: RawDraws,
    conditional: ConditionalDraws,
    seconds: Mapping[str, float],
    facts: Mapping[str, object],
) -> ParameterDraws:
    """Return the draws in the terms of the design; effects are views of the drawn arrays."""
    chains, draws, _ = raw.positions.shape
    values = conditional.values.reshape(chains, draws, -1)
    corr = conditional.correlations
    beta = conditional.coefficients.reshape(chains, draws, -1)
    intercept = None
    if design.mu.intercept:
        slopes = beta[..., 1:]
        intercept, beta = beta[..., 0] - slopes @ design.mu.centre, slopes
    first_of = {factor.name: factor.first_effect for factor in plan.factors}
    blocks = []
    for block, first in zip(design.blocks, plan.block_effects, strict=True):
        q = block.n_effects
        own = conditional.effects[block.factor]
        own = own.reshape(chains, draws, *own.shape[1:])
        local = first - first_of[block.factor]
        matrices = corr[:, first : first + q, first : first + q]
        blocks.append(
            BlockDraws(
                sd=values[..., 1 + first : 1 + first + q],
                corr=matrices.reshape(chains, draws, q, q) if block.covariance.correlated else None,
                effects=own[:, :, local : local + q],
            )
        )
    return ParameterDraws(
        intercept=intercept,
        beta=beta,
        auxiliary={design.family.auxiliary[0]: values[..., 0]},
        blocks=tuple(blocks),
        statistics=raw.statistics,
        seconds=seconds,
        facts=facts,
    )
