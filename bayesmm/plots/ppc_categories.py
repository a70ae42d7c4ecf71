"""Frequencies of categories in the data and in replicated data."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from bayesmm.arrays import Array
from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import axis_label
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_panels import Groups, about, level_panels
from bayesmm.plots.style import COLOURS, MUTED, drawing
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.tables.moments import interval_label, state_interval

__all__ = ["category_bars"]


def category_bars(
    fit: FitRecord, y_rep: Array, prob: float, ax: Axes | None, groups: Groups | None
) -> Picture:
    """Draw the rows of each category, and intervals of them; see `bayesmm.plots.ppc.ppc`."""
    design = fit.design
    counted = design.category_counts is not None
    of = _counted_shares if counted else _rows_of_each

    def numbers(y: Array, replicated: Array) -> pd.DataFrame:
        K = len(design.categories)
        return _frequencies(of(y, K), of(replicated, K), design.categories, prob)

    with drawing():
        axes, table = level_panels(design.observed, y_rep, ax, groups, numbers, _ink)
        label_outside(
            axes,
            new=ax is None,
            x=axis_label(fit, design.response),
            y="share of all counted" if counted else "rows",
            title=f"Categories: {percent(prob)} predictive intervals"
            + (", the same groups" * bool(design.blocks)),
            handles=(
                Patch(color=MUTED, alpha=0.55, label="data"),
                Line2D([], [], color=COLOURS["posterior"], marker="o", ms=4, label="replicates"),
            ),
        )
    what = "Share of all that was counted" if counted else "Number of rows"
    caption = (
        f"{what} of each category in the data (bars), and its mean and "
        f"{interval_label(prob)} in {about(fit, len(y_rep))}"
        f"{'' if groups is None else f', for each {groups[0]}'}. A bar that ends outside its "
        "interval is data that the model does not expect."
    )
    return Picture(axes[0].figure, state_interval(table, prob), caption)


def _rows_of_each(y: Array, n_categories: int) -> Array:
    """Return the number of rows of each category along a last axis, y of shape (..., n)."""
    numbers = range(1, n_categories + 1)
    return np.stack([(y == k).sum(axis=-1) for k in numbers], axis=-1)


def _counted_shares(y: Array, n_categories: int) -> Array:
    """Return the share of each category in all counts, y of shape (..., n, K)."""
    del n_categories
    total = y.sum(axis=-2)
    return total / total.sum(axis=-1, keepdims=True)


def _frequencies(
    observed: Array, replicated: Array, categories: tuple[str, ...], prob: float
) -> pd.DataFrame:
    """Return ``category``, what is ``observed`` of it, and ``mean``, ``lower``, ``upper``."""
    lower, upper = np.quantile(replicated, [(1 - prob) / 2, (1 + prob) / 2], axis=0)
    return pd.DataFrame(
        {
            "category": list(categories),
            "observed": observed,
            "mean": replicated.mean(axis=0),
            "lower": lower,
            "upper": upper,
        }
    )


def _ink(ax: Axes, table: pd.DataFrame) -> None:
    place = np.arange(len(table))
    ax.bar(place, table["observed"], width=0.8, color=MUTED, alpha=0.55, linewidth=0)
    ax.vlines(place, table["lower"], table["upper"], color=COLOURS["posterior"], linewidth=2.2)
    ax.plot(place, table["mean"], "o", color=COLOURS["posterior"], markersize=4)
    name_ticks(ax.xaxis, place, table["category"])
    ax.grid(visible=False, axis="x")
