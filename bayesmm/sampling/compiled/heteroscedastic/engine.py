"""Sampling of Gaussian models whose sigma varies, coefficients and effects of mu integrated out."""

import time

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import effect_names
from bayesmm.model.predictor import MEAN
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.collapsed.parameters import effects_of_dense
from bayesmm.sampling.compiled.first_use import announced
from bayesmm.sampling.compiled.heteroscedastic.conditional import CellDraws, draw_cells
from bayesmm.sampling.compiled.heteroscedastic.model import (
    CellModel,
    cell_model,
    standardised_effects,
)
from bayesmm.sampling.compiled.heteroscedastic.parts import SIGMA, block_parts
from bayesmm.sampling.compiled.heteroscedastic.plan import CellPlan, cell_plan
from bayesmm.sampling.compiled.joint.transport.pilot import Pilot, pilot
from bayesmm.sampling.compiled.joint.transport.plan import transport_problem
from bayesmm.sampling.compiled.joint.transport.rows import predictors
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.compiled.joint.transport.unpack import (
    factors_of_partials,
    transported_parameters,
    unpack_transported,
)
from bayesmm.sampling.compiled.prior_problem import prior_problem
from bayesmm.sampling.draws import TARGET_TAKEN, BlockDraws, ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepared

__all__ = ["KIND", "prepare", "sample_cells"]

type Floats = NDArray[np.float64]

# The kind of model that has compiled code of its own.
KIND = "gaussian response, several residual sds, effects integrated out"

