"""Sampling of a model with several residual sds: NUTS on what is left, exact draws of the rest."""

import time

from bayesmm.model.design import Design
from bayesmm.model.names import effect_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled import engine as joint
from bayesmm.sampling.compiled.heteroscedastic.model import CellModel
from bayesmm.sampling.compiled.heteroscedastic.parts import SIGMA, block_parts
from bayesmm.sampling.compiled.heteroscedastic.unpack import unpack_cells
from bayesmm.sampling.compiled.joint.transport.pilot import Pilot, pilot
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.compiled.kernels.registry import transported_address
from bayesmm.sampling.draws import TARGET_TAKEN, ParameterDraws, SamplerSettings

__all__ = ["sample_cells"]

# Of eight seeds of sleepstudy the pilots found 1.5 to 2.7, and no divergence; with effects that are
# correlated across mu and sigma 2.7 to 17, and divergences in three of eight.
_STEEP = 3.0
# Keeps the streams of the conditional draws apart from the sampler's, which share its seed.
_STREAM_FAMILY = 0x63656C6C


def sample_cells(
    design: Design, priors: Priors, model: CellModel, settings: SamplerSettings
) -> ParameterDraws:
    """Sample log sigma and the covariance of mu, then coefficients and effects given each draw.

    Where the pilot finds no place to start from, everything is sampled, by the joint density.
    """
    began = time.perf_counter()
    transported_address()  # first: the rest may be compiled beside it
    first = pilot(model.predictor)
    if first.problem is not None:
        return joint.sample_joint(design, priors, settings)
    return _sample(design, model, first, settings, time.perf_counter() - began)


def _sample(
    design: Design, model: CellModel, first: Pilot, settings: SamplerSettings, prepared: float
) -> ParameterDraws:
    """Sample in the coordinates of a pilot."""
    began = time.perf_counter()
    transported, raw, target = sample_refreshed(first, settings, _STEEP)
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
