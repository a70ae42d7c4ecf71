"""From positions of the driver to the parameters of the model, what was integrated out drawn."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.sampling.compiled.collapsed.parameters import effects_of_dense
from bayesmm.sampling.compiled.heteroscedastic.conditional import IntegratedDraws, draw_cells
from bayesmm.sampling.compiled.heteroscedastic.model import CellModel, standardised_effects
from bayesmm.sampling.compiled.heteroscedastic.parts import SIGMA, block_parts
from bayesmm.sampling.compiled.joint.transport.model import TransportedModel
from bayesmm.sampling.compiled.joint.transport.rows import predictors
from bayesmm.sampling.compiled.joint.transport.unpack import (
    transported_parameters,
    unpack_transported,
)
from bayesmm.sampling.compiled.joint.unpack import UnpackedDraws
from bayesmm.sampling.draws import BlockDraws

__all__ = ["unpack_cells"]

type Floats = NDArray[np.float64]

# Positions whose linear predictors are taken at a time.
_POSITIONS = 256


def unpack_cells(
    design: Design,
    model: CellModel,
    transported: TransportedModel,
    positions: Floats,
    seed: int,
    threads: int,
) -> UnpackedDraws:
    """Return the parameters at each position, as `joint.unpack.unpack`; an exact draw of the rest.

    `design` is the model as it was written, `model` the same, taken apart; positions,
    (chains, draws, d), are those of the driver, seed and threads as in `conditional.draw_cells`.
    """
    found = transported_parameters(transported, positions)
    flat = found.reshape(-1, found.shape[-1])
    own = model.predictor
    drawn = draw_cells(
        model.cells,
        _log_sd(model, flat),
        np.ascontiguousarray(flat[:, own.layout.auxiliary]),
        standardised_effects(own, model.cells, flat),
        seed,
        threads,
    )
    gamma, _, of_sigma = unpack_transported(transported, positions)
    shape = gamma.shape[:2]
    mu = (drawn.delta + model.shift).reshape(*shape, -1)
    blocks = _blocks(design, model, drawn, of_sigma, found)
    return np.concatenate([mu, gamma], axis=-1), np.empty((*shape, 0)), blocks


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
    drawn: IntegratedDraws,
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


def _joined(model: CellModel, drawn: IntegratedDraws, found: Floats, order: list[int]) -> Floats:
    """Return the correlations of effects of sigma and of mu, in the order of the block."""
    place = model.predictor.layout.blocks[model.cells.shared[0]]
    q = place.n_effects
    factor = drawn.joint.reshape(*found.shape[:2], *drawn.joint.shape[1:]).copy()
    factor[..., :q, :q] = cholesky_from_partials(found[..., place.partials], q)
    corr = factor @ np.swapaxes(factor, -1, -2)
    corr[..., np.arange(len(order)), np.arange(len(order))] = 1.0
    ordered = np.empty_like(corr)
    ordered[..., np.array(order)[:, None], np.array(order)] = corr
    return ordered
