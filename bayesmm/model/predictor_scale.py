"""What the columns of the common effects hold: the constant, and one another."""

import math
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.coding import CodedTerm
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.model.row_sums import column_sd, sum_of_squares
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = ["ColumnScales", "column_scales", "column_spread", "constant_weights"]

# What is left of a column, relative to its size, that counts as nothing.
_NOTHING = 1e-8
# Of a mean of squares that is a difference of ones: what is less is rounding.
_ROUNDING = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class ColumnScales:
    """How the coefficients of X are to be scaled."""

    # (p,): weights c with X c = 1, of a model without an intercept whose columns hold one (cell
    # means); else zeros
    constant: Array
    # (p,): size of each column: the root mean square where it is part of the constant, else the sd
    # of what the columns that it is a product of leave of it
    spread: Array
    # (p, p): in column k, how much of X_k lies along the other columns: X - X `held` is what the
    # scales are of. Zero but for interactions with numbers, and beside cell means
    held: Array


def constant_weights(X: Array) -> Array:
    """Return c with X c = 1, or zeros when the columns do not hold the constant.

    Found by least squares, not by names: the dummies of ``0 + a``, ``0 + a:b`` and ``0 + a * b``
    do, and so does any other basis of the constant, as ``0 + bs(x, intercept = TRUE)``.
    """
    p = X.shape[1]
    if not p:
        return np.zeros(0)
    if isinstance(X, RowsInFiles):
        c, most, size = _constant_by_products(X)
    else:
        weights, left = _least_squares(X, np.ones((len(X), 1)))
        c, most, size = weights[:, 0], np.abs(left).max(), np.sqrt(np.mean(X**2, axis=0))
    if not most <= _NOTHING:
        return np.zeros(p)
    share = np.abs(c) * size
    return np.where(share < _NOTHING * share.max(), 0.0, c)


def _constant_by_products(X: RowsInFiles) -> tuple[Array, float, Array]:
    """Return c, a bound on what X c leaves of 1, and the root mean squares of the columns.

    From cross-products no more is known of what is left than the mean of its squares, to the last
    digit of 1: nothing counts as nothing, and the rounding of nothing.
    """
    n, total = len(X), len(X) * X.centre
    size = np.sqrt(np.diag(X.raw_products) / n)
    unit = np.where(size > 0.0, size, 1.0)
    scaled = X.raw_products / np.outer(unit, unit)
    c = np.linalg.lstsq(scaled, total / unit)[0] / unit
    left = 1.0 - float(total @ c) / n  # the mean of the squares of 1 - X c, c being least squares
    return c, 0.0 if left <= _ROUNDING else math.sqrt(left), size


def column_scales(design: Design, parameter: str = MEAN) -> ColumnScales:
    """Return how the coefficients of a linear predictor are to be scaled.

    A product with a number x is measured about the product without it, ``a[b]:x`` about
    ``a[b]`` and ``x:z`` about ``x`` and ``z``: its plain sd grows with the mean of x, and a prior
    scaled by it would hold the slopes together when x is a year. Columns beside cell means are
    measured from the means of the cells in the same way.
    """
    predictor = design.predictor(parameter)
    X, p = predictor.X, len(predictor.names)
    constant = np.zeros(p) if predictor.has_level else constant_weights(X)
    level = np.flatnonzero(constant)
    sizes = np.array([column_spread(column) for column in X.T]).reshape(p)
    if level.size:
        sizes[level] = _root_mean_squares(X, level)
    held = np.zeros((p, p))
    for columns, marginal in _products_with_numbers(design, parameter):
        others = np.union1d(marginal, level).astype(int)
        own = np.setdiff1d(columns, level)
        weights, left = _projection(X, own, others, predictor.has_level)
        held[np.ix_(others, own)] = weights
        sizes[own] = np.where(left > _NOTHING * sizes[own], left, sizes[own])
    plain = np.flatnonzero((constant == 0.0) & ~held.any(axis=0))
    if level.size and plain.size:
        held[np.ix_(level, plain)] = _projection(X, plain, level, intercept=False)[0]
    return ColumnScales(constant, sizes, held)


