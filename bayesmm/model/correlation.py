"""The LKJ distribution through canonical partial correlations, which are independent.

For a q x q correlation matrix R = L L' with L lower triangular, and partial correlations t_ab
(a > b) in (-1, 1), L_ab = t_ab sqrt(prod_{c<b} (1 - t_ac^2)) and L_aa = sqrt(prod_{c<a} (1 -
t_ac^2)). R ~ LKJ(eta) exactly when (t_ab + 1) / 2 ~ Beta(k_b, k_b), independently, with k_b =
eta + (q - 2 - b) / 2 and b counted from 0.

References
----------
Lewandowski, Kurowicka and Joe (2009), doi:10.1016/j.jmva.2009.04.008
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.small_cholesky import cholesky

__all__ = [
    "cholesky_from_partials",
    "cholesky_of_correlation",
    "partial_concentrations",
    "partials_from_correlation",
]


def partial_concentrations(n_effects: int, eta: float) -> NDArray[np.float64]:
    """Return k of Beta(k, k) for each partial correlation, in the order (1,0), (2,0), (2,1), ...

    `n_effects` is q, the size of the matrix, `eta` the concentration of the LKJ distribution.
    """
    columns = np.array([b for a in range(1, n_effects) for b in range(a)], dtype=float)
    return eta + (n_effects - 2 - columns) / 2


def cholesky_from_partials(partials: NDArray[np.float64], n_effects: int) -> NDArray[np.float64]:
    """Return the Cholesky factors L, shape (..., q, q), of partials of shape (..., q(q-1)/2)."""
    L = np.zeros((*partials.shape[:-1], n_effects, n_effects))
    L[..., 0, 0] = 1.0
    index = 0
    for a in range(1, n_effects):
        remaining = np.ones(partials.shape[:-1])
        for b in range(a):
            t = partials[..., index]
            L[..., a, b] = t * remaining
            remaining = remaining * np.sqrt((1 - t) * (1 + t))
            index += 1
        L[..., a, a] = remaining
    return L


def cholesky_of_correlation(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the Cholesky factors of matrices of shape (..., q, q).

    Those of correlations of +-1 too, see `bayesmm.model.small_cholesky.cholesky`.
    """
    axes = (-2, -1), (0, 1)
    return np.moveaxis(cholesky(np.moveaxis(correlation, *axes)), *axes[::-1])


def partials_from_correlation(correlation: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the partial correlations, shape (..., q(q-1)/2), of matrices (..., q, q).

    Those given effects that determine each other are taken as zero.
    """
    L = cholesky_of_correlation(correlation)
    q = L.shape[-1]
    partials = []
    for a in range(1, q):
        remaining = np.ones(L.shape[:-2])
        for b in range(a):
            safe = np.where(remaining > 0, remaining, np.inf)
            t = np.clip(L[..., a, b] / safe, -1.0, 1.0)
            partials.append(t)
            remaining = remaining * np.sqrt((1 - t) * (1 + t))
    return np.stack(partials, axis=-1) if partials else np.empty((*L.shape[:-2], 0))
