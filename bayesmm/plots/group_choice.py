"""Which groups a picture shows, and over which predictor."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UsageError, refuse_unknown, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.formula.functions import columns_of
from bayesmm.model.block import Block
from bayesmm.model.columns import kind_of, label_of, read_levels, read_numbers
from bayesmm.model.design import Design
from bayesmm.model.names import effect_labels
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.prediction.prediction_rows import encoder_of, used_rows

__all__ = [
    "Across",
    "block_of",
    "choose_levels",
    "is_constant",
    "line_predictor",
    "own_predictors",
    "predictor_across",
    "read_across",
]


@dataclass(frozen=True, slots=True, eq=False)
class Across:
    """The horizontal axis of lines."""

    column: str  # a column of the data
    # (n_obs,): its numbers in the rows of the fit; of a factor the places of its levels, from 0
    values: NDArray[np.float64]
    levels: tuple[str, ...] = ()  # levels of a factor, empty for a number


def block_of(design: Design, factor: str | None) -> Block:
    """Return the first block of a grouping factor; default: of the first factor with slopes."""
    if factor is None:
        slopes = (b for b in design.blocks if set(effect_labels(b)) != {"Intercept"})
        return next(slopes, design.blocks[0])
    factor = label_of(factor)
    for block in design.blocks:
        if block.factor == factor:
            return block
    hint = suggestion(factor, design.factors, label="Factors")
    raise UsageError(f"'{factor}' is no grouping factor of the model. {hint}")


def choose_levels(block: Block, levels: Sequence[str] | None, all_up_to: int, most: int) -> NDArray:
    """Return the codes of the levels to draw, in order.

    Without a choice all levels if they are no more than `all_up_to`; of more, `most`, evenly from
    the smallest group to the largest.
    """
    if levels is None:
        if block.n_groups <= all_up_to:
            return np.arange(block.n_groups)
        by_size = np.argsort(block.level_counts, kind="stable")
        return np.sort(by_size[np.linspace(0, block.n_groups - 1, most).round().astype(int)])
    wanted = [levels] if isinstance(levels, str) else [label_of(level) for level in levels]
    if not wanted:
        raise UsageError("levels is empty; name at least one group, or leave it out.")
    places = {level: code for code, level in enumerate(block.levels)}
    for level in wanted:
        if level not in places:
            hint = suggestion(level, block.levels, label="Levels")
            raise UsageError(f"'{level}' is not a level of '{block.factor}'. {hint}")
    return np.array([places[level] for level in dict.fromkeys(wanted)])


def read_across(fit: FitRecord, column: str) -> Across:
    """Return a column of the data as an axis."""
    data, column = used_rows(fit), label_of(column)
    refuse_unknown(column, data, f"The data have no column '{column}'.", "Columns")
    known = predictor_levels(fit).get(column)
    if known is None and kind_of(column, data[column]) == "numeric":
        return Across(column, read_numbers(column, data[column]))
    found = read_levels(column, data[column])
    places = {label: place for place, label in enumerate(known or found.labels)}
    # a label that is missing has the code -1, which is the last of these
    values = np.array([*(places[label] for label in found.labels), np.nan])[found.codes]
    return Across(column, values, tuple(places))


def predictor_across(fit: FitRecord, factor: str, x: str | None) -> Across | None:
    """Return the predictor on the axis: the user's `x`, else that of `line_predictor`."""
    x = line_predictor(fit, factor) if x is None else label_of(x)
    predictors = predictor_levels(fit)
    if x is not None and x not in predictors:
        raise UsageError(
            f"'{x}' is not a predictor. {suggestion(x, predictors, label='Predictors')}"
        )
    return None if x is None else read_across(fit, x)


def line_predictor(fit: FitRecord, factor: str) -> str | None:
    """Return the predictor over which the lines of groups say most; None if there is none.

    The first number whose effect varies between the groups, else the first number that varies
    within them, else the first factor whose effect varies or that varies within the groups.
    """
    levels = predictor_levels(fit)
    own = own_predictors(fit, factor)
    within = [name for name in levels if name not in own]
    varying = [name for name in _columns_of_effects(fit, factor) if name in within]
    order = [*varying, *within]
    numbers = [name for name in order if levels[name] is None]
    factors = [name for name in order if levels[name] is not None]
    return next(iter([*numbers, *factors]), None)


def own_predictors(fit: FitRecord, factor: str) -> tuple[str, ...]:
    """Return the predictors that are the same in all rows of each group."""
    codes, data = block_of(fit.design, factor).columns.codes, used_rows(fit)
    return tuple(
        name for name in predictor_levels(fit) if is_constant(pd.factorize(data[name])[0], codes)
    )


def is_constant(values: NDArray[np.int64], codes: NDArray[np.int64]) -> bool:
    """Return whether integer values are the same in all rows of each group."""
    of_group = pd.Series(values).groupby(codes)
    return bool((of_group.min() == of_group.max()).all())


def _columns_of_effects(fit: FitRecord, factor: str) -> list[str]:
    coded = zip(fit.design.blocks, encoder_of(fit.design).groups, strict=True)
    nodes = (
        f.node for block, terms in coded if block.factor == factor for t in terms for f in t.factors
    )
    return list(dict.fromkeys(name.value for node in nodes for name in columns_of(node)))
