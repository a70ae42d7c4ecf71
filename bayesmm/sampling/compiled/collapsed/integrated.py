"""Sampling when every coefficient and effect is integrated out, and its draws as parameters."""

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import sample_density
from bayesmm.sampling.compiled.collapsed.conditional import ConditionalDraws, draw_conditionals
from bayesmm.sampling.compiled.collapsed.covariance import covariance_draws
from bayesmm.sampling.compiled.collapsed.model import CollapsedModel, collapsed_model
from bayesmm.sampling.compiled.collapsed.tables import compiled_density
from bayesmm.sampling.draws import BlockDraws, ParameterDraws, SamplerSettings

__all__ = ["effects_by_block", "sample_integrated"]

type Floats = NDArray[np.float64]

# Keeps the streams of the conditional draws apart from the sampler's, which share its seed.
_STREAM_FAMILY = 0x636F6E64


def sample_integrated(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample the covariance parameters, then the coefficients and effects given each draw."""
    began = time.perf_counter()
    model = collapsed_model(design, priors)
    prepared = time.perf_counter()
    raw = sample_density(compiled_density(model), settings)
    sampled = time.perf_counter()
    positions = raw.positions.reshape(-1, model.dimension)
    conditional = draw_conditionals(
        model, positions, settings.seed ^ _STREAM_FAMILY, settings.cores
    )
    seconds = {
        "prepare": prepared - began,
        "sample": raw.seconds,
        "effects": time.perf_counter() - sampled,
    }
    return _parameter_draws(design, model, positions, conditional, raw.statistics, seconds)


def _parameter_draws(
    design: Design,
    model: CollapsedModel,
    positions: Floats,
    conditional: ConditionalDraws,
    statistics: Mapping[str, NDArray],
    seconds: Mapping[str, float],
) -> ParameterDraws:
    """Return the draws in the terms of the design."""
    shape = next(iter(statistics.values())).shape
    values, corr = covariance_draws(positions, model.priors, model.corr, model.n_effects)
    values = values.reshape(*shape, -1)
    beta = (conditional.delta + model.shift).reshape(*shape, -1)
    intercept = None
    if design.intercept:
        slopes = beta[..., 1:]
        intercept, beta = beta[..., 0] - slopes @ design.center, slopes
    return ParameterDraws(
        intercept=intercept,
        beta=beta,
        auxiliary={design.family.auxiliary[0]: values[..., 0]},
        blocks=_block_draws(design, model, values, corr, conditional, shape),
        statistics=statistics,
        seconds=seconds,
        facts=_facts(design, model),
    )


def _block_draws(
    design: Design,
    model: CollapsedModel,
    values: Floats,
    corr: Floats,
    conditional: ConditionalDraws,
    shape: tuple[int, int],
) -> tuple[BlockDraws, ...]:
    """Return the draws of each block; effects are views of the drawn arrays."""
    effects = effects_by_block(design, model, conditional)
    out = []
    for block, first, own in zip(design.blocks, model.plan.block_effects, effects, strict=True):
        part = slice(first, first + block.n_effects)
        out.append(
            BlockDraws(
                sd=values[..., 1 + part.start : 1 + part.stop],
                corr=corr[:, part, part].reshape(*shape, block.n_effects, block.n_effects)
                if block.correlated
                else None,
                effects=own.reshape(*shape, *own.shape[1:]),
            )
        )
    return tuple(out)


def effects_by_block(
    design: Design, model: CollapsedModel, conditional: ConditionalDraws
) -> list[Floats]:
    """Return the effects of each block, shape (D, q, J)."""
    effects: list[Floats] = [np.empty(0)] * len(design.blocks)
    dense_at = 0
    for factor in model.plan.factors:
        if factor is model.plan.eliminated:
            own = conditional.eliminated
        else:
            width = factor.n_effects * factor.n_groups
            flat = conditional.dense[:, dense_at : dense_at + width]
            own = flat.reshape(len(flat), factor.n_effects, factor.n_groups)
            dense_at += width
        for index in factor.blocks:
            first = model.plan.block_effects[index] - factor.first_effect
            effects[index] = own[:, first : first + design.blocks[index].n_effects]
    return effects


def _facts(design: Design, model: CollapsedModel) -> dict[str, object]:
    """Return what was integrated out and how wide the dense algebra is."""
    s = model.statistics
    return {
        "path": "collapsed",
        "integrated": (*design.terms, *dict.fromkeys(b.factor for b in design.blocks)),
        "eliminated": model.plan.eliminated.name if model.plan.eliminated else None,
        "dense_width": s.within.shape[0] - 1,
        "sampled_dimension": model.dimension,
        "group_classes": len(s.class_size) + len(s.single),
    }
