"""Which models with several residual sds have their coefficients and effects integrated out."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import corr_name
from bayesmm.model.predictor import MEAN
from bayesmm.model.priors import Priors
from bayesmm.sampling.compiled.collapsed.plan import Plan, make_plan, plan_or_reason
from bayesmm.sampling.compiled.heteroscedastic.parts import SIGMA, block_parts, design_of_mean
from bayesmm.sampling.compiled.joint.transport.plan import transport_cost, transport_plan

__all__ = ["CellPlan", "Cells", "cell_plan", "cells_of"]

# Time of a gradient [us] by its parts, measured on one core of a server: a cell and a level; of
# products in columns, which are vector instructions, in effects, and in the dense factor; of the
# joint density a row, and a column of a row (see `joint.transport.plan`).
_CELL, _LEVEL, _IN_COLUMNS, _IN_EFFECTS, _IN_FACTOR = 0.05, 0.25, 1e-3, 5e-3, 0.3e-3
_ROW, _COLUMN = 0.03, 0.9e-3
# How much dearer a gradient may be: with one cell per level the integrated density has 1.6 to 2
# times the effective draws per gradient. Below so many microseconds a fit takes a few seconds, and
# whether it mixes counts alone: where effects can fit the rows of one sigma exactly, as 6 items of
# 72 rows in 72 cells (16 us), sampled effects leave a sigma near 0 no room (`bending`).
_DEAREST, _SMALL = 1.5, 30.0
# Columns beside the eliminated factor.
_WIDEST = 300


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The K cells of a model, sorted by the level of the eliminated factor."""

    codes: NDArray[np.int64]  # cell of each row
    first_rows: NDArray[np.int64]  # a row of each cell
    levels: NDArray[np.int64]  # that level, 0 where no factor is eliminated

    @property
    def count(self) -> int:
        """Number of cells, K."""
        return len(self.first_rows)


@dataclass(frozen=True, slots=True, eq=False)
class CellPlan:
    """How a model is taken apart."""

    mu: Design  # given sigma
    priors: Priors  # those of mu
    plan: Plan  # factors of mu; none has sampled levels
    cells: Cells  # rows with one sigma in one level


def cell_plan(design: Design, priors: Priors) -> CellPlan | str:
    """Return the plan of a model, or why its coefficients and effects are sampled.

    `parts.parameter_problem` found none before.
    """
    mu, own = design_of_mean(design, priors)
    plan = plan_or_reason(mu, own)
    if isinstance(plan, str):
        return plan
    plan = make_plan(mu, widest=_WIDEST)
    if plan is None or plan.centred is not None:
        return "several factors have many effects"
    cells = cells_of(design, plan)
    reason = _shared_problem(design, priors, plan) or _cost_problem(design, mu, plan, cells)
    return CellPlan(mu, own, plan, cells) if reason is None else reason


def _cost_problem(design: Design, mu: Design, plan: Plan, cells: Cells) -> str | None:
    """Return why the rows of the joint density are cheaper, or None."""
    cost = _cost(mu, plan, cells)
    other = _cost_of_rows(design) + transport_cost(design, transport_plan(design))
    if cost <= max(_SMALL, _DEAREST * other):
        return None
    return (
        f"sigma has a value of its own in {cells.count} cells: about {cost:.0f} us per gradient, "
        f"beside {other:.0f} us of rows"
    )


def _shared_problem(design: Design, priors: Priors, plan: Plan) -> str | None:
    """Return why effects that mu and sigma have together cannot be taken apart, or None."""
    shared = [part.block for part in block_parts(design, MEAN) if part.shared]
    if len(shared) > 1:
        return "several blocks have correlated effects on mu and sigma"
    for k in shared:
        block = design.blocks[k]
        if plan.eliminated is None or plan.eliminated.name != block.factor:
            return f"'{block.factor}' is not the factor that is eliminated"
        if priors[corr_name(design.blocks, k)].distribution != "LKJ":
            return f"the correlations of '{block.factor}' have another prior than LKJ"
    return None


def cells_of(design: Design, plan: Plan) -> Cells:
    """Return the rows with one sigma in one level of the eliminated factor."""
    sigma = design.predictor(SIGMA)
    levels = np.zeros(design.n_obs, dtype=np.int64)
    if plan.eliminated is not None:
        levels = plan.eliminated.codes
    columns = [levels, *sigma.X.T]
    if sigma.offset is not None:
        columns.append(sigma.offset)
    for part in block_parts(design, SIGMA):
        block = design.blocks[part.block]
        columns.append(block.columns.codes)
        columns += [block.columns.column(block.effects[a].column) for a in part.effects]
    keys = np.column_stack([np.asarray(column, dtype=float) for column in columns])
    _, first, codes = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return Cells(codes.ravel().astype(np.int64), first.astype(np.int64), levels[first])


def _cost(mu: Design, plan: Plan, cells: Cells) -> float:
    """Return the time [us] of a gradient of the cells."""
    q = plan.eliminated.n_effects if plan.eliminated else 0
    J = plan.eliminated.n_groups if plan.eliminated else 0
    m = 1 + len(mu.mu.terms) + sum(f.width for f in plan.dense)
    cell = _CELL + _IN_COLUMNS * m**2 * (1 + q / 2) + _IN_EFFECTS * q**2 * (q + m)
    level = _LEVEL + 2 * _IN_COLUMNS * q * (m**2 + q * m + q**2)
    return cells.count * cell + J * level + _IN_FACTOR * m**3


def _cost_of_rows(design: Design) -> float:
    """Return the time [us] of a gradient of the rows of the joint density."""
    columns = sum(len(p.terms) for p in design.linear_predictors)
    columns += sum(block.n_effects for block in design.blocks)
    return design.n_obs * (_ROW + _COLUMN * columns)
