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
    """A log density on the whole of R^d with its gradient, as compiled code and its data.

    Attributes
    ----------
    address : int
        Address of a C function of type ``pointers.DENSITY_SIGNATURE``.
    table : ndarray of int64
        What the function receives: sizes, and addresses of the arrays in `keep`.
    keep : tuple of ndarray
        The arrays behind the addresses, kept alive as long as this record.
    dimension : int
        Number of coordinates, d.
    start : ndarray, shape (d,)
        Where the chains start.
    jitter : ndarray, shape (d,)
        Half width of the uniform scatter of the chains around `start`.
    """

    address: int
    table: NDArray[np.int64]
    keep: tuple[NDArray, ...]
    dimension: int
    start: NDArray[np.float64]
    jitter: NDArray[np.float64]


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
