"""One evaluation of a compiled density, exactly as the sampler calls it."""

import ctypes

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.bridge import CompiledDensity

__all__ = ["evaluate"]

_FUNCTION = ctypes.CFUNCTYPE(
    ctypes.c_int64,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


def evaluate(density: CompiledDensity, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the log density and its gradient at `x`; -inf and NaN where it fails.

    Parameters
    ----------
    density : CompiledDensity
        The density.
    x : ndarray, shape (d,)
        Coordinates.
    """
    x = np.ascontiguousarray(x, dtype=np.float64)
    if x.shape != (density.dimension,):
        raise ValueError(f"x has shape {x.shape}; the density has {density.dimension} coordinates.")
    gradient, log_density = np.empty_like(x), np.empty(1)
    status = _FUNCTION(density.address)(
        x.size,
        x.ctypes.data,
        gradient.ctypes.data,
        log_density.ctypes.data,
        density.table.ctypes.data,
    )
    if status != 0:
        return -np.inf, np.full_like(x, np.nan)
    return float(log_density[0]), gradient
