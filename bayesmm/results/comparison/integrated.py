"""Rows left out one at a time with the effects of their group integrated out.

Of a row that is alone in its group, or nearly so, the effects of the group are drawn close to
what the row says; importance sampling cannot undo that. Without these effects,

p(y_i | y_-i) = E[1 / p(y_i | y_g without i, theta)]^-1, over theta given y,
p(y_i | y_g without i, theta) = p(y_g | theta) / p(y_g without i | theta),

where g is the group of i and theta all parameters and the effects of other factors: the same
number, by weights that vary far less.

References
----------
Merkle, Furr and Rabe-Hesketh (2019), doi:10.1007/s11336-019-09679-0; Vehtari, Mononen, Tolvanen,
Sivula and Winther (2016), Bayesian leave-one-out cross-validation approximations for Gaussian
latent variable models, JMLR 17(103).
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.results.comparison.grouping import Grouping, design_of_rows, grouping_of
from bayesmm.results.comparison.pareto_smoothing import psis_loo
from bayesmm.results.densities.group_likelihood import group_log_likelihood, integrated_factors

__all__ = ["INTEGRATED", "integrated_row_log_likelihood", "with_effects_integrated"]

type Rows = NDArray[np.int64]

INTEGRATED = "integrated"


def with_effects_integrated(
    fit: FitRecord, units: pd.DataFrame, good_k: float, efficiency: float, values_at_once: int
) -> pd.DataFrame:
    """Return rows left out, those whose k is too large with their group's effects integrated out.

    `units` is as ``Loo.units``, of rows; it gets another ``elpd``, ``p_loo``, ``k`` and ``how``
    where this makes k smaller. `efficiency` is as in `psis_loo`, and `values_at_once` are the log
    likelihoods held at a time.
    """
    poor = np.flatnonzero(~(units["k"].to_numpy() <= good_k))
    units = units.copy() if len(poor) else units
    sizes = fit.own_draws["posterior"].sizes
    step = max(1, values_at_once // (sizes["chain"] * sizes["draw"]))
    for start in range(0, len(poor), step):
        rows = poor[start : start + step]
        found = psis_loo(integrated_row_log_likelihood(fit, rows), efficiency)
        better = ~(found.k >= units.loc[rows, "k"].to_numpy())
        kept = rows[better]
        density = units.loc[kept, "elpd"] + units.loc[kept, "p_loo"]
        units.loc[kept, "elpd"] = found.elpd[better]
        units.loc[kept, "p_loo"] = density - found.elpd[better]
        units.loc[kept, "k"] = found.k[better]
        units.loc[kept, "how"] = INTEGRATED
    return units


def integrated_row_log_likelihood(fit: FitRecord, rows: Rows) -> Array:
    """Return log p(y_i | y_g without i, theta) of rows, shape (chain, draw, rows).

    Of each row the group of the factor in which it is with the fewest rows is taken.
    """
    sizes = fit.own_draws["posterior"].sizes
    values = np.empty((sizes["chain"], sizes["draw"], len(rows)))
    for factor, own in _by_factor(fit.design, rows):
        members = _members(fit.design, factor)
        groups = [members[i] for i in rows[own]]
        factors = integrated_factors(fit.design, grouping_of([fit.design], factor))
        found = _log_likelihood(fit, factor, factors, groups)
        others = [g[g != i] for g, i in zip(groups, rows[own], strict=True)]
        some = np.array([len(g) > 0 for g in others])
        if some.any():
            left = [g for g in others if len(g)]
            found[..., some] -= _log_likelihood(fit, factor, factors, left)
        values[..., own] = found
    return values


def _by_factor(design: Design, rows: Rows) -> Iterator[tuple[str, Rows]]:
    """Yield the factors, and which of the rows are with the fewest others in its groups."""
    codes = {block.factor: block.columns.codes for block in design.blocks}
    sizes = np.stack([np.bincount(own)[own[rows]] for own in codes.values()])
    best = sizes.argmin(axis=0)
    for k, factor in enumerate(codes):
        own = np.flatnonzero(best == k)
        if len(own):
            yield factor, own


def _members(design: Design, factor: str) -> dict[int, Rows]:
    """Return the rows in the group of each row."""
    codes = next(b.columns.codes for b in design.blocks if b.factor == factor)
    order = np.argsort(codes, kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    return {int(i): group for group in groups for i in group}


def _log_likelihood(
    fit: FitRecord, factor: str, factors: tuple[str, ...], groups: Sequence[Rows]
) -> Array:
    """Return log p(y_g | theta) of groups of rows, which may have rows in common."""
    rows = np.concatenate(groups)
    codes = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
    design = design_of_rows(fit.design, rows, all_levels=True)
    apart = tuple(
        _apart(block, codes) if block.factor in factors else block for block in design.blocks
    )
    grouping = Grouping(factor, tuple(map(str, range(len(groups)))), codes)
    design = replace(design, blocks=apart)
    return group_log_likelihood(design, fit.own_draws, grouping, factors).values


def _apart(block: Block, groups: Rows) -> Block:
    """Return a block whose levels are another one in each group."""
    pairs = groups * block.n_groups + block.columns.codes
    kept, codes = np.unique(pairs, return_inverse=True)
    return replace(
        block,
        columns=block.columns.with_codes(codes.astype(np.int64)),
        levels=tuple(map(str, kept)),
    )
