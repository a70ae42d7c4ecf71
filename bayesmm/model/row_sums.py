"""Sums over rows that are the same whether the rows are in memory or come in parts.

Rows are taken `CHUNK` at a time, counted from the first row; each chunk is summed as NumPy sums
it, and the sums of the chunks are added exactly (`math.fsum`), so that the order in which chunks
are met does not matter. Up to `CHUNK` rows this is NumPy's own sum. Of more rows the sum of a
column, and its mean, is that of its `pieces`. Squares about the mean are taken about the mean of
the first chunk and moved, so that one pass is enough.
"""

import math
from collections.abc import Iterator

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.pieces import piece_sums
from bayesmm.model.rows_in_files import ColumnSums, RowsInFiles, WeightedSums

__all__ = [
    "CHUNK",
    "RunningSums",
    "column_means",
    "column_sd",
    "deviations",
    "extremes",
    "holds_zeros_and_ones",
    "less_offset",
    "log_total",
    "mean",
    "reach",
    "shares_of",
    "sum_of_squares",
    "total",
    "weighted_deviations",
    "weighted_mean",
    "weighted_squares",
]

# Also the rows of a chunk of files: columns of so many stay in the cache.
CHUNK = 2**17
_FEW = 4


class RunningSums:
    """Sums of the columns of a matrix, or of one column, whose chunks come one after the other.

    With `products`, cross-products of the columns are wanted too.
    """

    def __init__(self, *, products: bool = False) -> None:
        self._wants_products = products
        self._origin: list[float] = []
        self._parts: list[list[tuple[float, ...]]] = []
        self._pieces: list[list[float]] = []
        self._along: list[Array] = []
        self._products: Array | None = None
        self._n = 0
        self._is_matrix = False
        self._weighted: list[_RunningWeighted] = []

    def add(self, chunk: Array, weights: Array | None = None) -> None:
        """Add the next chunk, shape (n,) or (n, k): `CHUNK` rows, but for the last.

        With `weights`, shape (n,), weighted sums are taken too.
        """
        self._is_matrix = chunk.ndim > 1
        columns = chunk.T if self._is_matrix else chunk[None]
        if not self._n:
            self._origin = [float(column.sum()) / len(column) for column in columns]
            self._parts = [[] for _ in columns]
            self._pieces = [[] for _ in columns]
            if weights is not None:
                self._weighted = [_RunningWeighted(column, weights) for column in columns]
        if self._is_matrix:
            self._along.append(chunk.sum(axis=0))
            if self._wants_products:
                own = _products(chunk - np.array(self._origin))
                self._products = own if self._products is None else self._products + own
        self._n += len(chunk)
        own = zip(columns, self._origin, self._parts, self._pieces, strict=True)
        for column, origin, parts, pieces in own:
            pieces.extend(piece_sums(column))
            away = column - origin
            numbers = column.sum(), (column * column).sum(), (away * away).sum()
            parts.append((*map(float, numbers), float(column.min()), float(column.max())))
        for column, own in zip(columns, self._weighted, strict=bool(self._weighted)):
            own.add(column, weights)

    def found(self) -> RowsInFiles:
        """Return what is known of the columns now."""
        columns = tuple(
            _column_sums(self._n, *own)
            for own in zip(self._origin, self._parts, self._pieces, strict=True)
        )
        weighted = tuple(own.found() for own in self._weighted) or None
        if not self._is_matrix:
            return RowsInFiles(self._n, columns, weighted=weighted)
        centre = np.array([math.fsum(own) for own in zip(*self._along, strict=True)]) / self._n
        products = None
        if self._products is not None:
            away = centre - np.array(self._origin)
            products = self._products - self._n * np.outer(away, away)
        return RowsInFiles(
            *(self._n, columns),
            is_matrix=True,
            centre=centre,
            products=products,
            weighted=weighted,
        )


class _RunningWeighted:
    """Weighted sums of one column, about its weighted mean in the first chunk."""

    def __init__(self, first: Array, weights: Array) -> None:
        self._origin = float(np.average(first, weights=weights))
        self._parts: list[tuple[float, ...]] = []

    def add(self, column: Array, weights: Array) -> None:
        """Add the next chunk."""
        away = column - self._origin
        sums = (weights, weights * column, weights * column * column, weights * away**2)
        self._parts.append(tuple(float(own.sum()) for own in sums))

    def found(self) -> WeightedSums:
        """Return the sums."""
        weight, total, squares, about = map(math.fsum, zip(*self._parts, strict=True))
        moved = weight * (total / weight - self._origin) ** 2
        return WeightedSums(weight, total, squares, max(about - moved, 0.0))


def _products(chunk: Array) -> Array:
    """Return the cross-products of the columns of a chunk.

    Of few columns without BLAS, whose threads take forty times as long to meet as the sums take.
    """
    if chunk.shape[1] > _FEW:
        return chunk.T @ chunk
    columns = np.ascontiguousarray(chunk.T)
    return np.array([[(a * b).sum() for b in columns] for a in columns])


