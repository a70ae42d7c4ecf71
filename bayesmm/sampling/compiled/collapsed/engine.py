"""Sampling of Gaussian models with everything integrated out that can be."""

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import sample_density
from bayesmm.sampling.compiled.collapsed.conditional import ConditionalDraws, draw_conditionals
from bayesmm.sampling.compiled.collapsed.covariance import covariance_draws
from bayesmm.sampling.compiled.collapsed.model import CollapsedModel, collapsed_model
from bayesmm.sampling.compiled.collapsed.plan import plan_problem
from bayesmm.sampling.compiled.collapsed.tables import compiled_density
from bayesmm.sampling.draws import BlockDraws, ParameterDraws, SamplerSettings

__all__ = ["sample_collapsed", "unsupported_reason"]

type Floats = NDArray[np.float64]

# Keeps the streams of the conditional draws apart from the sampler's, which share its seed.
_STREAM_FAMILY = 0x636F6E64


def unsupported_reason(design: Design, priors: Priors) -> str | None:
    """Return why `sample_collapsed` cannot take the model, or None when it can."""
    return plan_problem(design, priors)


def sample_collapsed(design: Design, priors: Priors, settings: SamplerSettings) -> ParameterDraws:
    """Sample a Gaussian model: NUTS on theta = (sigma, sds, correlations), the rest exactly.

    p(theta | y) is sampled with coefficients beta and group effects u integrated out;
    (beta, u) are then drawn from p(beta, u | theta, y), one independent draw per draw of theta.

    Parameters
    ----------
    design : Design
        Gaussian with identity link.
    priors : Priors
        Priors of all parameters; those of the coefficients normal, flat, Student-t, Cauchy or
        Laplace.
    settings : SamplerSettings
        How to sample.

    Raises
    ------
    UnsupportedModelError
        When `unsupported_reason` names one.
    """
    reason = unsupported_reason(design, priors)
    if reason is not None:
        raise UnsupportedModelError(f"The effects cannot be integrated out: {reason}.")
    began = time.perf_counter()
    model = collapsed_model(design, priors)
    prepared = time.perf_counter()
    raw = sample_density(compiled_density(model), settings)
    sampled = time.perf_counter()
    chains, draws, _ = raw.positions.shape
    positions = raw.positions.reshape(chains * draws, -1)
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
    effects = {}
    if model.plan.eliminated:
        effects[model.plan.eliminated.name] = conditional.eliminated
    at = 0
    for factor in model.plan.dense:
        width = factor.n_effects * factor.n_groups
        part = conditional.dense[:, at : at + width]
        effects[factor.name] = part.reshape(len(part), factor.n_effects, factor.n_groups)
        at += width
    first_of = {name: factor.first_effect for name, factor in _by_name(model).items()}
    out = []
    for block, position in zip(design.blocks, model.plan.block_effects, strict=True):
        part = slice(position, position + block.n_effects)
        own = effects[block.factor]
        local = slice(part.start - first_of[block.factor], part.stop - first_of[block.factor])
        matrix = None
        if block.correlated:
            matrix = np.ascontiguousarray(corr[:, part, part]).reshape(
                *shape, block.n_effects, block.n_effects
            )
        out.append(
            BlockDraws(
                sd=values[..., 1 + part.start : 1 + part.stop],
                corr=matrix,
                effects=own.reshape(*shape, *own.shape[1:])[:, :, local],
            )
        )
    return tuple(out)


def _by_name(model: CollapsedModel) -> dict:
    """Return the factors of the plan by name."""
    return {factor.name: factor for factor in model.plan.factors}


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
