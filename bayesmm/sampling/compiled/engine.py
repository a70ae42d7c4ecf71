"""Draws from the joint density of any supported model."""

import time
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import MEANS
from bayesmm.model.design import Design
from bayesmm.model.names import effect_names, prefixed, scalar_names
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.ahead import ROWS, STARTING_POINTS, TRANSPORTED_GRADIENT
from bayesmm.sampling.compiled.bridge import RawDraws, sample_density
from bayesmm.sampling.compiled.first_use import JOINT, announced
from bayesmm.sampling.compiled.joint.model import JointModel, compiled_joint_density, joint_model
from bayesmm.sampling.compiled.joint.outer import with_outer_effects
from bayesmm.sampling.compiled.joint.pilot import informed_levels
from bayesmm.sampling.compiled.joint.transport.model import plain_model
from bayesmm.sampling.compiled.joint.transport.pilot import Pilot, pilot
from bayesmm.sampling.compiled.joint.transport.plan import transport_problem
from bayesmm.sampling.compiled.joint.transport.sample import STEEP, sample_refreshed
from bayesmm.sampling.compiled.joint.transport.unpack import unpack_transported
from bayesmm.sampling.compiled.joint.unpack import UnpackedDraws, unpack
from bayesmm.sampling.compiled.kernels.registry import has_rows, rows_label
from bayesmm.sampling.compiled.prior_problem import prior_problem
from bayesmm.sampling.draws import TARGET_TAKEN, ParameterDraws, SamplerSettings
from bayesmm.sampling.prepared import Prepared

__all__ = [
    "model_draws",
    "prepare",
    "sample_joint",
    "sample_transported",
    "transported_pilot",
    "unsupported_reason",
]

type Floats = NDArray[np.float64]

# The second where `_mixes_zeros`: shares are known badly then, and skew.
_TUNE, _TUNE_OF_SHARES = 400, 1000


def prepare(design: Design, priors: Priors) -> Prepared | str:
    """Return a model ready for the joint density, or why it has none."""
    reason = unsupported_reason(design, priors)
    if reason is not None:
        return reason

    def sample(settings: SamplerSettings) -> ParameterDraws:
        second = (TRANSPORTED_GRADIENT, STARTING_POINTS, ROWS + rows_label(design.family))
        with announced(JOINT, seconds="5 to 15 s", second_process=second):
            return sample_joint(design, priors, settings)

    return Prepared("compiled", _warm_up(design), sample)


def _warm_up(design: Design) -> int:
    """Return the length of the warm-up of a model.

    Behind a hurdle every zero is seen to be one: the kernel says nothing of it, and the share is a
    logistic regression of its own, which needs no longer warm-up than any other. The smallest ESS
    of 4,000 draws of hurdle gamma amounts (`benchmarks.beyond`, 10 seeds) was 5,229 to 6,557 after
    400 and 5,615 to 7,360 after 1,000, none with divergences; per processor second the first is
    1.17 times as much.
    """
    return _TUNE_OF_SHARES if _mixes_zeros(design) else _TUNE


def _mixes_zeros(design: Design) -> bool:
    """Return whether a share of zeros that are not told from others varies, or goes with another.

    The zeros of counts are as many as their dispersion says: what is one kind's is not the other's.
    """
    family = design.family
    shares = [p for p in family.further if p.is_share]
    varies = any(p.name in design.varying for p in shares)
    dispersed = family.response == "count" and len(shares) < len(family.further)
    return bool(shares) and (varies or dispersed) and not family.density.silent


def unsupported_reason(design: Design, priors: Priors) -> str | None:
    """Return why the joint density cannot be used for a model, or None when it can."""
    family = design.family
    if not has_rows(family):
        return f"the {family.name} family with {family.link} link has no compiled density"
    return _no_linear_predictor(design) or prior_problem(design, priors)


def _no_linear_predictor(design: Design) -> str | None:
    """Return why a further parameter cannot have a linear predictor, or None."""
    if not design.varying:
        return None
    family = design.family
    if family.density is None or family.link not in family.density.arguments:
        return f"the {family.name} family has no log density in which {design.varying[0]} may vary"
    unknown = [p for p in design.linear_predictors if p.link not in MEANS]
    return f"{unknown[0].parameter} has the {unknown[0].link} link" if unknown else None