def _column_sums(
    n: int, origin: float, parts: list[tuple[float, ...]], pieces: list[float]
) -> ColumnSums:
    totals, squares, about, least, most = zip(*parts, strict=True)
    total = totals[0] if len(parts) == 1 else math.fsum(pieces)
    deviations = math.fsum(about) - n * (total / n - origin) ** 2
    return ColumnSums(n, total, math.fsum(squares), max(deviations, 0.0), min(least), max(most))


def _chunks(values: Array) -> Iterator[Array]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def mean(values: Array | RowsInFiles) -> float:
    """Return the mean of a column, shape (n,)."""
    return total(values) / (values.only.n if isinstance(values, RowsInFiles) else len(values))


def total(values: Array | RowsInFiles) -> float:
    """Return the sum of a column."""
    if isinstance(values, RowsInFiles):
        return values.only.total
    return float(values.sum()) if len(values) <= CHUNK else math.fsum(piece_sums(values))


def log_total(values: Array | RowsInFiles) -> float:
    """Return the sum of the logarithms of a column of weights."""
    return values.logs if isinstance(values, RowsInFiles) else float(np.log(values).sum())


def shares_of(successes: Array | RowsInFiles, trials: Array | RowsInFiles) -> Array | RowsInFiles:
    """Return numbers of successes as shares of the trials."""
    return successes.shares if isinstance(successes, RowsInFiles) else successes / trials


def column_means(matrix: Array | RowsInFiles) -> Array:
    """Return the means of the columns of a matrix, shape (n, k)."""
    if isinstance(matrix, RowsInFiles):
        return matrix.centre
    if len(matrix) <= CHUNK:
        return matrix.mean(axis=0)
    along = [chunk.sum(axis=0) for chunk in _chunks(matrix)]
    return np.array([math.fsum(own) for own in zip(*along, strict=True)]) / len(matrix)


def column_sd(values: Array | RowsInFiles, ddof: int = 0) -> float:
    """Return the sd of a column, n - `ddof` below the sum of squares about the mean."""
    if isinstance(values, RowsInFiles):
        found = values.only
    elif len(values) <= CHUNK:
        return float(values.std(ddof=ddof))
    else:
        found = _sums(values)
    return math.sqrt(found.deviations / (found.n - ddof))


def sum_of_squares(values: Array | RowsInFiles) -> float:
    """Return the sum of the squares of a column."""
    if isinstance(values, RowsInFiles):
        return values.only.squares
    return math.fsum(float((chunk * chunk).sum()) for chunk in _chunks(values))


def deviations(values: Array | RowsInFiles) -> float:
    """Return the sum of the squares of the distances of a column from its mean."""
    if isinstance(values, RowsInFiles):
        return values.only.deviations
    if len(values) > CHUNK:
        return _sums(values).deviations
    return float(((values - values.mean()) ** 2).sum())


def less_offset(y: Array | RowsInFiles, offset: Array | RowsInFiles | None) -> Array | RowsInFiles:
    """Return a response less its offset."""
    if offset is None:
        return y
    return y.less if isinstance(y, RowsInFiles) else y - offset


def weighted_mean(values: Array | RowsInFiles, weights: Array | RowsInFiles) -> float:
    """Return the weighted mean of a column."""
    if isinstance(values, RowsInFiles):
        return values.weighted[0].total / values.weighted[0].weight
    if len(values) > CHUNK:
        found = _weighted_sums(values, weights)
        return found.total / found.weight
    return float(np.average(values, weights=weights))


def weighted_squares(values: Array | RowsInFiles, weights: Array | RowsInFiles) -> float:
    """Return the weighted sum of the squares of a column."""
    if isinstance(values, RowsInFiles):
        return values.weighted[0].squares
    if len(values) > CHUNK:
        return _weighted_sums(values, weights).squares
    return float(np.sum(weights * values * values))


def weighted_deviations(values: Array | RowsInFiles, weights: Array | RowsInFiles) -> float:
    """Return the weighted sum of the squares of the distances from the weighted mean."""
    if isinstance(values, RowsInFiles):
        return values.weighted[0].deviations
    if len(values) > CHUNK:
        return _weighted_sums(values, weights).deviations
    about = values - np.average(values, weights=weights)
    return float((weights * about**2).sum())


def extremes(values: Array | RowsInFiles) -> tuple[float, float]:
    """Return the least and the largest number of a column."""
    if isinstance(values, RowsInFiles):
        return values.only.least, values.only.most
    return float(values.min()), float(values.max())


def holds_zeros_and_ones(values: Array | RowsInFiles) -> bool:
    """Return whether every number of a column is 0 or 1."""
    if isinstance(values, RowsInFiles):  # between them squares are less
        own = values.only
        return own.least >= 0.0 and own.most <= 1.0 and own.squares == own.total
    return bool(np.isin(values, (0.0, 1.0)).all())


def reach(values: Array | RowsInFiles) -> float:
    """Return the distance of the extremes of a column."""
    least, most = extremes(values)
    return most - least


def _weighted_sums(values: Array, weights: Array) -> WeightedSums:
    running = RunningSums()
    for chunk, of_rows in zip(_chunks(values), _chunks(weights), strict=True):
        running.add(chunk, of_rows)
    return running.found().weighted[0]


def _sums(values: Array) -> ColumnSums:
    running = RunningSums()
    for chunk in _chunks(values):
        running.add(chunk)
    return running.found().only
