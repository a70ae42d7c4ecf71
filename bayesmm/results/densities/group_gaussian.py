"""Log likelihood of groups of a gaussian model, their effects integrated out exactly.

The rows of a group are multivariate normal, e ~ N(0, sigma^2 W^-1 + sum_k Z_k G_k Z_k'). With
Z of one factor, M = s2 I + Lambda' Z'WZ Lambda and B = chol(M)^-1 Lambda' Z'W [A, e],

    s2 [A, e]' V^-1 [A, e] = [A, e]'W[A, e] - B'B,    log|V| = log|s2 W^-1| + log|M| - q log s2,

so that nested factors are eliminated one after the other, the innermost first, and what is
left of the products of an outer level is the sum over its inner levels.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model.small_cholesky import cholesky, forward_substitute

__all__ = ["Level", "gaussian_groups"]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One factor whose effects are integrated out."""

    codes: NDArray[np.int64]  # (n_obs,): level of each row
    Z: Array  # (n_obs, q): columns of its effects
    factors: Array  # (q, q, S): Lambda of each draw: u = Lambda v, v ~ N(0, I)


@dataclass(frozen=True, slots=True, eq=False)
class _Products:
    """Cross-products of the columns A that remain with each other and with the residuals.

    Shapes: gram (m, m, 1 or S, U), cross (m, S, U), square and log_det (S, U), for U units.
    """

    gram: Array
    cross: Array
    square: Array
    log_det: Array

    def summed(self, starts: NDArray[np.int64]) -> "_Products":
        """Return the sums over runs of units."""
        parts = (self.gram, self.cross, self.square, self.log_det)
        return _Products(*(np.add.reduceat(part, starts, axis=-1) for part in parts))


def gaussian_groups(
    residuals: Array,
    variance: Array,
    weights: Array | None,
    codes: NDArray[np.int64],
    levels: Sequence[Level],
) -> Array:
    """Return log p(e_j) of each group and draw.

    Shape (S, J), of `residuals`, y minus everything that is conditioned on, of shape (S, n_obs),
    `variance`, sigma^2 of each draw, and precision `weights`, sd(y_i) = sigma / sqrt(w_i), of one
    row for all draws or for each. `codes` is the group of each row; every group has rows. `levels`
    are the factors to integrate out, innermost first, each nested in the next and in the groups.
    """
    runs = [*(level.codes for level in levels), codes]
    order = np.lexsort(runs)
    root = np.ones((1, len(codes))) if weights is None else np.sqrt(np.atleast_2d(weights))
    columns = [level.Z for level in levels] or [np.empty((len(codes), 0))]
    A = (np.hstack(columns).T[:, None] * root)[..., order]
    e = (root * residuals)[:, order]
    products = _Products(
        gram=A[:, None] * A,
        cross=A * e,
        square=e**2,
        log_det=np.zeros_like(e),
    )
    # first row of each unit at every stage: the runs of equal labels of this level and all above
    changes = np.zeros(len(codes) - 1, dtype=bool)
    firsts = []
    for labels in reversed(runs):
        changes = changes | (np.diff(labels[order]) != 0)
        firsts.append(np.concatenate(([0], np.flatnonzero(changes) + 1)))
    unit_firsts = np.arange(len(codes))
    for level, first in zip([*levels, None], reversed(firsts), strict=True):
        products = products.summed(np.searchsorted(unit_firsts, first))
        unit_firsts = first
        if level is not None:
            products = _eliminate(products, level.factors[..., None], variance[:, None])
    counts = np.bincount(codes)
    known = 0.0
    if weights is not None:  # the rows of a group are together: codes are the last key
        known = 2.0 * np.add.reduceat(np.log(root[:, order]), unit_firsts, axis=-1)
    constant = counts * np.log(2 * np.pi * variance[:, None]) - known
    return -0.5 * (constant + products.log_det + products.square / variance[:, None])


def _eliminate(products: _Products, factors: Array, variance: Array) -> _Products:
    """Integrate out the first q columns; `factors` is (q, q, S, 1), `variance` (S, 1)."""
    q = len(factors)
    loaded_gram = np.einsum("bast,bcst->acst", factors, products.gram[:q])
    loaded_cross = np.einsum("bast,bst->ast", factors, products.cross[:q])
    inner = np.einsum("acst,cbst->abst", loaded_gram[:, :q], factors)
    for a in range(q):
        inner[a, a] += variance
    L = cholesky(inner)
    cross = forward_substitute(L, loaded_cross)
    gram = forward_substitute(L[:, :, None], loaded_gram[:, q:])
    log_det = 2 * sum(np.log(L[a, a]) for a in range(q)) - q * np.log(variance)
    return _Products(
        gram=products.gram[q:, q:] - np.einsum("acst,adst->cdst", gram, gram),
        cross=products.cross[q:] - np.einsum("acst,ast->cst", gram, cross),
        square=products.square - np.sum(cross**2, axis=0),
        log_det=products.log_det + log_det,
    )
