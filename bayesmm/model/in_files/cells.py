"""Cross-products of all columns within each cell, and the few rows that have the same."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations_with_replacement

import numpy as np

from bayesmm.arrays import Array, Integers
from bayesmm.errors import UnsupportedModelError
from bayesmm.model.block_columns import Indicator
from bayesmm.model.cell_sums import CellSums, Ways
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.design import Design
from bayesmm.model.row_sums import less_offset

__all__ = ["CellProducts"]

# Numbers of the table of all cells: 128 MiB.
_MOST = 2**24
# Of the largest eigenvalue of a cell: a smaller one is the rounding of zero.
_NOTHING = 1e-14


class CellProducts:
    """Cross-products of 1, X, Z and y within each cell, which is a level of every grouping.

    The likelihood of a gaussian model depends on the rows through these alone, weighted where rows
    have weights. They are taken of
    columns less a fixed number of each, near their means, which keeps what differs within a cell
    apart from what all rows have in common.

    The design is that of the rows that the model was learnt of: names, levels, and numbers near the
    means.
    """

    def __init__(self, design: Design) -> None:
        self._levels = {block.factor: block.n_groups for block in design.blocks}
        self._origin = _columns(design)[1:].mean(axis=1)
        self._n_cells = int(np.prod(list(self._levels.values()), dtype=object))
        self._pairs = list(combinations_with_replacement(range(len(self._origin) + 1), 2))
        self._fits = self._n_cells * len(self._pairs) <= _MOST
        self._sums = np.zeros((len(self._pairs), self._n_cells if self._fits else 0))
        self._given: tuple[CellSums, Ways] | None = None

    def add(self, part: Design) -> None:
        """Add some rows."""
        if not self._fits:
            return
        codes = {block.factor: block.columns.codes for block in part.blocks}
        cells = np.zeros(part.n_obs, dtype=np.int64)
        for factor, n_levels in self._levels.items():
            cells = cells * n_levels + codes[factor]
        columns = _columns(part)
        columns[1:] -= self._origin[:, None]
        weighted = columns if part.weights is None else columns * part.weights
        for k, (a, b) in enumerate(self._pairs):
            self._sums[k] += np.bincount(cells, weighted[a] * columns[b], self._n_cells)

    def take(self, cells: CellSums, ways: Ways) -> None:
        """Take the cross-products from sums within cells that are known, when they are needed."""
        self._given = cells, ways

    def _take(self) -> None:
        if self._given is None:
            return
        cells, ways = self._given
        response = cells.way(cells.n_columns)
        own = np.vstack([cells.way(-1)[None], ways.common, *ways.blocks, response[None]])
        self._origin = np.array([cells.mean(way) for way in own[1:]])
        own[1:, 0] -= self._origin
        for k, (a, b) in enumerate(self._pairs if self._fits else ()):
            self._sums[k, cells.cells] = (cells.products @ own[a]) @ own[b]

    def kept(self) -> Iterator[tuple[str, Array]]:
        """Yield the name and the numbers of what was found."""
        self._take()
        if self._fits:
            yield "sums", self._sums
            yield "origin", self._origin

    def restore(self, kept: Mapping[str, Array]) -> None:
        """Take what `kept` had of the same model."""
        self._sums = kept.get("sums", self._sums)
        self._origin = kept.get("origin", self._origin)

    def rows(self, whole: Design, _: Centrings | None = None) -> Design:
        """Return a design of few rows, of equal weight, that has the likelihood of all rows.

        In each cell the cross-products S = V L V' are those of the rows L^(1/2) V', of which there
        are no more than columns. Of n rows there are m, their columns are shortened by the root of
        m / n and their weights are n / m: the columns have the mean squares that they have in all
        rows. A column of ones is no longer that, and is the first of X. Weights of the rows are in
        the cross-products, so that of them the likelihood lacks only the sum of their logarithms.

        `whole` is the design of all rows. Too many cells to keep their cross-products are not
        supported.
        """
        if not self._fits:
            what = "levels" if len(self._levels) == 1 else "combinations of the levels"
            raise UnsupportedModelError(
                f"{self._n_cells:,} {what} of {' and '.join(self._levels)} are too many to keep "
                "their cross-products in memory, by which REML goes for rows in files. The "
                "posterior does not need them."
            )
        cells, rows = self._reduced()
        n, m = whole.n_obs, len(cells)
        rows *= np.sqrt(m / n)
        one, others = rows[:, :1], rows[:, 1:]
        others = others + one * self._origin
        p = len(whole.mu.names)
        X = np.hstack([one, others[:, :p]]) if whole.mu.intercept else others[:, :p]
        predictor = replace(whole.mu, intercept=False, names=whole.mu.terms, X=X, offset=None)
        codes = _codes(cells, self._levels)
        blocks, at = [], p
        for block in whole.blocks:
            Z = np.ascontiguousarray(others[:, at : at + block.columns.Z.shape[1]])
            blocks.append(replace(block, columns=Indicator(codes[block.factor], Z)))
            at += Z.shape[1]
        return replace(
            whole,
            y=np.ascontiguousarray(others[:, -1]),
            weights=np.full(m, n / m),
            predictors=(predictor, *whole.predictors[1:]),
            blocks=tuple(blocks),
            rows=np.arange(m),
            source=None,
        )

    def _reduced(self) -> tuple[Integers, Array]:
        """Return cells, shape (m,), and rows with the cross-products of each, shape (m, d)."""
        self._take()
        size = len(self._origin) + 1
        products = np.empty((self._n_cells, size, size))
        for own, (a, b) in zip(self._sums, self._pairs, strict=True):
            products[:, a, b] = products[:, b, a] = own
        products = products[products[:, 0, 0] > 0]
        met = np.flatnonzero(self._sums[0])
        scale = np.sqrt(np.einsum("jaa->a", products))
        scale[scale == 0] = 1.0
        values, vectors = np.linalg.eigh(products / np.outer(scale, scale))
        cell, which = np.nonzero(values > _NOTHING * values[:, -1:])
        lengths = np.sqrt(values[cell, which])
        return met[cell], lengths[:, None] * vectors[cell, :, which] * scale


def _columns(design: Design) -> Array:
    """Return ones, the columns of X and of every Z, and y less its offset: shape (d, n)."""
    parts = [design.mu.X, *(block.columns.Z for block in design.blocks)]
    response = less_offset(design.y, design.mu.offset)
    return np.vstack([np.ones(design.n_obs), *(part.T for part in parts), response])


def _codes(cells: Integers, levels: dict[str, int]) -> dict[str, Integers]:
    """Return the level of each factor from the number of a cell."""
    found = {}
    for factor, n_levels in reversed(levels.items()):
        cells, found[factor] = np.divmod(cells, n_levels)
    return found
