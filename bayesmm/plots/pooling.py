"""Complete, no and partial pooling of groups, with their data."""

from collections.abc import Mapping, Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.plots.group_choice import Across, block_of, choose_levels, predictor_across
from bayesmm.plots.group_grid import GroupGrid, group_data, group_grid
from bayesmm.plots.labels import axis_label, response_label
from bayesmm.plots.marks import data_dots
from bayesmm.plots.outcomes import (
    PROPORTIONS,
    draw_proportions,
    is_zero_one,
    proportions_by,
    proportions_handle,
    proportions_words,
    spread_apart,
)
from bayesmm.plots.outside import label_outside, show_outer_numbers
from bayesmm.plots.picture import Picture
from bayesmm.plots.pooling_lines import pooling_lines
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.plots.tick_names import name_ticks, room_of_names
from bayesmm.results.partial_pooling.pooling import pooling as pooling_of

__all__ = ["pooling"]

_ALL = 20  # so many groups are all drawn, of more only some
_SOME = 12
_POINTS = 40
_SPREAD = 0.22  # of the rows of a group, 0 or 1, where they stand above each other

# told apart without colours too
_LINES = {
    "complete": {"linestyle": ":", "linewidth": 1.5},
    "no": {"linestyle": "--", "linewidth": 1.2},
    "partial": {"linestyle": "-", "linewidth": 1.6},
}
_MARKERS = {
    "complete": {"marker": "|", "markersize": 12.0, "markeredgewidth": 2.0},
    "no": {"marker": "D", "markersize": 5.0, "markerfacecolor": "white"},
    "partial": {"marker": "o", "markersize": 6.0},
}
_LABELS = {
    "complete": "complete pooling",
    "no": "no pooling",
    "partial": "partial pooling (posterior mean)",
}


def pooling(
    fit: FitRecord,
    ax: Axes | Sequence[Axes] | None = None,
    factor: str | None = None,
    levels: Sequence[str] | None = None,
    x: str | None = None,
) -> Picture:
    """Draw the data of each group with the lines of complete, no and partial pooling.

    Complete: one line for all groups. No: a line from the group's own rows only. Partial: the
    model, at the posterior means of the group's coefficients. With another link than the identity
    the lines are the expected responses at these coefficients. Where nothing in the model varies
    within the groups there is one panel, with three points per group.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects, of a family with a maximum-likelihood fit.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per group.
    factor : str, optional
        Grouping factor; default: the first with slopes, else the first.
    levels : sequence of str, optional
        Groups to draw; default: all if they are no more than 20, else 12, evenly from the
        smallest to the largest.
    x : str, optional
        Predictor on the horizontal axis; default: the first number whose effect varies, else the
        first that varies within the groups, else such a factor.

    Returns
    -------
    Picture
        ``table``: columns ``grp``, ``level``, ``what`` ("data", "complete", "no", "partial"; of
        a 0/1 response also "proportions" of ones), ``x``, ``y`` of every point and of the lines.

    Raises
    ------
    UsageError
        For an unknown factor, level or predictor.
    UnsupportedModelError
        For a family and link without a maximum-likelihood fit.

    Notes
    -----
    Other predictors are held at their mean (numbers) or most frequent level (factors); those that
    do not vary within groups are at each group's own value. `Fit.pooling` has the coefficients.
    """
    block = block_of(fit.design, factor)
    chosen = choose_levels(block, levels, _ALL, _SOME)
    across = predictor_across(fit, block.factor, x)
    grid = group_grid(fit, block, chosen, across, points=_POINTS)
    pooled = pooling_of(fit)
    lines = pooling_lines(fit, block, grid, pooled)
    data = group_data(fit, block, chosen, across).assign(grp=block.factor, what="data")
    table = pd.concat([data[lines.columns], lines], ignore_index=True)
    names = [block.levels[code] for code in chosen]
    if across is not None and is_zero_one(fit):
        found = proportions_by(data, "level", across.levels)
        table = pd.concat([table, *found], ignore_index=True)
    with drawing():
        if across is None:
            figure, table = _points(fit, ax, table, block, names)
        else:
            figure = _panels(fit, ax, table, block, names, across)
    caption = _caption(block, names, across, grid, pooled.notes)
    if across is not None and is_zero_one(fit):
        caption = f"{caption} {proportions_words(across.column, across.levels)}"
    return Picture(figure, table, caption)


