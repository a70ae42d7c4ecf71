"""From transported coordinates to the parameters of the model."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.correlation import cholesky_from_partials
from bayesmm.sampling.compiled.evaluate import evaluate
from bayesmm.sampling.compiled.joint.transport.model import (
    TransportedModel,
    compiled_transported_density,
)
from bayesmm.sampling.compiled.joint.unpack import UnpackedDraws
from bayesmm.sampling.draws import BlockDraws

__all__ = ["transported_parameters", "unpack_transported"]

type Floats = NDArray[np.float64]


def transported_parameters(model: TransportedModel, positions: Floats) -> Floats:
    """Return the parameters at each position, (..., d), laid out as the coordinates are.

    Coefficients (of the centred design), further parameters that are one number, and per block the
    sds, partial correlations, effects (q, J).
    """
    d = positions.shape[-1]
    density = compiled_transported_density(model, np.zeros(d), np.zeros(d), parameters=True)
    # all positions in one call
    density = replace(density, dimension=positions.size)
    return evaluate(density, positions.ravel())[1].reshape(positions.shape)


def unpack_transported(model: TransportedModel, positions: Floats) -> UnpackedDraws:
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
