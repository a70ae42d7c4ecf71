"""Checks of the group effects: few groups, slopes that do not vary, the zero of a predictor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.explanation.english import counted, listed, number, rounded_percent
from bayesmm.explanation.evidence import Evidence, varies_within
from bayesmm.explanation.terms import varying_terms
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import quoted, show
from bayesmm.model.block import Block
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.coding import Category
from bayesmm.model.names import effect_labels

__all__ = [
    "constant_within_groups",
    "few_groups",
    "few_rows_per_group",
    "independent_factor_effects",
    "missing_common_effect",
    "priors_far_from_data",
    "slope_in_few_groups",
    "zero_far_from_data",
    "zero_of_independent_slope",
]

_VERY_FEW_GROUPS = 3
_FEW_GROUPS = 10
_FEW_VARYING = 0.5
_CENTRED = 0.1
_FAR = 3.0

# Rows of a level that say something of its spread: its sd is then known to about 25 %.
_FEW_ROWS = 9


def few_groups(evidence: Evidence) -> Iterator[str]:
    """Find grouping factors with so few levels that the prior of their sds matters.

    Rule: fewer than 10 levels; 3 or fewer are said to be too few to estimate an sd.
    """
    for factor, levels in evidence.design.factors.items():
        J = len(levels)
        if J <= _VERY_FEW_GROUPS:
            yield (
                f"{factor} has {counted(J, 'level')}: too few to learn how much levels differ, so "
                f"the prior of its sd decides. Consider {factor} as a common effect instead."
            )
        elif J < _FEW_GROUPS:
            yield (
                f"{factor} has {counted(J, 'level')}: the prior of its sd matters. Fit again with "
                "that prior half and twice as wide, and report what changes."
            )


def constant_within_groups(evidence: Evidence) -> Iterator[str]:
    """Find predictors that differ between the levels of a factor only.

    Rule: a variable of the common terms that is constant within every level of a grouping factor
    with fewer levels than rows; of several such factors the one with the fewest levels is named.
    """
    design = evidence.design
    blocks = {b.factor: b for b in design.blocks if b.n_groups < design.n_obs}
    fewest_first = sorted(blocks.values(), key=lambda block: block.n_groups)
    found: dict[str, list[str]] = {}
    for node in evidence.common_variables:
        values = evidence.values[node]
        columns = values.T if values.ndim > 1 else (values,)
        for block in fewest_first:
            if not any(varies_within(block, column).any() for column in columns):
                found.setdefault(block.factor, []).append(show(node, bare=True))
                break
    for factor, names in found.items():
        one = len(names) == 1
        yield (
            f"{listed(names)} {'is' if one else 'are'} constant within every level of {factor}: "
            f"{'its effect rests' if one else 'their effects rest'} on "
            f"{blocks[factor].n_groups:,} levels, not on {design.n_obs:,} rows."
        )


def missing_common_effect(evidence: Evidence) -> Iterator[str]:
    """Find group effects around zero instead of around a common effect.

    Rule: a term varies by a factor, and no common term holds it: neither the term itself nor it
    times categories, whose dummies add up to it.
    """
    design = evidence.design
    variables = design.encoder.variables
    common = [frozenset(term.factors) for term in design.encoder.formula.terms]
    for index, block in enumerate(design.blocks):
        for term in varying_terms(design, index):
            members = frozenset(term.nodes)
            held = any(
                members <= other
                and all(isinstance(variables[node], Category) for node in other - members)
                for other in common
            )
            if not held:
                name = ":".join(term.variables)
                yield (
                    f"The {'slopes' if term.numeric else 'effects'} of {name} vary by "
                    f"{block.factor} around 0, for there is no common effect of {name}; add "
                    f"{name} to the common terms, unless 0 is meant."
                )


def slope_in_few_groups(evidence: Evidence) -> Iterator[str]:
    """Find effects that can be seen in few levels of their factor.

    Rule: beside a varying intercept of the same factor, an effect whose column differs within
    some but fewer than half of the levels; the others tell nothing about how it varies.
    """
    design = evidence.design
    with_intercept = {b.factor for b in design.blocks if "Intercept" in effect_labels(b)}
    for block in design.blocks:
        if block.factor not in with_intercept:
            continue
        for effect, column in _slopes(block):
            n_varying = int(np.count_nonzero(varies_within(block, column)))
            # a column that differs within none has a note of the design
            if 0 < n_varying < _FEW_VARYING * block.n_groups:
                yield (
                    f"{effect} differs within {n_varying:,} of {block.n_groups:,} levels of "
                    f"{block.factor} ({rounded_percent(n_varying, block.n_groups)}); the others "
                    "say nothing about how its effect varies, so the prior of its sd matters."
                )


def zero_of_independent_slope(evidence: Evidence) -> Iterator[str]:
    """Find independent intercepts and slopes of a number whose zero is not its mean.

    Rule: intercept and slope vary by one factor without correlation, and the mean of the number
    is more than a tenth of its sd away from 0. Independence then holds at that zero only: another
    zero makes another model, unlike with ``|``.
    """
    with_intercept = _independent_intercepts(evidence)
    for block, far in _far_from_zero(evidence, _CENTRED):
        if not block.covariance.correlated and block.factor in with_intercept:
            names = listed([slope.name for slope in far])
            yield (
                f"Intercepts and slopes of {names} by {block.factor} are independent at 0 only, "
                f"and the data are elsewhere: {_where(far)}. This model depends on where the zero "
                f"is; {_centred(far)}, or let the effects correlate with |."
            )


def independent_factor_effects(evidence: Evidence) -> Iterator[str]:
    """Find independent effects of a factor beside an intercept, which depend on its coding.

    Rule: intercept and effects of categories vary by one factor without correlation. The effects
    are differences to the reference level, which then varies least.
    """
    design = evidence.design
    with_intercept = _independent_intercepts(evidence)
    for index, block in enumerate(design.blocks):
        if block.covariance.correlated or block.factor not in with_intercept:
            continue
        for term in varying_terms(design, index):
            if not term.numeric:
                name = ":".join(term.variables)
                yield (
                    f"The intercepts and the effects of {', '.join(term.names)} vary by "
                    f"{block.factor} independently of each other: this model depends on which "
                    f"level is the reference. (1 + {name} | {block.factor}) does not."
                )


def zero_far_from_data(evidence: Evidence) -> Iterator[str]:
    """Find correlated slopes of a number whose zero is far from the data.

    Rule: intercept and slope vary by one factor with a correlation, and the mean of the number
    is more than 3 sd away from 0. Intercepts, their sd and the correlation then speak of a place
    without data: the correlation goes to -1 or 1.
    """
    for block, far in _far_from_zero(evidence, _FAR):
        if block.covariance.correlated and "Intercept" in effect_labels(block):
            yield (
                f"The intercepts by {block.factor}, their sd and their correlations are those at "
                f"{listed([f'{slope.name} = 0' for slope in far])}, more than {_FAR:.0f} sds from "
                f"the data: {_where(far)}; {_centred(far)}."
            )


def priors_far_from_data(
    evidence: Evidence, preset: str, centred: Centrings | None
) -> Iterator[str]:
    """Find priors of correlated group effects that are stated where there are no data.

    `centred` are the columns that the priors are of, as `centrings_of` gives them.
    """
    blocks = evidence.design.blocks
    raw = {
        id(block) for k, block in enumerate(blocks) if centred is None or centred.blocks[k] is None
    }
    for block, far in _far_from_zero(evidence, _FAR):
        if id(block) in raw and block.covariance.correlated and "Intercept" in effect_labels(block):
            yield (
                f"The priors of the sds by {block.factor} (preset {preset!r}) are stated at "
                f"{listed([f'{slope.name} = 0' for slope in far])}, more than {_FAR:.0f} sds from "
                f"the data, and may decide these sds: {_where(far)}; {_centred(far)}."
            )


@dataclass(frozen=True, slots=True)
class _Slope:
    """A column of numbers whose coefficient varies."""

    name: str
    columns: tuple[str, ...]
    mean: float
    sd: float


def _slopes(block: Block) -> Iterator[tuple[str, NDArray[np.float64]]]:
    """Yield the effects of a block but the intercept, with their columns."""
    for effect, column in zip(effect_labels(block), block.columns.Z.T, strict=True):
        if effect != "Intercept":
            yield effect, column


def _far_from_zero(evidence: Evidence, sds: float) -> Iterator[tuple[Block, list[_Slope]]]:
    """Yield per block the slopes of numbers whose mean is more than that many sds from 0."""
    design = evidence.design
    for index, block in enumerate(design.blocks):
        columns = dict(_slopes(block))
        far = []
        for term in varying_terms(design, index):
            read = tuple(dict.fromkeys(c.value for node in term.nodes for c in columns_of(node)))
            for name in term.names if term.numeric else ():
                mean, sd = float(columns[name].mean()), float(columns[name].std(ddof=1))
                if abs(mean) > sds * sd:
                    far.append(_Slope(name, read, mean, sd))
        if far:
            yield block, far


def _independent_intercepts(evidence: Evidence) -> set[str]:
    """Return the factors by which an intercept varies without correlation to anything."""
    blocks = evidence.design.blocks
    return {
        b.factor for b in blocks if "Intercept" in effect_labels(b) and not b.covariance.correlated
    }


def _where(slopes: Sequence[_Slope]) -> str:
    return listed([f"{s.name} has mean {number(s.mean)} and sd {number(s.sd)}" for s in slopes])


def _centred(slopes: Sequence[_Slope]) -> str:
    """Return how to centre the columns that the slopes are made of."""
    names = dict.fromkeys(quoted(name) for slope in slopes for name in slope.columns)
    centred = listed([f"center({name})" for name in names])
    return f"write {centred} in place of {listed(list(names))}"


def few_rows_per_group(evidence: Evidence, parameter: str) -> Iterator[str]:
    """Yield a sentence where levels have too few rows to say much of a spread or a share.

    The sd of a logarithm of an sd from n rows is about 1 / sqrt(2 (n - 1)): with 5 rows .35.
    """
    for block in evidence.design.blocks:
        rows = block.level_counts
        median = float(np.median(rows))
        if median < _FEW_ROWS:
            yield (
                f"Half of the {block.n_groups:,} levels of {block.factor} have at most "
                f"{median:.0f} rows, which say little of {parameter} in one level (an sd of "
                f"{median:.0f} values is known to about {100 / np.sqrt(2 * max(median - 1, 1)):.0f}"
                f" %): its effects by {block.factor} will be close to 0, and their sd close to its "
                "prior."
            )
