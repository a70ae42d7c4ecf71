"""Weights of the rows from their information: positive, and of several points one."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["MeanWeights", "positive"]

type Floats = NDArray[np.float64]

# Least weight of a row, as a share of the mean one: those with none or less are left to the others.
_LEAST = 1e-6
# What is added to the information before it is inverted, as a share of the mean one of all rows.
_RIDGE = 0.03


def positive(curvature: Floats) -> Floats:
    """Return the nearest matrices with no eigenvalue below the least, shape (D, D, n).

    Eigenvalues are of each linear predictor in a unit of its own, in which its mean information
    is 1: a mean in units of 1e9 has little of it, and log sd as much as ever.
    """
    unit = np.sqrt(np.abs(np.einsum("ddn->dn", curvature)).mean(axis=1))
    unit[unit == 0.0] = 1.0
    units = (unit[:, None] * unit)[:, :, None]
    if len(curvature) == 1:
        return np.maximum(curvature, _LEAST * units)
    values, vectors = np.linalg.eigh(np.moveaxis(curvature / units, 2, 0))
    kept = (vectors * np.maximum(values, _LEAST)[:, None, :]) @ np.swapaxes(vectors, 1, 2)
    return np.ascontiguousarray(np.moveaxis(kept, 0, 2)) * units


class MeanWeights:
    """The mean of the curvatures of the rows at several points.

    Of one linear predictor it is the plain mean. Of several it is the harmonic one, the inverse of
    the mean covariance: where a row tells something of a combination of them alone, and of another
    one at every point (a zero that may be of a count or not), the plain mean would tell of all.
    """

    def __init__(self, predictors: int, rows: int) -> None:
        self._sum = np.zeros((predictors, predictors, rows))
        self._seen = 0
        self._ridge = np.zeros((predictors, predictors, 1))

    def add(self, curvature: Floats) -> None:
        """Count the curvatures at a point, shape (D, D, n)."""
        if len(curvature) > 1 and not self._seen:
            share = _RIDGE * np.einsum("ddn->d", curvature) / curvature.shape[2]
            self._ridge = np.diag(np.where(share > 0.0, share, _LEAST))[:, :, None]
        self._sum += curvature if len(curvature) == 1 else _inverses(curvature + self._ridge)
        self._seen += 1

    def mean(self) -> Floats:
        """Return the mean of those counted, at least one, shape (D, D, n)."""
        mean = self._sum / self._seen
        return mean if len(mean) == 1 else _inverses(mean) - self._ridge


def _inverses(matrices: Floats) -> Floats:
    return np.moveaxis(np.linalg.inv(np.moveaxis(matrices, 2, 0)), 0, 2)
