"""Sampling of Gaussian models whose sigma varies, coefficients and effects of mu integrated out."""

import time

from bayesmm.model.design import Design
from bayesmm.model.names import effect_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.first_use import announced
from bayesmm.sampling.compiled.heteroscedastic.model import CellModel, cell_model
from bayesmm.sampling.compiled.heteroscedastic.parts import SIGMA, block_parts
from bayesmm.sampling.compiled.heteroscedastic.plan import cell_plan
from bayesmm.sampling.compiled.heteroscedastic.unpack import unpack_cells
from bayesmm.sampling.compiled.joint.transport.pilot import Pilot, pilot
from bayesmm.sampling.compiled.joint.transport.plan import transport_problem
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.compiled.prior_problem import prior_problem
from bayesmm.sampling.draws import TARGET_TAKEN, ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepared

__all__ = ["KIND", "prepare", "sample_cells"]

# The kind of model that has compiled code of its own.
KIND = "gaussian response, several residual sds, effects integrated out"

_TUNE = 400
# Keeps the streams of the conditional draws apart from the sampler's, which share its seed.
_STREAM_FAMILY = 0x63656C6C


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
    """Sample in the coordinates of a pilot."""
    began = time.perf_counter()
    transported, raw, target = sample_refreshed(first, settings)
    sampled = time.perf_counter()
    unpacked = unpack_cells(
        design, model, transported, raw.positions, settings.seed ^ _STREAM_FAMILY, settings.cores
    )
    seconds = {
        "compile": prepared,
        "sample": time.perf_counter() - began,
        "effects": time.perf_counter() - sampled,
    }
    facts = _facts(design, model)
    if target != settings.target_accept:
        facts[TARGET_TAKEN] = target
    return joint.model_draws(design, unpacked, raw, seconds, facts)


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
