"""Every parameter at one position of a density, under the name that the draws have."""

import numpy as np

from bayesmm.model.names import corr_name, effect_names, sd_names
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.transport.model import TransportedModel
from bayesmm.sampling.compiled.joint.transport.unpack import unpack_transported
from bayesmm.sampling.compiled.joint.unpack import UnpackedDraws, unpack

__all__ = ["named_values", "transported_values"]


def named_values(model: JointModel, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the parameters at a position of the joint density, shape (d,).

    These are coefficients (``"Intercept"`` of the centred design), auxiliary parameters, and per
    block its sds, correlation matrix (q, q) and effects (J,).
    """
    return values_by_name(model, unpack(model, np.asarray(x, dtype=float)[None, None]))


def transported_values(model: TransportedModel, x: np.ndarray) -> dict[str, np.ndarray]:
    """Return the same at a position of the density in transported coordinates."""
    unpacked = unpack_transported(model, np.asarray(x, dtype=float)[None, None])
    return values_by_name(model.joint, unpacked)


def values_by_name(model: JointModel, unpacked: UnpackedDraws) -> dict[str, np.ndarray]:
    """Return the parameters of the first draw by name."""
    coefficients, auxiliary, blocks = unpacked
    scalars = np.concatenate([coefficients[0, 0], auxiliary[0, 0]])
    values = dict(zip(model.layout.names, scalars, strict=True))
    for k, (block, draws) in enumerate(zip(model.design.blocks, blocks, strict=True)):
        values |= dict(zip(sd_names(block), draws.sd[0, 0], strict=True))
        if draws.corr is not None:
            values[corr_name(model.design.blocks, k)] = draws.corr[0, 0]
        values |= dict(zip(effect_names(block), draws.effects[0, 0], strict=True))
    return values
