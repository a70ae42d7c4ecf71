"""Sampling of a Gaussian model: NUTS on what is left, exact draws of the rest."""

import time
from dataclasses import replace

from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import sample_density
from bayesmm.sampling.compiled.collapsed.bases import factors_with_basis, is_nearly_singular
from bayesmm.sampling.compiled.collapsed.density import density_code
from bayesmm.sampling.compiled.collapsed.draws import draw_conditionals
from bayesmm.sampling.compiled.collapsed.model import compiled_density, gaussian_model
from bayesmm.sampling.compiled.collapsed.parameters import gaussian_parameter_draws
from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.compiled.collapsed.steep_ends import NEARLY_SINGULAR
from bayesmm.sampling.draws import TARGET_TAKEN, ParameterDraws, SamplerSettings

__all__ = ["sample_plan"]

# Keeps the streams of the conditional draws apart from the sampler's, which share its seed.
_STREAM_FAMILY = 0x636F6E64


def sample_plan(
    design: Design, priors: Priors, plan: Plan, settings: SamplerSettings
) -> ParameterDraws:
    """Sample what a plan leaves, then the coefficients and effects given each draw."""
    began = time.perf_counter()
    density_code()  # first: what comes after sampling may be compiled beside it
    model = gaussian_model(design, priors, plan)
    prepared = time.perf_counter()
    usual = settings.target_accept
    if is_nearly_singular(design, plan, model.data.priors.bases):
        settings = replace(settings, target_accept=max(usual, NEARLY_SINGULAR))
    raw = sample_density(compiled_density(model), settings)
    sampled = time.perf_counter()
    conditional = draw_conditionals(
        model,
        raw.positions.reshape(-1, model.dimension),
        settings.seed ^ _STREAM_FAMILY,
        settings.cores,
    )
    seconds = {
        "compile": prepared - began,
        "sample": time.perf_counter() - prepared,
        "effects": time.perf_counter() - sampled,
    }
    integrated = [factor.name for factor in plan.factors if factor is not plan.centred]
    facts: dict[str, object] = {
        "path": "collapsed",
        "integrated": (*design.mu.terms, *integrated),
        "eliminated": plan.eliminated.name if plan.eliminated else None,
        "centred": plan.centred.name if plan.centred else None,
        "dense_width": model.dense_width,
        "decorrelated": factors_with_basis(plan, model.data.priors.bases),
        "sampled_dimension": model.dimension,
    }
    if settings.target_accept != usual:
        facts[TARGET_TAKEN] = settings.target_accept
    return gaussian_parameter_draws(design, plan, raw, conditional, seconds, facts)
