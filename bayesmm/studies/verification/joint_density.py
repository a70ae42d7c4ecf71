"""The joint density, in transported coordinates or not, as something to verify."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.bridge import RawDraws, sample_density
from bayesmm.sampling.compiled.engine import model_draws, transported_pilot, unsupported_reason
from bayesmm.sampling.compiled.joint.layout import JointLayout
from bayesmm.sampling.compiled.joint.model import JointModel, compiled_joint_density, joint_model
from bayesmm.sampling.compiled.joint.nesting import outer_levels
from bayesmm.sampling.compiled.joint.outer import with_outer_effects
from bayesmm.sampling.compiled.joint.pilot import informed_levels
from bayesmm.sampling.compiled.joint.transport.model import compiled_transported_density
from bayesmm.sampling.compiled.joint.transport.sample import sample_refreshed
from bayesmm.sampling.compiled.joint.transport.unpack import unpack_transported
from bayesmm.sampling.compiled.joint.unpack import UnpackedDraws, unpack
from bayesmm.sampling.draws import BlockDraws, SamplerSettings
from bayesmm.studies.verification.engine_density import EngineDensity, EngineState, Given

__all__ = ["coordinates_of_levels", "joint_engine_density"]


def joint_engine_density(
    design: Design, priors: Priors, settings: SamplerSettings
) -> EngineDensity | str:
    """Return the joint density of a model in the columns of its priors, or why there is none.

    The settings are those of the draws: transported coordinates are found by a first run.
    """
    reason = unsupported_reason(design, priors)
    if reason is not None:
        return reason
    first, _ = transported_pilot(design, priors)
    if first is None:
        return _plain(joint_model(design, priors, informed_levels(design)))
    model, raw, _ = sample_refreshed(first, settings)
    start = np.zeros(raw.positions.shape[-1])
    return EngineDensity(
        path="joint density, transported coordinates",
        density=compiled_transported_density(model, start, start),
        positions=lambda _settings: raw.positions.reshape(-1, start.size),
        given=lambda _positions: {},
        state=lambda x, _given: _state(design, x, unpack_transported(model, x[None])),
        log_weight=lambda x, _given: np.zeros(len(x)),
        levels=coordinates_of_levels(model.joint.layout),
    )


def _plain(model: JointModel) -> EngineDensity:
    density = compiled_joint_density(model)

    def positions(settings: SamplerSettings) -> Array:
        return sample_density(density, settings).positions.reshape(-1, density.dimension)

    def given(x: Array) -> Given:
        blocks = with_outer_effects(model, unpack(model, x[None])[2], seed=0)
        return {str(k): blocks[k].effects[0] for k in model.geometry.nesting.integrated}

    def state(x: Array, given: Given) -> EngineState:
        coefficients, constants, blocks = unpack(model, x[None])
        whole, _ = _taken_apart(model, blocks, given, len(x))
        return _state(model.design, x, (coefficients, constants, whole))

    def log_weight(x: Array, given: Given) -> Array:
        return _taken_apart(model, unpack(model, x[None])[2], given, len(x))[1]

    return EngineDensity(
        path="joint density, levels centred or not",
        density=density,
        positions=positions,
        given=given,
        state=state,
        log_weight=log_weight,
        levels=coordinates_of_levels(model.layout),
        integrated=model.geometry.nesting.integrated,
    )


def coordinates_of_levels(layout: JointLayout) -> NDArray[np.int64]:
    """Return the coordinates of group effects."""
    parts = [np.arange(place.effects.start, place.effects.stop) for place in layout.blocks]
    return np.concatenate([np.empty(0, dtype=np.int64), *parts]).astype(np.int64)


def _taken_apart(
    model: JointModel, blocks: tuple[BlockDraws, ...], given: Given, n: int
) -> tuple[tuple[BlockDraws, ...], Array]:
    """Return the blocks with the given outer effects, and what their densities add.

    Of totals e_j = u_g + w_j, w_j ~ N(0, s^2), u_g ~ N(0, t^2): u_g | e ~ N(m_g, 1 / h_g) with
    h_g = 1 / t^2 + n_g / s^2 and h_g m_g = sum_j e_j / s^2; PyMC has u_g / t in the place of u_g.
    """
    whole, log_weight = list(blocks), np.zeros(n)
    for k, outer in enumerate(model.geometry.nesting.outer):
        if outer is None:
            continue
        groups = outer_levels(model.design.blocks[k], model.design.blocks[outer])
        u, totals = given[str(outer)][:, 0], blocks[k].effects[0, :, 0]
        inner_sd, outer_sd = blocks[k].sd[0], blocks[outer].sd[0]
        precision = 1 / outer_sd**2 + np.bincount(groups) / inner_sd**2
        sums = np.stack([np.bincount(groups, own, u.shape[1]) for own in totals])
        mean = sums / inner_sd**2 / precision
        log_normal = 0.5 * np.log(precision) - 0.5 * precision * (u - mean) ** 2
        log_weight -= (log_normal + np.log(outer_sd)).sum(axis=1)
        whole[outer] = BlockDraws(blocks[outer].sd, None, u[None, :, None])
        inner = (totals - u[:, groups])[None, :, None]
        whole[k] = BlockDraws(blocks[k].sd, blocks[k].corr, inner)
    return tuple(whole), log_weight


def _state(design: Design, x: Array, unpacked: UnpackedDraws) -> EngineState:
    raw = RawDraws(x[None], {"n_steps": np.zeros((1, len(x)))}, 0.0)
    parameters = model_draws(design, unpacked, raw, {}, {})
    return EngineState(parameters, np.empty((len(x), 0)))
