"""Cross-products of a gaussian model from sums within cells, without a row."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.cell_sums import CellSums
from bayesmm.model.design import Design
from bayesmm.model.leading_levels import leading_levels
from bayesmm.model.row_sums import mean
from bayesmm.sampling.compiled.collapsed.plan import Factor, Plan
from bayesmm.sampling.compiled.collapsed.scatter import Moments

__all__ = ["moments_of_cells", "products_of_cells"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


def products_of_cells(design: Design, plan: Plan) -> tuple[Floats, Floats, Floats]:
    """Return Z_j'Z_j, Z_j'W_j and W'W as `statistics` adds them up over rows.

    Shapes (J, q, q), (J, q, m) and (1, m, m); the source of the design has sums within cells.
    """
    cells, ways = design.source.cells, design.source.ways
    common = _common(design)
    of_dense = [_of_factor(ways.blocks, factor) for factor in plan.dense]
    parts = [common[:-1], *of_dense, common[-1:]]  # in the order of the columns of W
    codes = [None, *(cells.codes[factor.name] for factor in plan.dense), None]
    counts = [1, *(factor.n_groups for factor in plan.dense), 1]
    widths = [len(own) * count for own, count in zip(parts, counts, strict=True)]
    starts = np.concatenate([[0], np.cumsum(widths)])
    gram = np.zeros((starts[-1], starts[-1]))
    for f, g in product(range(len(parts)), repeat=2):
        if f <= g:
            rows, columns = (slice(starts[k], starts[k + 1]) for k in (f, g))
            own = _crossed(cells, parts[f], parts[g], codes[f], codes[g], counts[f], counts[g])
            gram[rows, columns] = own
            gram[columns, rows] = own.T
    if plan.eliminated is None:
        return np.zeros((0, 0, 0)), np.zeros((0, 0, starts[-1])), gram[None]
    J, Z = plan.eliminated.n_groups, _of_factor(ways.blocks, plan.eliminated)
    of_group, q = cells.codes[plan.eliminated.name], len(Z)
    S = _crossed(cells, Z, Z, of_group, None, J, 1).reshape(J, q, q)
    within = [
        _crossed(cells, Z, own, of_group, code, J, count).reshape(J, q, -1)
        for own, code, count in zip(parts, codes, counts, strict=True)
    ]
    return S, np.ascontiguousarray(np.concatenate(within, axis=-1)), gram[None]


def moments_of_cells(design: Design, block: Block) -> Moments:
    """Return what `scatter.block_moments` finds of rows."""
    cells, ways = design.source.cells, design.source.ways
    index = next(i for i, own in enumerate(design.blocks) if own is block)
    wanted = leading_levels(np.cumsum(block.level_counts), block.n_effects)
    codes = cells.codes[block.factor]
    own = codes < wanted
    codes, products = codes[own], cells.products[own]
    whole = products.sum(axis=0)
    common, Z = _common(design), ways.blocks[index]
    X, y = common[:-1], common[-1]
    beta = np.linalg.lstsq(X @ whole @ X.T, X @ whole @ y)[0]
    rest = y - beta @ X
    of_level = np.array(
        [[np.bincount(codes, (products @ b) @ a, wanted) for b in [*Z, rest]] for a in Z]
    )
    return Moments(
        np.ascontiguousarray(of_level[:, :-1].transpose(2, 0, 1)),
        np.ascontiguousarray(of_level[:, -1].T),
        float(rest @ whole @ rest),
        int(whole[0, 0]),
    )


def _common(design: Design) -> Floats:
    """Return the ways of the intercept, of X less its means, and of y less its mean."""
    cells = design.source.cells
    X = design.source.ways.common.copy()
    X[:, 0] -= design.mu.centre
    y = cells.way(cells.n_columns)
    y[0] -= mean(design.y)
    return np.vstack([cells.way(-1)[None], X, y[None]])


def _of_factor(blocks: tuple[Floats, ...], factor: Factor) -> Floats:
    return np.vstack([blocks[b] for b in factor.blocks])


def _crossed(
    cells: CellSums,
    first: Floats,
    second: Floats,
    first_codes: Integers | None,
    second_codes: Integers | None,
    first_count: int,
    second_count: int,
) -> Floats:
    """Return the cross-products of columns, each times the indicators of levels.

    Shape (first_count a, second_count b) of a and b columns; those of a level stand together.
    """
    a, b = len(first), len(second)
    found = np.empty((first_count, a, second_count, b))
    at = np.zeros(len(cells.cells), dtype=np.int64)
    for codes, count in ((first_codes, first_count), (second_codes, second_count)):
        at = at * count + (0 if codes is None else codes)
    for j, way in enumerate(second):
        along = cells.products @ way
        for i, other in enumerate(first):
            sums = np.bincount(at, along @ other, first_count * second_count)
            found[:, i, :, j] = sums.reshape(first_count, second_count)
    return found.reshape(first_count * a, second_count * b)
