"""From coordinates of the joint density to the parameters of the model, and back."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials, partials_from_correlation
from bayesmm.model.names import corr_name, effect_names, sd_names
from bayesmm.sampling.compiled.joint.effects import level_coordinates, level_effects
from bayesmm.sampling.compiled.joint.layout import BlockPlace
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.kernels.prior_rows import constrained, unconstrained
from bayesmm.sampling.draws import BlockDraws

__all__ = ["UnpackedDraws", "named_values", "position_of", "unpack", "values_by_name"]

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


def named_values(model: JointModel, x: Floats) -> dict[str, Floats]:
    """Return every parameter at one position, (d,), under the name that the draws have.

    These are coefficients (``"Intercept"`` of the centred design), auxiliary parameters, and per
    block its sds, correlation matrix (q, q) and effects (J,).
    """
    return values_by_name(model, unpack(model, np.asarray(x, dtype=float)[None, None]))


def values_by_name(model: JointModel, unpacked: UnpackedDraws) -> dict[str, Floats]:
    """Return the parameters of the first draw by name, see `named_values`."""
    design = model.design
    coefficients, auxiliary, blocks = unpacked
    scalars = np.concatenate([coefficients[0, 0], auxiliary[0, 0]])
    values = dict(zip(model.layout.names, scalars, strict=True))
    for k, (block, draws) in enumerate(zip(design.blocks, blocks, strict=True)):
        values |= dict(zip(sd_names(block), draws.sd[0, 0], strict=True))
        if draws.corr is not None:
            values[corr_name(design.blocks, k)] = draws.corr[0, 0]
        values |= dict(zip(effect_names(block), draws.effects[0, 0], strict=True))
    return values


def position_of(model: JointModel, values: Mapping[str, Floats]) -> Floats:
    """Return the coordinates of parameters given by name, the inverse of `named_values`."""
    design, layout = model.design, model.layout
    x = np.zeros(layout.dimension)
    for i, name in enumerate(layout.names):
        x[i] = unconstrained(model.priors[i], float(values[name]))
    effects, sds, factors = [], [], []
    for k, (block, place) in enumerate(zip(design.blocks, layout.blocks, strict=True)):
        sd = np.array([float(values[name]) for name in sd_names(block)])
        for a in range(place.n_effects):
            x[place.sds.start + a] = unconstrained(model.priors[place.prior + a], sd[a])
        factor = None
        if place.correlated:
            matrix = values[corr_name(design.blocks, k)]
            factor = np.linalg.cholesky(matrix)
            x[place.partials] = np.arctanh(partials_from_correlation(matrix))
        own = np.stack([np.asarray(values[name]) for name in effect_names(block)])
        effects.append(own if model.orders[k] is None else own[:, model.orders[k]])
        sds.append(sd)
        factors.append(factor)
    coefficients = np.array([float(values[name]) for name in layout.names[layout.coefficients]])
    coordinates = level_coordinates(model, coefficients, effects, sds, factors)
    for place, block in zip(layout.blocks, coordinates, strict=True):
        x[place.effects] = block.ravel()
    return x
