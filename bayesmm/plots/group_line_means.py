"""The mean response of each group over a predictor, with that of the typical group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.plots.group_choice import Across, own_predictors
from bayesmm.plots.group_grid import (
    GroupGrid,
    encode_group_rows,
    group_data,
    group_grid,
    typical_rows,
)
from bayesmm.results.marginal.grid import names_of, predictor_levels
from bayesmm.results.prediction.draw_choice import choose_draws
from bayesmm.results.prediction.predict import predict
from bayesmm.results.prediction.predicted_draws import predicted_draws
from bayesmm.results.tables.moments import PROB, state_interval
from bayesmm.wording import refuse_other

__all__ = ["TOP", "group_line_means", "split_by"]

TOP = ("typical group", "population")  # whose line can stand above those of the groups
_VALUES = 4_000_000  # draws held at a time: 32 MB
_MOST_PANELS = 4  # levels of a factor that splits the picture unasked


def split_by(
    fit: FitRecord, block: Block, across: Across, by: str | Sequence[str] | None
) -> tuple[str, ...]:
    """Return the factors that split the picture into panels.

    Unasked that is the first factor of the common effects that does not vary within groups and
    has at most four levels: the groups of a treatment.

    A `UsageError` says when `by` is no factor among the predictors, or the predictor on the axis.
    """
    levels = predictor_levels(fit)
    factors = {name: found for name, found in levels.items() if found is not None}
    if by is None:
        common = predictor_levels(fit, groups=False)
        own = own_predictors(fit, block.factor)
        possible = (n for n in own if n in common and n in factors and n != across.column)
        return tuple(n for n in possible if len(factors[n]) <= _MOST_PANELS)[:1]
    chosen = names_of(by)
    for name in chosen:
        if name == across.column:
            raise UsageError(f"'{name}' is on the horizontal axis; split by another factor.")
        if name not in factors:
            kind = "is a number" if name in levels else "is no predictor"
            raise UsageError(
                f"'{name}' {kind}; a picture is split by a factor. "
                f"{suggestion(name, factors, label='Factors')}"
            )
    return chosen


def group_line_means(
    fit: FitRecord,
    block: Block,
    levels: NDArray,
    across: Across,
    by: Sequence[str] = (),
    who: str = TOP[0],
    prob: float = PROB,
    points: int = 40,
) -> tuple[pd.DataFrame, GroupGrid]:
    """Return the data, the mean response of some groups, and that of the typical group.

    The table has the columns ``grp``, ``level``, ``panel``, ``what`` ("data", "these groups",
    `who`), ``x``, ``y`` (response, or posterior mean of the mean response), ``lower``, ``upper``
    (NaN but for `who`). `levels` are codes of the groups, each of whose lines ends where its data
    do; the line of `who`, "typical group" or "population", has an equal-tailed band.
    """
    refuse_other("who", who, TOP)
    data = group_data(fit, block, levels, across, by).assign(what="data", grp=block.factor)
    grid = group_grid(fit, block, levels, across, by, points, own_range=True)
    lines = grid.about.assign(
        what="these groups", grp=block.factor, y=_means_of_groups(fit, block, grid)
    )
    about, rows = typical_rows(fit, grid, across, points)
    top = predict(fit, rows, who, "mean", prob).table
    above = about.assign(what=who, y=top["mean"], lower=top["lower"], upper=top["upper"])
    table = pd.concat([data, lines, above], ignore_index=True)
    columns = ["grp", "level", "panel", "what", "x", "y", "lower", "upper"]
    return state_interval(table[columns], prob), grid


def _means_of_groups(fit: FitRecord, block: Block, grid: GroupGrid) -> NDArray[np.float64]:
    """Return the posterior mean of the mean response of every row, some rows at a time."""
    chosen = choose_draws(fit.own_draws, None, 1)
    step = max(1, _VALUES // (fit.own_draws["posterior"].sizes["chain"] * len(chosen)))
    means = []
    for start in range(0, len(grid.rows), step):
        part = grid.rows.iloc[start : start + step].reset_index(drop=True)
        encoded = encode_group_rows(fit, block, part)
        draws = predicted_draws(fit, encoded, "these groups", "mean", 0, chosen)
        means.append(draws.mean(axis=(0, 1)))
    return np.concatenate(means)
