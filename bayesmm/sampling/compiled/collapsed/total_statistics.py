"""The arrays of `Totals`, from one pass over the rows."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.nested_levels import values_of_levels
from bayesmm.sampling.compiled.collapsed.plan import Plan, dense_table
from bayesmm.sampling.compiled.collapsed.rows import GaussianRows
from bayesmm.sampling.compiled.collapsed.statistics import GroupStatistics
from bayesmm.sampling.compiled.collapsed.totals import Totals

__all__ = ["no_totals", "total_statistics"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


def no_totals(q: int, m: int) -> Totals:
    """Return the arrays without a sampled level, of q effects and m columns."""
    none, pointer = np.zeros(0, dtype=np.int64), np.zeros(1, dtype=np.int64)
    return Totals(
        response=np.zeros(m),
        group_start=pointer,
        group_level=none,
        group_H=np.zeros((q, 0)),
        level_start=pointer,
        level_group=none,
        level_H=np.zeros((q, 0)),
        columns=np.zeros((0, m)),
        squares=np.zeros(0),
        fixed=np.zeros((0, 0)),
        outer=np.zeros((0, 0), dtype=np.int64),
        small=np.zeros((0, 4), dtype=np.int64),
        constant=np.zeros((1, 1)),
        effect=0,
    )


def total_statistics(
    design: Design, plan: Plan, rows: GaussianRows, statistics: GroupStatistics, constant: Integers
) -> Totals:
    """Return the arrays of the totals of ``plan.centred``.

    `rows` have the columns that vary within its levels; `constant` are those that do not, as
    positions in ``Design.terms``.
    """
    levels, K = plan.centred.codes, plan.centred.n_groups
    root = np.ones(design.n_obs) if design.weights is None else np.sqrt(design.weights)
    T = statistics.T
    cells, cell_of = np.unique(rows.codes * K + levels, return_inverse=True)
    group, level = np.divmod(cells, K)
    H = np.stack([np.bincount(cell_of, z * root, len(cells)) for z in rows.Z.T])
    _solve_cells(statistics.R[group], H)
    by_level = np.argsort(level, kind="stable")
    representative = values_of_levels(levels, np.arange(design.n_obs), K)
    fixed = np.ones((K, len(constant)))
    for k, own in enumerate(constant - int(design.mu.intercept)):
        if own >= 0:
            fixed[:, k] = design.mu.X[representative, own] - design.mu.centre[own]
    outer = np.array([f.codes[representative] for f in plan.outer], dtype=np.int64)
    outer = outer.reshape(len(plan.outer), K)
    small = dense_table(plan.outer, len(constant))
    return Totals(
        response=statistics.within[:, -1] + np.einsum("jac,ja->c", T, T[:, :, -1]),
        group_start=np.searchsorted(group, np.arange(len(T) + 1)).astype(np.int64),
        group_level=level,
        group_H=H,
        level_start=np.searchsorted(level[by_level], np.arange(K + 1)).astype(np.int64),
        level_group=np.ascontiguousarray(group[by_level]),
        level_H=np.ascontiguousarray(H[:, by_level]),
        columns=_level_sums(rows, levels, K, root),
        squares=np.bincount(levels, root * root, K),
        fixed=fixed,
        outer=outer,
        small=small,
        constant=_gram(fixed, outer, small),
        effect=plan.centred.first_effect,
    )


def _solve_cells(R: Floats, H: Floats) -> None:
    """Overwrite each column h of H with R^-T h, R that of its group; a zero pivot gives zero."""
    for a in range(len(H)):
        for b in range(a):
            H[a] -= R[:, b, a] * H[b]
        pivot = R[:, a, a]
        H[a] = np.divide(H[a], pivot, out=np.zeros_like(pivot), where=pivot > 0.0)


def _level_sums(rows: GaussianRows, levels: Integers, K: int, root: Floats) -> Floats:
    """Return Z_c'W, shape (K, m)."""
    parts = [np.bincount(levels, root * x, K)[:, None] for x in rows.common.T]
    at = 0
    for codes, width, count in zip(
        rows.dense_codes, rows.dense_widths, rows.dense_levels, strict=True
    ):
        cells = levels * count + codes
        own = [
            np.bincount(cells, root * rows.dense_Z[:, at + a], K * count).reshape(K, count)
            for a in range(width)
        ]
        parts.insert(-1, np.stack(own, axis=-1).reshape(K, count * width))
        at += width
    return np.ascontiguousarray(np.hstack(parts))


def _gram(fixed: Floats, codes: Integers, small: Integers) -> Floats:
    """Return the Gram matrix of [fixed, indicators of the outer levels, 0]."""
    K, p = fixed.shape
    m = p + int(small[:, 1].sum()) + 1
    design = np.zeros((K, m))
    design[:, :p] = fixed
    for row, own in zip(small, codes, strict=True):
        design[np.arange(K), row[0] + own] = 1.0
    return design.T @ design