def sample_joint(
    design: Design,
    priors: Priors,
    settings: SamplerSettings,
    *,
    centred: Sequence[bool | NDArray[np.bool_]] | None = None,
) -> ParameterDraws:
    """Draw every parameter of a model by NUTS on its joint density.

    `centred` says whether each block, or each of its levels, (J,), is centred. By default the
    coordinates are transported (`joint.transport`), and where they cannot be, levels are centred by
    the information in the groups.

    Facts are ``engine``, ``parameterisation`` (per block), ``not_transported`` (why, or ``""``),
    ``carried`` (coefficient -> effect that carries it), ``integrated`` (factors whose effects are
    integrated out and drawn given the rest), ``merged_rows`` and ``gradients``
    (leapfrog steps kept).
    """
    began = time.perf_counter()
    reason = "levels are centred as asked for"
    if centred is None:
        first, reason = transported_pilot(design, priors)
        if first is not None:
            return sample_transported(first, settings, time.perf_counter() - began)
        centred = informed_levels(design.condensed())
    model = joint_model(design, priors, centred)
    density = compiled_joint_density(model)
    compiled = time.perf_counter()
    raw = sample_density(density, settings)
    coefficients, auxiliary, blocks = unpack(model, raw.positions)
    blocks = with_outer_effects(model, blocks, settings.seed)
    facts = _facts(model) | {"not_transported": reason}
    seconds = {"compile": compiled - began, "sample": time.perf_counter() - compiled}
    return model_draws(design, (coefficients, auxiliary, blocks), raw, seconds, facts)


def transported_pilot(design: Design, priors: Priors) -> tuple[Pilot | None, str]:
    """Return where transported coordinates begin, or None and why a model is not in them."""
    plain = plain_model(design, priors)
    reason = transport_problem(plain)
    if reason is not None:
        return None, reason
    first = pilot(plain)
    return (first, "") if first.problem is None else (None, first.problem)


def sample_transported(
    first: Pilot, settings: SamplerSettings, prepared: float = 0.0
) -> ParameterDraws:
    """Draw in transported coordinates, however dear they are; as `sample_joint`.

    `prepared` are the seconds that everything before took.
    """
    joint = first.model.joint
    design = joint.design
    began = time.perf_counter()
    # a short run may miss where such a posterior is narrow
    steep = 0.0 if _mixes_zeros(design) else STEEP
    model, raw, target = sample_refreshed(first, settings, steep)
    unpacked = unpack_transported(model, raw.positions)
    names = [" + ".join(effect_names(block)) for block in design.blocks]
    facts: dict[str, object] = {
        "engine": "joint",
        "parameterisation": dict.fromkeys(names, "transported"),
        "not_transported": "",
        "integrated": (),
        "carried": {},
        "merged_rows": joint.n_merged,
    }
    if target != settings.target_accept:
        facts[TARGET_TAKEN] = target
    seconds = {"compile": prepared, "sample": time.perf_counter() - began}
    return model_draws(design, unpacked, raw, seconds, facts)


def model_draws(
    design: Design,
    unpacked: UnpackedDraws,
    raw: RawDraws,
    seconds: Mapping[str, float],
    facts: Mapping[str, object],
) -> ParameterDraws:
    """Return the draws in the terms of the model."""
    coefficients, constants, blocks = unpacked
    mu, *further = _reported(design, coefficients)
    auxiliary = {name: constants[..., i] for i, name in enumerate(design.constants)}
    for predictor, values in zip(design.linear_predictors[1:], further, strict=True):
        names = (prefixed(term, predictor.parameter) for term in predictor.terms)
        auxiliary |= {name: values[..., i] for i, name in enumerate(names)}
    return ParameterDraws(
        intercept=mu[..., 0] if design.mu.intercept else None,
        beta=mu[..., int(design.mu.intercept) :],
        auxiliary={name: auxiliary[name] for name in scalar_names(design) if name in auxiliary},
        blocks=blocks,
        statistics=raw.statistics,
        seconds=seconds,
        facts={**facts, "gradients": int(np.sum(raw.statistics["n_steps"]))},
    )


def _reported(design: Design, coefficients: Floats) -> list[Floats]:
    """Return the coefficients of each linear predictor, intercepts at X = 0."""
    parts, first = [], 0
    for predictor in design.linear_predictors:
        own = coefficients[..., first : first + len(predictor.terms)]
        first += len(predictor.terms)
        if predictor.intercept:
            at_zero = own[..., 0] - own[..., 1:] @ predictor.centre
            own = np.concatenate([at_zero[..., None], own[..., 1:]], axis=-1)
        parts.append(own)
    return parts


def _facts(model: JointModel) -> dict[str, object]:
    """Return what was chosen, in the names of the model."""
    design, geometry = model.design, model.geometry
    names = [effect_names(block) for block in design.blocks]
    return {
        "engine": "joint",
        "parameterisation": {
            " + ".join(names[k]): _parameterisation(model, k) for k in range(len(names))
        },
        "integrated": tuple(design.blocks[k].factor for k in sorted(geometry.nesting.integrated)),
        "carried": {
            design.mu.terms[c.coefficient]: names[c.block][c.effect] for c in geometry.carried
        },
        "merged_rows": model.n_merged,
    }


def _parameterisation(model: JointModel, block: int) -> str:
    """Return how the effects of a block are sampled."""
    geometry, J = model.geometry, model.design.blocks[block].n_groups
    centred = geometry.centred[block]
    if block in geometry.nesting.integrated:
        return "integrated out"
    if 0 < centred < J:
        return f"centred for {centred} of {J} levels"
    return "centred" if centred else "non-centred"
