"""The data themselves: the response of each group as a line."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.plots.group_choice import block_of, choose_levels, line_predictor, read_across
from bayesmm.plots.group_grid import group_data
from bayesmm.plots.group_line_means import split_by
from bayesmm.plots.labels import axis_label, response_label
from bayesmm.plots.outcomes import is_zero_one
from bayesmm.plots.outside import label_outside, show_outer_numbers
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import colours_of, drawing, panels
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.marginal.grid import names_of
from bayesmm.wording import either, option

__all__ = ["data_lines"]

_PANELS = 24
_BINS = 5  # of numbers, for the proportions of a 0/1 response
_LINES = 200  # more would be one dark area


def data_lines(
    fit: FitRecord,
    ax: Axes | Sequence[Axes] | None = None,
    factor: str | None = None,
    x: str | None = None,
    by: str | Sequence[str] | None = None,
    levels: Sequence[str] | None = None,
) -> Picture:
    """Draw the response of each group as a line over a predictor; no model takes part.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per level of `by`.
    factor : str, optional
        Grouping factor; default: the first with slopes, else the first.
    x : str, optional
        Column on the horizontal axis; default: the first number whose effect varies, else the
        first that varies within the groups.
    by : str or sequence of str, optional
        Factors with a panel per level; default: the first predictor that groups the groups, such
        as a treatment; ``()`` for one panel.
    levels : sequence of str, optional
        Groups to draw; default: all if they are no more than 200, else 200, evenly from the
        smallest to the largest.

    Returns
    -------
    Picture
        ``table``: columns ``grp``, ``level``, ``panel``, ``x``, ``y``, ``n_obs``: the mean
        response of the rows of a group with this value of the predictor, and how many they are.

    Raises
    ------
    UsageError
        For an unknown column, level or factor, for more than 24 panels, or when no predictor
        varies within the groups.
    """
    block = block_of(fit.design, factor)
    x = line_predictor(fit, block.factor) if x is None else x
    if x is None:
        raise UsageError(
            f"No predictor varies within the groups of '{block.factor}'; there is nothing to draw "
            f"lines over. {either('fit.plot.pooling()', 'The picture pooling')} shows groups "
            "without "
            "a predictor."
        )
    across = read_across(fit, x)
    chosen = split_by(fit, block, across, None) if by is None else names_of(by)
    for name in chosen:
        read_across(fit, name)  # refuses a column that there is not
    shown = choose_levels(block, levels, _LINES, _LINES)
    rows = group_data(fit, block, shown, across, chosen)
    binned = is_zero_one(fit) and not across.levels and rows["x"].nunique() > _BINS
    if binned:
        rows["x"] = _in_bins(rows["x"])
    keys = ["level", "panel", "x"]
    table = rows.groupby(keys, sort=False)["y"].agg(["mean", "size"]).reset_index()
    table = table.rename(columns={"mean": "y", "size": "n_obs"}).assign(grp=block.factor)
    table = table.sort_values(["panel", "level", "x"], kind="stable", ignore_index=True)
    if table["panel"].nunique() > _PANELS:
        raise UsageError(
            f"{option('by')} has {table['panel'].nunique():,} combinations of levels, and a "
            "picture has at "
            f"most {_PANELS} panels; name another factor, or {option('by', ())}."
        )
    parts = {name: part for name, part in table.groupby("panel", sort=False)}
    with drawing():
        axes = panels(ax, len(parts), 3, max(3.2, 6.0 / len(parts)), 3.6, share=True)
        _draw(axes, parts)
        for own in axes:
            if across.levels:
                name_ticks(own.xaxis, range(len(across.levels)), across.levels)
                own.set_xlim(-0.4, len(across.levels) - 0.6)
        if ax is None:
            show_outer_numbers(axes, 3)
        few = "" if len(shown) == block.n_groups else f" ({len(shown)} of {block.n_groups:,})"
        label_outside(
            axes,
            new=ax is None,
            x=axis_label(fit, x),
            y=response_label(fit),
            title=f"Data: a line per {block.factor}{few}",
        )
    averaged = " Rows alike in it are averaged." if (table["n_obs"] > 1).any() else ""
    if binned:
        averaged = f" Proportions of ones among its rows in {_BINS} bins of {x}."
    missing = int(rows["x"].isna().sum())
    averaged += f" {missing:,} rows have no value of {x} and are left out." if missing else ""
    caption = (
        f"The data, without a model: response of {len(shown)} of {block.n_groups:,} groups of "
        f"{block.factor} over {x}, a line for each"
        f"{', by ' + ' and '.join(chosen) if chosen else ''}.{averaged}"
    )
    return Picture(axes[0].figure, table[["grp", *keys, "y", "n_obs"]], caption)


def _in_bins(x: pd.Series) -> pd.Series:
    """Return the mean of the bin of each number, bins of as many rows each as ties allow."""
    return x.groupby(pd.qcut(x, _BINS, duplicates="drop"), observed=True).transform("mean")


def _draw(axes: Sequence[Axes], parts: Mapping[str, pd.DataFrame]) -> None:
    for own, (name, part), colour in zip(axes, parts.items(), colours_of(len(parts)), strict=True):
        lines = list(part.groupby("level", sort=False))
        alpha = float(np.clip(4.0 / np.sqrt(len(lines)), 0.25, 0.9))
        for _, line in lines:
            own.plot(line["x"], line["y"], "-", color=colour, linewidth=0.9, alpha=alpha)
            own.plot(line["x"], line["y"], ".", color=colour, markersize=3.0, alpha=alpha)
        count = f"{len(lines)} group{'s' if len(lines) > 1 else ''}"
        own.set_title(f"{name} ({count})" if name else count)
