"""A compiled density, and one evaluation of it, exactly as the sampler calls it."""

import ctypes
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["CompiledDensity", "evaluate"]

_FUNCTION = ctypes.CFUNCTYPE(
    ctypes.c_int64,
    ctypes.c_uint64,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_void_p,
)


@dataclass(frozen=True, slots=True, eq=False)
class CompiledDensity:
    """A log density on the whole of R^d with its gradient, as compiled code and its data."""

    address: int  # of a C function of type ``pointers.DENSITY_SIGNATURE``
    table: NDArray[np.int64]  # what it receives: sizes, and addresses of the arrays in `keep`
    keep: tuple[NDArray, ...]  # the arrays behind the addresses, kept alive as long as this record
    dimension: int  # number of coordinates, d
    start: NDArray[np.float64]  # where the chains start
    jitter: NDArray[np.float64]  # half width of the uniform scatter of the chains around `start`


def evaluate(density: CompiledDensity, x: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """Return the log density and its gradient at `x`, (d,); -inf and NaN where it fails."""
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
