"""Sums over the rows that the gaussian approximation consists of, frozen for all evaluations."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.block_table import first_level_value
from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.joint.nesting import outer_levels
from bayesmm.sampling.compiled.joint.transport.plan import TransportPlan
from bayesmm.sampling.compiled.kernels.transport_data import LinkField

__all__ = ["Approximation", "FrozenSums", "frozen_sums"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Approximation:
    """The linear model that the rows look like, of the rows as merged."""

    weights: Floats  # W, positive definite: the information about D linear predictors, (D, D, n)
    pulls: Floats  # W times the working responses, less the offsets, (D, n)


@dataclass(frozen=True, slots=True, eq=False)
class FrozenSums:
    """``chain``, ``outer``, ``others``, ``frozen`` and ``border`` of `TransportData`."""

    chain: Integers
    outer: Integers
    others: Integers
    frozen: Floats
    border: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Column:
    """A column of M, or several of which each row has one, in one linear predictor."""

    index: Integers | int  # which column
    value: Floats | float  # its value in the row
    predictor: int


def frozen_sums(model: JointModel, plan: TransportPlan, rows: Approximation) -> FrozenSums:
    """Return the sums of M'W M and M'W ytilde by level."""
    blocks, layout = model.design.blocks, model.layout
    effects = _effect_columns(model)
    border, others = _border_columns(model, plan, effects)
    widths = [blocks[k].n_effects for k in plan.chain]
    chain = np.zeros((len(plan.chain), LinkField.COUNT), dtype=np.int64)
    outer, frozen = [np.empty(0, dtype=np.int64)], [np.empty(0)]
    at = left = outer_at = 0
    for i, k in enumerate(plan.chain):
        q, J = blocks[k].n_effects, blocks[k].n_groups
        width = sum(widths[i:]) + plan.border + 1
        chain[i, LinkField.BLOCK] = k
        chain[i, LinkField.EFFECTS] = q
        chain[i, LinkField.LEVELS] = J
        chain[i, LinkField.WIDTH] = width
        chain[i, LinkField.FROZEN] = chain[i, LinkField.FACTORS] = at
        chain[i, LinkField.LEFT] = left if i > 0 else -1
        chain[i, LinkField.OUTER] = outer_at
        chain[i, LinkField.VALUES_AT] = first_level_value(layout, k, 0)
        chain[i, LinkField.EFFECTS_AT] = layout.blocks[k].effects.start
        coarser = plan.chain[i + 1 :]
        outer += [outer_levels(blocks[k], blocks[m]) for m in coarser]
        columns = [
            _Column(c, z, d)
            for c, (z, d) in enumerate(e for m in plan.chain[i:] for e in effects[m])
        ]
        first = len(columns)
        columns += [_Column(first + c.index, c.value, c.predictor) for c in border]
        sums = _sums(effects[k], model.data.codes[k], J, columns, width, rows)
        frozen.append(sums.ravel())
        at += sums.size
        left += sums.size if i > 0 else 0
        outer_at += J * len(coarser)
    return FrozenSums(
        chain,
        np.concatenate(outer),
        np.array(others, dtype=np.int64).reshape(-1, 2),
        np.concatenate(frozen),
        _border_sums(border, plan.border, rows),
    )


def _effect_columns(model: JointModel) -> list[list[tuple[Floats, int]]]:
    """Return the columns of Z of each block, of the rows as merged, and their predictors."""
    data = model.data
    n = data.codes.shape[1]
    effects: list[list[tuple[Floats, int]]] = [[] for _ in model.design.blocks]
    for k, _, c, d in data.terms:
        effects[k].append((data.columns[c] if c >= 0 else np.ones(n), int(d)))
    return effects


def _border_columns(
    model: JointModel, plan: TransportPlan, effects: list[list[tuple[Floats, int]]]
) -> tuple[list[_Column], list[tuple[int, int]]]:
    """Return the columns of the border, and the first one of each block in it."""
    data = model.data
    columns, others, first = [], [], 0
    for k in plan.others:
        others.append((k, first))
        q = len(effects[k])
        columns += [
            _Column(first + q * data.codes[k] + a, z, d) for a, (z, d) in enumerate(effects[k])
        ]
        first += q * model.design.blocks[k].n_groups
    for coefficient, c, d in data.row_coefficients:
        if coefficient >= 0:
            value = data.columns[c] if c >= 0 else 1.0
            columns.append(_Column(first + int(coefficient), value, int(d)))
    return columns, others


def _sums(
    own: list[tuple[Floats, int]],
    codes: Integers,
    J: int,
    columns: list[_Column],
    width: int,
    rows: Approximation,
) -> Floats:
    """Return the sums of every level over its rows, shape (q, width, J)."""
    sums = np.zeros((len(own), width, J))
    for a, (z, d) in enumerate(own):
        weighted = rows.weights[d] * z
        flat = np.zeros(J * width)
        for column in columns:
            place = column.index * J + codes
            flat += np.bincount(place, weighted[column.predictor] * column.value, J * width)
        sums[a] = flat.reshape(width, J)
        sums[a, -1] = np.bincount(codes, rows.pulls[d] * z, J)
    return sums


def _border_sums(columns: list[_Column], B: int, rows: Approximation) -> Floats:
    """Return the sums of the border, shape (B, B + 1)."""
    n = rows.pulls.shape[1]
    sums = np.zeros((B, B + 1))
    for one in columns:
        index = np.broadcast_to(one.index, n)
        weighted = rows.weights[one.predictor] * one.value
        for two in columns:
            place = index * B + two.index
            product = weighted[two.predictor] * two.value
            sums[:, :B] += np.bincount(place, product, B * B).reshape(B, B)
        sums[:, B] += np.bincount(index, rows.pulls[one.predictor] * one.value, B)
    return sums
