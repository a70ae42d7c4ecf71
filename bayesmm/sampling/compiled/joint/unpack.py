"""From coordinates of the joint density to the parameters of the model."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.sampling.compiled.joint.effects import level_effects
from bayesmm.sampling.compiled.joint.layout import BlockPlace
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.kernels.prior_rows import constrained
from bayesmm.sampling.draws import BlockDraws

__all__ = ["UnpackedDraws", "unpack"]

type Floats = NDArray[np.float64]

# Centred coefficients, auxiliary parameters, blocks.
type UnpackedDraws = tuple[Floats, Floats, tuple[BlockDraws, ...]]


def unpack(model: JointModel, positions: Floats) -> UnpackedDraws:
    """Return the parameters at each position, (chain, draw, d).

    These are the coefficients of all linear predictors, intercepts of the centred design, further
    parameters that are one number, and the group effects. Where those of a coarser factor are
    integrated out, the finer one has the sums of both, and the coarser one has none:
    `outer.draw_outer` tells them apart.
    """
    layout = model.layout
    coefficients = _scalars(model, positions, layout.coefficients, 0)
    auxiliary = _scalars(model, positions, layout.auxiliary, layout.auxiliary.start)
    return coefficients, auxiliary, _blocks(model, positions, coefficients)


def _blocks(model: JointModel, positions: Floats, coefficients: Floats) -> tuple[BlockDraws, ...]:
    """Return the draws of all blocks."""
    layout = model.layout
    sds = [_scalars(model, positions, place.sds, place.prior) for place in layout.blocks]
    partials = [np.tanh(positions[..., place.partials]) for place in layout.blocks]
    factors = [
        cholesky_from_partials(own, place.n_effects) if place.correlated else None
        for own, place in zip(partials, layout.blocks, strict=True)
    ]
    coordinates = [_effects(place, positions) for place in layout.blocks]
    effects = level_effects(model, coefficients, coordinates, sds, factors)
    return tuple(
        BlockDraws(
            sd=sd,
            corr=None if factor is None else factor @ np.swapaxes(factor, -1, -2),
            effects=_as_in_design(own, order),
        )
        for sd, factor, own, order in zip(sds, factors, effects, model.orders, strict=True)
    )


def _as_in_design(effects: Floats, order: NDArray[np.int64] | None) -> Floats:
    """Return effects with the levels in the order of the design."""
    if order is None or effects.shape[-1] == 0:
        return effects
    placed = np.empty_like(effects)
    placed[..., order] = effects
    return placed


def _scalars(model: JointModel, positions: Floats, where: slice, prior: int) -> Floats:
    """Return parameters with a prior of their own, from row `prior` on."""
    values = np.empty((*positions.shape[:-1], where.stop - where.start))
    for i in range(values.shape[-1]):
        values[..., i] = constrained(model.priors[prior + i], positions[..., where.start + i])
    return values


def _effects(place: BlockPlace, positions: Floats) -> Floats:
    """Return the coordinates of the effects of a block, shape (chain, draw, q, J)."""
    shape = (*positions.shape[:-1], place.n_effects, place.n_groups)
    return positions[..., place.effects].reshape(shape)
