"""From transported coordinates to the parameters of the model."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.model.names import corr_name, effect_names, sd_names
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
)
from bayesmm.sampling.draws import BlockDraws

__all__ = [
    "transported_parameters",
    "transported_values",
    "unpack_transported",
]

type Floats = NDArray[np.float64]


def transported_parameters(model: TransportedModel, positions: Floats) -> Floats:
    """Return the parameters at each position, laid out as the coordinates are.

    Parameters
    ----------
    model : TransportedModel
        The model.
    positions : ndarray, shape (..., d)
        Coordinates.

    Returns
    -------
    ndarray, shape (..., d)
        Coefficients (of the centred design), further parameters that are one number, and per
        block the sds, partial correlations, effects (q, J).
    """
    d = positions.shape[-1]
    density = compiled_transported_density(model, np.zeros(d), np.zeros(d), parameters=True)
    # all positions in one call
    density = replace(density, dimension=positions.size)
    return evaluate(density, positions.ravel())[1].reshape(positions.shape)


def unpack_transported(
    model: TransportedModel, positions: Floats
) -> tuple[Floats, Floats, tuple[BlockDraws, ...]]:
    """Return the parameters at each position, as `joint.unpack.unpack`."""
    layout = model.joint.layout
    found = transported_parameters(model, positions)
    blocks = []
    for place in layout.blocks:
        shape = (*positions.shape[:-1], place.n_effects, place.n_groups)
        effects = found[..., place.effects].reshape(shape)
        corr = None
        if place.correlated:
            corr = _correlations(found[..., place.partials], place.n_effects)
        blocks.append(BlockDraws(sd=found[..., place.sds], corr=corr, effects=effects))
    return found[..., layout.coefficients], found[..., layout.auxiliary], tuple(blocks)


def _correlations(partials: Floats, q: int) -> Floats:
    """Return correlation matrices from partial correlations."""
    factor = cholesky_from_partials(partials, q)
    corr = factor @ np.swapaxes(factor, -1, -2)
    corr[..., np.arange(q), np.arange(q)] = 1.0
    return corr


def transported_values(model: TransportedModel, x: Floats) -> dict[str, Floats]:
    """Return every parameter at one position under the name that the draws have.

    As `joint.unpack.named_values`.
    """
    design = model.joint.design
    coefficients, further, blocks = unpack_transported(
        model, np.asarray(x, dtype=float)[None, None]
    )
    scalars = np.concatenate([coefficients[0, 0], further[0, 0]])
    values = dict(zip(model.joint.layout.names, scalars, strict=True))
    for k, (block, draws) in enumerate(zip(design.blocks, blocks, strict=True)):
        values |= dict(zip(sd_names(block), draws.sd[0, 0], strict=True))
        if draws.corr is not None:
            values[corr_name(design.blocks, k)] = draws.corr[0, 0]
        values |= dict(zip(effect_names(block), draws.effects[0, 0], strict=True))
    return values
