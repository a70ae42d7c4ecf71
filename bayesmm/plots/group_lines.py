"""Lines of all groups, the typical group with its band on top, and the data."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.lines import Line2D

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.plots.group_choice import Across, block_of, choose_levels, predictor_across
from bayesmm.plots.group_grid import panel_names
from bayesmm.plots.group_line_means import TOP, split_by
from bayesmm.plots.group_line_means import group_line_means as lines_of_groups
from bayesmm.plots.labels import axis_label, response_label
from bayesmm.plots.marks import data_dots, draw_intervals, percent
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
from bayesmm.plots.point_names import name_points
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.tables.moments import PROB, interval_label
from bayesmm.wording import either

__all__ = ["group_lines"]

_ALL = 400  # so many groups are all drawn, of more only some
_SOME = 200
_MANY = 100  # of more groups lines have fewer points
_MARKS = 12  # points of a line that names avoid
_NAMED = 8  # so few lines have names at their ends
_THESE = "these groups"
_COLOURS = {"typical group": COLOURS["posterior"], "population": COLOURS["population"]}


def group_lines(
    fit: FitRecord,
    ax: Axes | Sequence[Axes] | None = None,
    factor: str | None = None,
    x: str | None = None,
    by: str | Sequence[str] | None = None,
    levels: Sequence[str] | None = None,
    who: str = TOP[0],
    prob: float = PROB,
    *,
    data: bool = True,
) -> Picture:
    """Draw the mean response of each group over a predictor, and of the typical group above.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per panel.
    factor : str, optional
        Grouping factor; default: the first with slopes, else the first.
    x : str, optional
        Predictor on the horizontal axis; default: the first number whose effect varies, else the
        first that varies within the groups, else such a factor.
    by : str or sequence of str, optional
        Factors, a panel for each of their combinations; default: the first predictor that groups
        the groups, such as a treatment; ``()`` for one panel.
    levels : sequence of str, optional
        Groups to draw; default: all if they are no more than 400, else 200, evenly from the
        smallest to the largest.
    who : {"typical group", "population"}
        Whose line has the band: a group whose effects are 0, or the average over groups, which
        is another where the link is not the identity.
    prob : float
        Probability of the band, an equal-tailed interval of the mean response.
    data : bool
        Whether to draw the rows of these groups.

    Returns
    -------
    Picture
        ``table``: columns ``grp``, ``level``, ``panel``, ``what`` ("data", "these groups",
        `who`; of a 0/1 response also "proportions" of ones), ``x``, ``y`` (the response; the
        posterior mean of its mean), ``lower``, ``upper``.

    Raises
    ------
    UsageError
        For an unknown factor, level, predictor or `who`, or when nothing varies within groups.

    Notes
    -----
    Other predictors are held at their mean (numbers) or most frequent level (factors); for each
    group, those that do not vary within groups are at its own value. Lines end where the data do.
    """
    block = block_of(fit.design, factor)
    chosen = choose_levels(block, levels, _ALL, _SOME)
    across = predictor_across(fit, block.factor, x)
    if across is None:
        raise UsageError(
            f"No predictor varies within the groups of {block.factor}, so that there are no "
            + either(
                "lines to draw; see fit.plot.pooling() or fit.plot.caterpillar().",
                "lines to draw; see the pictures pooling and caterpillar.",
            )
        )
    by = split_by(fit, block, across, by)
    points = 40 if len(chosen) <= _MANY else 20
    table, grid = lines_of_groups(fit, block, chosen, across, by, who, prob, points)
    if not data:
        table = table[table["what"] != "data"].reset_index(drop=True)
    elif is_zero_one(fit):
        table = _with_proportions(table, across)
    found = set(table["panel"])
    names = [name for name in panel_names(fit, by) if name in found]
    shown = f"{len(chosen):,} of {block.n_groups:,}" if len(chosen) < block.n_groups else ""
    shown = f"{shown or f'the {block.n_groups:,}'} groups of {block.factor}"
    pale = float(np.clip(40.0 / len(chosen), 0.15, 0.75))
    with drawing():
        width = {1: 6.4, 2: 4.0}.get(len(names), 3.0)
        axes = panels(ax, len(names), width=width, height=max(3.0, 0.68 * width), share=True)
        for one, name in zip(axes, names, strict=True):
            _draw(one, table[table["panel"] == name], across, who, pale)
            one.set_title(name)
        if ax is None:
            show_outer_numbers(axes, 3)
        label_outside(
            axes,
            new=ax is None,
            x=axis_label(fit, across.column),
            y=response_label(fit),
            title=f"{shown[0].upper()}{shown[1:]}, and the {who} with its {percent(prob)} interval",
            handles=_handles(who, prob, data=data, zero_one=data and is_zero_one(fit)),
        )
    held = grid.in_words(typical=who == TOP[0])
    caption = (
        f"Posterior mean of the mean response over {across.column} of {shown} (thin), and of the "
        f"{who} with {interval_label(prob)}{', over the data' if data else ''}. {held}"
    )
    if data and is_zero_one(fit):
        caption = f"{caption.strip()} {proportions_words(across.column, across.levels)}"
    return Picture(axes[0].figure, table, caption.strip())


def _draw(ax: Axes, part: pd.DataFrame, across: Across, who: str, alpha: float) -> None:
    rows, groups = part[part["what"] == "data"], part[part["what"] == _THESE]
    proportions = part[part["what"] == PROPORTIONS]
    draw_proportions(ax, proportions)
    if len(rows):
        x, y = rows["x"], rows["y"]
        if len(proportions):
            x, y = spread_apart(x, y, of_levels=bool(across.levels))
        ax.plot(x, y, **_dots(len(rows)))
    ends = {str(level): line for level, line in groups.groupby("level", sort=False)}
    lines = [line[["x", "y"]].to_numpy() for line in ends.values()]
    ax.add_collection(LineCollection(lines, colors=MUTED, linewidths=0.8, alpha=alpha, zorder=2))
    # the mean of a group with one value of the predictor is a point
    points = np.array([line[0] for line in lines if len(line) == 1]).reshape(-1, 2)
    ax.plot(*points.T, "o", color=MUTED, markersize=2.5, alpha=alpha, zorder=2)
    top, colour = part[part["what"] == who], _COLOURS[who]
    if across.levels:
        ax.plot(top["x"], top["y"], color=colour, linewidth=1.0, zorder=3)
        draw_intervals(ax, top["x"], top, colour, point="y", inner=None, upright=True)
        name_ticks(ax.xaxis, range(len(across.levels)), across.levels)
        ax.set_xlim(-0.4, len(across.levels) - 0.6)
        ax.grid(visible=False, axis="x")
    else:
        ax.fill_between(
            top["x"], top["lower"], top["upper"], color=colour, alpha=0.22, linewidth=0, zorder=3
        )
        ax.plot(top["x"], top["y"], color=colour, linewidth=2.2, zorder=4)
    ax.autoscale_view()
    if len(lines) <= _NAMED:
        _name_ends(ax, ends)


def _name_ends(ax: Axes, lines: dict[str, pd.DataFrame]) -> None:
    """Write the names of groups where their lines end."""
    places = [line[["x", "y"]].to_numpy() for line in lines.values()]
    ends = np.array([line[-1] for line in places]).reshape(-1, 2)
    along = np.linspace(0, 1, _MARKS)
    marks = [
        np.column_stack([np.interp(along, np.linspace(0, 1, len(line)), part) for part in line.T])
        for line in places
    ]
    name_points(ax, *ends.T, list(lines), size=7.5, marks=np.vstack(marks).T)


def _with_proportions(table: pd.DataFrame, across: Across) -> pd.DataFrame:
    """Return the table with the proportions of ones in each panel."""
    found = proportions_by(table[table["what"] == "data"], "panel", across.levels)
    joined = pd.concat([table, *found], ignore_index=True)
    joined.attrs = table.attrs
    return joined


def _handles(who: str, prob: float, *, data: bool, zero_one: bool) -> list[Line2D]:
    """Return the entries of the legend."""
    handles = [Line2D([], [], **_dots(1), label="data")] if data else []
    return [
        *handles,
        *([proportions_handle()] if zero_one else []),
        Line2D([], [], color=MUTED, linewidth=1.0, label="each group, posterior mean"),
        Line2D(
            [], [], color=_COLOURS[who], linewidth=2.2, label=f"{who}, {percent(prob)} interval"
        ),
    ]


def _dots(count: int) -> dict[str, object]:
    return data_dots(count, COLOURS["data"], 2.6, (5.0, 0.04, 0.5)) | {"zorder": 1}
