"""The cross-products of the columns of Henderson's equations, and what Lambda makes of them.

Of a linear model they are formed once: at each Lambda they are turned, and no row is seen again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.likelihood.group_columns import GroupColumns, sums

__all__ = ["CrossProducts", "cross_products"]


@dataclass(frozen=True, slots=True, eq=False)
class CrossProducts:
    """Weighted cross-products of the columns of J levels of the leading factor and all others."""

    columns: GroupColumns  # columns Z Lambda of which they are
    leading: Array  # (J, q, q): of the columns of each level of the leading factor with each other
    # (J, q, m + p): of these with the m columns of other effects and the p of the common ones
    cross: Array
    others: Array  # (m + p, m + p): of those with each other

    def turned(self, columns: GroupColumns) -> "CrossProducts":
        """Return the cross-products of Z Lambda, where these are of Z itself."""
        own = columns.arrangement.of_leading(columns.factors)
        cross = self.times(own.T @ self.cross, columns.factors)
        others = self.times(self.times(self.others, columns.factors).T, columns.factors)
        return CrossProducts(columns, own.T @ self.leading @ own, cross, others)

    def times(self, products: Array, factors: Sequence[Array]) -> Array:
        """Return products with the other columns (the last axis), these times their Lambda."""
        arrangement, result = self.columns.arrangement, products.copy()
        for k in arrangement.others:
            arrangement.by_level(k, result)[...] = _times(
                arrangement.by_level(k, products), factors[k]
            )
        return result


def _times(levels: Array, factor: Array) -> Array:
    """Return the product, which of one effect is a scale."""
    return levels * factor[0, 0] if factor.size == 1 else levels @ factor


def cross_products(columns: GroupColumns, X: Array, weights: Array) -> CrossProducts:
    """Return the cross-products.

    Of the columns Z Lambda, of X, shape (n_obs, p) where p may be 0, and of the diagonal of W,
    positive.
    """
    dense, WX = columns.dense, weights[:, None] * X
    q, m = dense.shape[1], columns.arrangement.n_others
    n_levels = columns.arrangement.n_leading // q
    leading = np.empty((n_levels, q, q))
    cross = np.empty((n_levels, q, m + X.shape[1]))
    for a, column in enumerate((weights[:, None] * dense).T):
        leading[:, a] = sums(columns.codes, column[:, None] * dense, n_levels)
        cross[:, a, m:] = sums(columns.codes, dense[:, a, None] * WX, n_levels)
        for at, table in _meetings(columns, columns.arrangement.leading[0], column):
            cross[:, a, at] = table
    return CrossProducts(columns, leading, cross, _of_others(columns, X, weights))


def _of_others(columns: GroupColumns, X: Array, weights: Array) -> Array:
    arrangement, WX = columns.arrangement, weights[:, None] * X
    m = arrangement.n_others
    result = np.zeros((m + X.shape[1], m + X.shape[1]))
    result[m:, m:] = X.T @ WX
    for k in arrangement.others:
        block = arrangement.blocks[k]
        for j, own in enumerate(columns.columns[k].T):
            here = arrangement.positions[k][:, j] - arrangement.n_leading
            result[here, m:] = sums(block.columns.codes, own[:, None] * WX, block.n_groups)
            for at, table in _meetings(columns, k, weights * own):
                result[here[:, None], at] = table
    result[m:, :m] = result[:m, m:].T
    return result


def _meetings(
    columns: GroupColumns, k: int, own: Array
) -> Iterator[tuple[NDArray[np.int64], Array]]:
    """Yield the products of a column of block k with each column outside the leading factor.

    Each comes as the places of its effects, and a table of the levels of both.
    """
    arrangement = columns.arrangement
    n_levels = arrangement.blocks[k].n_groups
    for other in arrangement.others:
        size = arrangement.blocks[other].n_groups
        places = arrangement.positions[other] - arrangement.n_leading
        for at, column in zip(places.T, columns.columns[other].T, strict=True):
            met = np.bincount(arrangement.meetings[k, other], own * column, n_levels * size)
            yield at, met.reshape(n_levels, size)
