"""What the columns of the common effects hold: the constant, and one another."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.coding import CodedTerm
from bayesmm.model.design import Design

__all__ = ["ColumnScales", "column_scales", "constant_weights"]

type Array = NDArray[np.float64]

# What is left of a column, relative to its size, that counts as nothing.
_NOTHING = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class ColumnScales:
    """How the coefficients of X are to be scaled.

    Attributes
    ----------
    constant : ndarray, shape (p,)
        Weights c with X c = 1, of a model without an intercept whose columns hold one (cell
        means); else zeros.
    spread : ndarray, shape (p,)
        Size of each column: the root mean square where it is part of the constant, else the sd
        of what the columns that it is a product of leave of it.
    held : ndarray, shape (p, p)
        In column k, how much of X_k lies along the other columns: X - X `held` is what the
        scales are of. Zero but for interactions with numbers, and beside cell means.
    """

    constant: Array
    spread: Array
    held: Array


def constant_weights(X: Array) -> Array:
    """Return c with X c = 1, or zeros when the columns do not hold the constant.

    Found by least squares, not by names: the dummies of ``0 + a``, ``0 + a:b`` and ``0 + a * b``
    do, and so does any other basis of the constant, as ``0 + bs(x, intercept = TRUE)``.
    """
    none = np.zeros(X.shape[1])
    if not len(none):
        return none
    sizes = np.sqrt(np.mean(X**2, axis=0))
    scaled = X / np.where(sizes > 0.0, sizes, 1.0)
    products = scaled.T @ scaled
    c, left = none, np.ones(len(X))
    try:
        for _ in range(2):  # the second step mends what the cross-products lost in digits
            c = c + np.linalg.solve(products, scaled.T @ left)
            left = 1.0 - scaled @ c
    except np.linalg.LinAlgError:
        c = np.linalg.lstsq(scaled, np.ones(len(X)), rcond=None)[0]
        left = 1.0 - scaled @ c
    if not np.abs(left).max() <= _NOTHING:
        return none
    return np.where(np.abs(c) < _NOTHING * np.abs(c).max(), 0.0, c) / sizes


def column_scales(design: Design) -> ColumnScales:
    """Return how the coefficients of a model are to be scaled.

    Parameters
    ----------
    design : Design
        The model.

    Notes
    -----
    A product with a number x is measured about the product without it, ``a[b]:x`` about
    ``a[b]`` and ``x:z`` about ``x`` and ``z``: its plain sd grows with the mean of x, and a prior
    scaled by it would hold the slopes together when x is a year. Columns beside cell means are
    measured from the means of the cells in the same way.
    """
    X, p = design.X, len(design.names)
    constant = np.zeros(p) if design.intercept else constant_weights(X)
    level = np.flatnonzero(constant)
    spread = np.array([_spread(column) for column in X.T]).reshape(p)
    spread[level] = np.sqrt(np.mean(X[:, level] ** 2, axis=0))
    held = np.zeros((p, p))
    for columns, marginal in _products_with_numbers(design):
        others = np.union1d(marginal, level).astype(int)
        own = np.setdiff1d(columns, level)
        weights, left = _projection(X, own, others, design.intercept)
        held[np.ix_(others, own)] = weights
        spread[own] = np.where(left > _NOTHING * spread[own], left, spread[own])
    plain = np.flatnonzero((constant == 0.0) & ~held.any(axis=0))
    if level.size and plain.size:
        held[np.ix_(level, plain)] = _projection(X, plain, level, intercept=False)[0]
    return ColumnScales(constant, spread, held)


def _spread(column: Array) -> float:
    """Return the sd of a column, or its root mean square when it does not vary."""
    sd = float(column.std(ddof=1))
    return sd if sd > 0 else float(np.sqrt(np.mean(column**2))) or 1.0


def _projection(X: Array, columns: Array, others: Array, intercept: bool) -> tuple[Array, Array]:
    """Return the weights of `others` in `columns` by least squares, and the sd of what is left."""
    base, target = X[:, others], X[:, columns]
    if not columns.size:
        return np.zeros((others.size, 0)), np.zeros(0)
    if intercept:
        base, target = base - base.mean(axis=0), target - target.mean(axis=0)
    weights = np.linalg.lstsq(base, target, rcond=None)[0]
    left = target - base @ weights
    return weights, np.sqrt((left**2).sum(axis=0) / max(len(X) - 1, 1))


def _products_with_numbers(design: Design) -> list[tuple[Array, Array]]:
    """Return the columns of each product with numbers, and those of it without some of them."""
    if design.encoder is None:
        return []
    terms = design.encoder.common
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
