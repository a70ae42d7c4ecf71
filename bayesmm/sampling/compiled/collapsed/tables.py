"""The collapsed densities for the sampler: data behind one table of words."""

import numpy as np

from bayesmm.sampling.compiled.bridge import CompiledDensity
from bayesmm.sampling.compiled.collapsed.density import density
from bayesmm.sampling.compiled.collapsed.model import CollapsedModel

__all__ = ["compiled_density"]

# Half width of the scatter of the chains' starting points, on the scale of log sds.
_JITTER = 0.5


def compiled_density(model: CollapsedModel) -> CompiledDensity:
    """Return the density of a model; the table is read by ``density.density``."""
    s = model.statistics
    J, q, m = s.T.shape
    sizes = [
        s.n_obs,
        m,
        q,
        J,
        len(s.single),
        len(s.lane_R),
        len(s.class_size),
        len(model.small),
        len(model.precision),
        len(model.mixtures),
        len(model.corr),
        model.n_effects,
    ]
    keep = tuple(a for a in model.arguments() if isinstance(a, np.ndarray))
    return CompiledDensity(
        address=density.address,
        table=np.array(sizes + [a.ctypes.data for a in keep], dtype=np.int64),
        keep=keep,
        dimension=model.dimension,
        start=model.start,
        jitter=np.full(model.dimension, _JITTER),
    )