_TUNE = 400
# Keeps the streams of the conditional draws apart from the sampler's, which share its seed.
_STREAM_FAMILY = 0x63656C6C
# Positions whose linear predictors are taken at a time.
_POSITIONS = 256


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a Gaussian model whose sigma varies, or why its effects cannot be integrated out.

    Parameters
    ----------
    design : Design
        The model.
    priors : Priors
        Its priors; those of the coefficients of mu as in `collapsed.engine.prepare`.
    """
    plan = cell_plan(design, priors)
    if isinstance(plan, str):
        return plan
    reason = prior_problem(design, priors)
    if reason is not None:
        return reason
    model = cell_model(design, priors, plan)
    reason = transport_problem(model.predictor)
    if reason is not None:
        return reason

    def sample(settings: SamplerSettings) -> ParameterDraws:
        with announced(KIND):
            return sample_cells(design, priors, model, settings)

    return Prepared("compiled", _TUNE, sample)


def sample_cells(
    design: Design, priors: Priors, model: CellModel, settings: SamplerSettings
) -> ParameterDraws:
    """Sample log sigma and the covariance of mu, then coefficients and effects given each draw.

    Where the pilot finds no place to start from, everything is sampled, by the joint density.
    """
    began = time.perf_counter()
    first = pilot(model.predictor)
    if first.problem is not None:
        return joint.sample_joint(design, priors, settings)
    return _sample(design, model, first, settings, time.perf_counter() - began)


def _sample(
    design: Design, model: CellModel, first: Pilot, settings: SamplerSettings, prepared: float
) -> ParameterDraws:
    began = time.perf_counter()
    transported, raw, target = sample_refreshed(first, settings)
    sampled = time.perf_counter()
    found = transported_parameters(transported, raw.positions)
    flat = found.reshape(-1, found.shape[-1])
    own = model.predictor
    drawn = draw_cells(
        model.cells,
        _log_sd(model, flat),
        np.ascontiguousarray(flat[:, own.layout.auxiliary]),
        standardised_effects(own, model.cells, flat),
        settings.seed ^ _STREAM_FAMILY,
        settings.cores,
    )
    gamma, _, of_sigma = unpack_transported(transported, raw.positions)
    shape = gamma.shape[:2]
    mu = (drawn.delta + model.shift).reshape(*shape, -1)
    coefficients = np.concatenate([mu, gamma], axis=-1)
    blocks = _blocks(design, model, drawn, of_sigma, found)
    seconds = {
        "compile": prepared,
        "sample": time.perf_counter() - began,
        "effects": time.perf_counter() - sampled,
    }
    facts = _facts(design, model)
    if target != settings.target_accept:
        facts[TARGET_TAKEN] = target
    unpacked = (coefficients, np.empty((*shape, 0)), blocks)
    return joint.model_draws(design, unpacked, raw, seconds, facts)


def _log_sd(model: CellModel, found: Floats) -> Floats:
    """Return log sigma of the cells at each position, shape (D, K)."""
    own, layout = model.predictor, model.predictor.layout
    log_sd = np.empty((len(found), len(model.cells.rows)))
    for at in range(0, len(found), _POSITIONS):
        part = found[at : at + _POSITIONS]
        effects = [part[:, place.effects] for place in layout.blocks]
        values = np.concatenate([np.empty((len(part), 0)), *effects], axis=1)
        eta = predictors(own, part[:, layout.coefficients], values)
        log_sd[at : at + _POSITIONS] = eta[:, 0, model.cells.rows]
    return log_sd


def _blocks(
    design: Design,
    model: CellModel,
    drawn: CellDraws,
    of_sigma: tuple[BlockDraws, ...],
    found: Floats,
) -> tuple[BlockDraws, ...]:
    """Return the draws of all blocks of the design."""
    shape, plan = found.shape[:2], model.plan.plan
    effects = effects_of_dense(drawn.dense, plan.dense)
    if plan.eliminated is not None:
        effects[plan.eliminated.name] = drawn.eliminated
    first_of = {factor.name: factor.first_effect for factor in plan.factors}
    places: dict[int, tuple[int, int]] = {}
    for place, part in enumerate(block_parts(design, MEAN)):
        places[part.block] = plan.block_effects[place], len(part.effects)
    sigma_place = {part.block: k for k, part in enumerate(block_parts(design, SIGMA))}
    blocks = []
    for k, block in enumerate(design.blocks):
        sd = np.empty((*shape, block.n_effects))
        values = np.empty((*shape, block.n_effects, block.n_groups))
        of_mean = [a for a, e in enumerate(block.effects) if e.predictor == MEAN]
        others = [a for a, e in enumerate(block.effects) if e.predictor == SIGMA]
        corr = None
        if of_mean:
            first, width = places[k]
            own = slice(first, first + width)
            local = first - first_of[block.factor]
            sd[..., of_mean] = drawn.values[:, 1:][:, own].reshape(*shape, width)
            chosen = effects[block.factor][:, local : local + width]
            values[..., of_mean, :] = chosen.reshape(*shape, *chosen.shape[1:])
            corr = drawn.correlations[:, own, own].reshape(*shape, width, width)
        if others:
            theirs = of_sigma[sigma_place[k]]
            sd[..., others], values[..., others, :] = theirs.sd, theirs.effects
            corr = theirs.corr if not of_mean else corr
        if of_mean and others and block.covariance.correlated:
            corr = _joined(model, drawn, found, [*others, *of_mean])
        blocks.append(BlockDraws(sd, corr if block.covariance.correlated else None, values))
    return tuple(blocks)


def _joined(model: CellModel, drawn: CellDraws, found: Floats, order: list[int]) -> Floats:
    """Return the correlations of effects of sigma and of mu, in the order of the block."""
    place = model.predictor.layout.blocks[model.cells.shared[0]]
    q = place.n_effects
    factor = drawn.joint.reshape(*found.shape[:2], *drawn.joint.shape[1:]).copy()
    signs = np.where(found[..., place.sds] < 0.0, -1.0, 1.0)
    factor[..., :q, :q] = factors_of_partials(found[..., place.partials], q) * signs[..., None]
    corr = factor @ np.swapaxes(factor, -1, -2)
    corr[..., np.arange(len(order)), np.arange(len(order))] = 1.0
    ordered = np.empty_like(corr)
    ordered[..., np.array(order)[:, None], np.array(order)] = corr
    return ordered


def _facts(design: Design, model: CellModel) -> dict[str, object]:
    """Return what was chosen, in the names of the model."""
    plan, parts = model.plan.plan, block_parts(design, SIGMA)
    sampled = [
        " + ".join(effect_names(design.blocks[p.block])[a] for a in p.effects) for p in parts
    ]
    return {
        "path": "collapsed",
        "integrated": (*design.mu.terms, *(factor.name for factor in plan.factors)),
        "eliminated": plan.eliminated.name if plan.eliminated else None,
        "parameterisation": dict.fromkeys(sampled, "transported"),
        "cells": model.plan.cells.count,
        "sampled_dimension": model.predictor.layout.dimension,
    }