def column_spread(column: Array) -> float:
    """Return the sd of a column, or its root mean square when it does not vary."""
    sd = column_sd(column, ddof=1)
    return sd if sd > 0 else float(np.sqrt(sum_of_squares(column) / len(column))) or 1.0


def _projection(X: Array, columns: Array, others: Array, intercept: bool) -> tuple[Array, Array]:
    """Return the weights of `others` in `columns` by least squares, and the sd of what is left."""
    if isinstance(X, RowsInFiles):
        products = X.products if intercept else X.raw_products
        return _projection_by_products(products, len(X), columns, others)
    base, target = X[:, others], X[:, columns]
    if intercept:
        base, target = base - base.mean(axis=0), target - target.mean(axis=0)
    weights, left = _least_squares(base, target)
    return weights, np.sqrt((left**2).sum(axis=0) / max(len(X) - 1, 1))


def _root_mean_squares(X: Array, columns: Array) -> Array:
    if isinstance(X, RowsInFiles):
        return np.sqrt([sum_of_squares(X[:, k]) / len(X) for k in columns])
    return np.sqrt(np.mean(X[:, columns] ** 2, axis=0))


def _projection_by_products(
    products: Array, n_rows: int, columns: Array, others: Array
) -> tuple[Array, Array]:
    """Return the same from the cross-products of the columns."""
    size = np.sqrt(np.diag(products))
    size[size == 0.0] = 1.0
    unit = products / np.outer(size, size)
    weights = np.linalg.lstsq(unit[np.ix_(others, others)], unit[np.ix_(others, columns)])[0]
    left = np.diag(unit)[columns] - np.sum(weights * unit[np.ix_(others, columns)], axis=0)
    left = np.sqrt(np.maximum(left, 0.0) / max(n_rows - 1, 1)) * size[columns]
    return weights * size[columns] / size[others][:, None], left


def _least_squares(base: Array, target: Array) -> tuple[Array, Array]:
    """Return the coefficients of some columns in others, and what they leave.

    From cross-products of columns of unit size, quick for many dummies; the second step mends
    what those lost in digits.
    """
    sizes = np.sqrt(np.mean(base**2, axis=0))
    scaled = base / np.where(sizes > 0.0, sizes, 1.0)
    products = scaled.T @ scaled
    weights, left = np.zeros((base.shape[1], target.shape[1])), target
    try:
        for _ in range(2):
            weights = weights + np.linalg.solve(products, scaled.T @ left)
            left = target - scaled @ weights
    except np.linalg.LinAlgError:  # dependent columns: the shortest of the solutions
        weights = np.linalg.lstsq(scaled, target, rcond=None)[0]
        left = target - scaled @ weights
    return weights / np.where(sizes > 0.0, sizes, 1.0)[:, None], left


def _products_with_numbers(design: Design, parameter: str) -> list[tuple[Array, Array]]:
    """Return the columns of each product with numbers, and those of it without some of them."""
    if design.encoder is None:
        return []
    terms = design.encoder.terms.get(parameter, ())
    ends = np.cumsum([term.width for term in terms])
    places = [np.arange(e - term.width, e) for e, term in zip(ends, terms, strict=True)]
    found = []
    for term, own in zip(terms, places, strict=True):
        if len(term.factors) > 1:
            inside = [
                place
                for other, place in zip(terms, places, strict=True)
                if _leaves_numbers(term, other)
            ]
            if inside:
                found.append((own, np.concatenate(inside)))
    return found


def _leaves_numbers(term: CodedTerm, part: CodedTerm) -> bool:
    """Return whether `part` is `term` without one or more of its variables of numbers."""
    nodes = {factor.node for factor in part.factors}
    kinds = {factor.node: factor.kept is None for factor in term.factors}
    return nodes < kinds.keys() and all(kinds[node] for node in kinds.keys() - nodes)
