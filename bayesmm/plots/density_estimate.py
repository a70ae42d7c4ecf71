"""Kernel density estimates of draws, also of quantities that end at a bound."""

import numpy as np
from scipy.ndimage import gaussian_filter1d

from bayesmm.arrays import Array

__all__ = ["bandwidth", "density_estimate"]

_REACH = 4.0  # bandwidths beyond the values, where there is no bound
_CELLS, _MOST_CELLS = 256, 4096


def density_estimate(
    values: Array, lower: float = -np.inf, upper: float = np.inf, width: float | None = None
) -> tuple[Array, Array]:
    """Return a Gaussian kernel density estimate on an even grid.

    At a bound the mass that the kernel puts beyond it is reflected, so that the estimate
    integrates to 1 within.

    The bounds are those of the quantity: 0 for a standard deviation, -1 and 1 for a correlation.
    `width` is the standard deviation of the kernel; default: that of `bandwidth`. Both arrays, x
    and density, are empty when all values are the same, which has no density.
    """
    values = np.asarray(values, dtype=float).ravel()
    width = bandwidth(values) if width is None else width
    if not width > 0:
        return np.empty(0), np.empty(0)
    low = max(lower, values.min() - _REACH * width)
    high = min(upper, values.max() + _REACH * width)
    # a third of the bandwidth resolves the kernel, as far as the number of cells allows
    cells = int(np.clip(3 * (high - low) / width, _CELLS, _MOST_CELLS))
    counts, edges = np.histogram(values, bins=cells, range=(low, high))
    step = (high - low) / cells
    smooth = gaussian_filter1d(counts / (len(values) * step), width / step, mode="reflect")
    return (edges[:-1] + edges[1:]) / 2, smooth


def bandwidth(values: Array) -> float:
    """Return Silverman's bandwidth, 0.9 min(sd, IQR / 1.349) n^(-1/5); 0 for equal values.

    References
    ----------
    Silverman (1986), Density Estimation for Statistics and Data Analysis, section 3.4.2
    """
    sd = float(values.std(ddof=1)) if len(values) > 1 else 0.0
    quartiles = np.quantile(values, [0.25, 0.75])
    robust = float(quartiles[1] - quartiles[0]) / 1.349
    # more than half of the values may be equal, as zeros are
    return 0.9 * (min(sd, robust) if robust > 0 else sd) * len(values) ** -0.2