def _panels(
    fit: FitRecord,
    ax: Axes | Sequence[Axes] | None,
    table: pd.DataFrame,
    block: Block,
    names: list[str],
    across: Across,
) -> Figure:
    """Draw a panel per group."""
    columns = len(names) if len(names) <= 4 else min(6, max(4, -(-len(names) // 3)))
    width = max(1.75, 7.0 / columns)
    height = 2.6 if columns == len(names) else 1.75
    axes = panels(ax, len(names), columns, width, height, share=True)
    sizes = dict(zip(block.levels, block.level_counts, strict=True))
    unequal = len(set(sizes.values())) > 1
    for one, name in zip(axes, names, strict=True):
        part = table[table["level"] == name]
        rows = part[part["what"] == "data"]
        x, y = rows["x"], rows["y"]
        if is_zero_one(fit):
            x, y = spread_apart(x, y, of_levels=bool(across.levels))
            draw_proportions(one, part[part["what"] == PROPORTIONS])
        one.plot(x, y, **_dots(len(rows)))
        for what, look in _LINES.items():
            line = part[part["what"] == what]
            marker = "." if across.levels else ""
            one.plot(line["x"], line["y"], color=COLOURS[what], marker=marker, **look)
        one.set_title(f"{name} (n = {sizes[name]})" if unequal else name, fontsize="small")
        if across.levels:
            name_ticks(one.xaxis, range(len(across.levels)), across.levels)
            one.margins(x=0.12)
    if ax is None:
        show_outer_numbers(axes, columns)
    label_outside(
        axes,
        new=ax is None,
        x=axis_label(fit, across.column),
        y=response_label(fit),
        title=_title(block, names),
        handles=_handles(_LINES) + [proportions_handle()] * is_zero_one(fit),
    )
    return axes[0].figure


def _points(
    fit: FitRecord,
    ax: Axes | Sequence[Axes] | None,
    table: pd.DataFrame,
    block: Block,
    names: list[str],
) -> tuple[Figure, pd.DataFrame]:
    """Draw one panel: a row per group, the response to the right."""
    (one,) = panels(ax, 1, width=5.6 + room_of_names(names), height=1.2 + 0.26 * len(names))
    place = {name: len(names) - 1.0 - index for index, name in enumerate(names)}
    table = table.assign(x=table["y"], y=table["level"].map(place).astype(float))
    rows = table[table["what"] == "data"]
    x, y = rows["x"], rows["y"]
    if is_zero_one(fit):
        x, y = spread_apart(x, y, of_levels=False, up=_SPREAD)
    one.plot(x, y, **_dots(len(rows)))
    for what, look in _MARKERS.items():
        part = table[table["what"] == what]
        one.plot(part["x"], part["y"], linestyle="", color=COLOURS[what], **look)
    name_ticks(one.yaxis, list(place.values()), list(place))
    one.set_ylim(-0.6, len(names) - 0.4)
    label_outside(
        [one],
        new=ax is None,
        x=response_label(fit),
        y=block.factor,
        title=_title(block, names),
        handles=_handles({what: look | {"linestyle": ""} for what, look in _MARKERS.items()}),
    )
    return one.figure, table


def _handles(looks: Mapping[str, Mapping[str, object]]) -> list[Line2D]:
    """Return the entries of the legend."""
    three = [Line2D([], [], color=COLOURS[w], label=_LABELS[w], **looks[w]) for w in looks]
    return [Line2D([], [], **_dots(1), label="data"), *three]


def _dots(count: int) -> dict[str, object]:
    return data_dots(count, MUTED, 3.2, (6.0, 0.15, 0.8))


def _title(block: Block, names: list[str]) -> str:
    shown = (
        f"{len(names)} of {block.n_groups:,}"
        if len(names) < block.n_groups
        else f"all {block.n_groups}"
    )
    return f"Complete, no and partial pooling: {shown} groups of {block.factor}"


def _caption(
    block: Block, names: list[str], across: Across | None, grid: GroupGrid, notes: tuple[str, ...]
) -> str:
    shown = (
        f"{len(names)} of {block.n_groups:,} groups of {block.factor}"
        if len(names) < block.n_groups
        else f"Each of the {block.n_groups} groups of {block.factor}"
    )
    over = "the mean response" + (f" over {across.column}" if across else "")
    text = (
        f"{shown} with its data and three estimates of {over}: complete pooling, the same for "
        "all groups; no pooling, from the rows of the group alone; partial pooling, the model at "
        "the posterior means of the group's coefficients."
    )
    return " ".join(filter(None, [text, grid.in_words(), *notes]))
