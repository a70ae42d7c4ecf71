"""Observed proportions of successes against replicated ones."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import response_label
from bayesmm.plots.marks import percent
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_panels import Groups, about
from bayesmm.plots.ppc_tables import proportion_table
from bayesmm.plots.residual_tables import equal_bins
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.checks.residuals import residuals
from bayesmm.results.checks.row_places import places_of_rows
from bayesmm.results.tables.moments import interval_label, state_interval

__all__ = ["proportions"]


def proportions(
    fit: FitRecord, y_rep: NDArray, prob: float, ax: Axes | None, groups: Groups | None
) -> Picture:
    """Draw the proportion of successes of like rows, or of levels; see `bayesmm.plots.ppc.ppc`."""
    design = fit.design
    trials = np.ones(design.n_obs) if design.trials is None else design.trials
    if groups is None:
        place, of = places_of_rows(fit, residuals(fit)["fitted"].to_numpy())
        codes = equal_bins(place)
    else:
        codes = groups[2]
    table = proportion_table(design.y, y_rep, trials, codes, prob)
    title = f"Data against replicated data\n{percent(prob)} predictive intervals"
    title += ", the same groups" * bool(design.blocks)
    with drawing():
        if groups is None:
            (axes,) = panels(ax, 1, width=5.2, height=3.8)
            _calibration(axes, table)
            axes.set_xlabel("proportion in the bin, mean of the replicates")
            axes.set_ylabel(f"{response_label(fit)} in the bin")
            whose = f" of the {of}" if of else ""
            shown = f"{len(table)} bins of rows with like fitted probability{whose}"
        else:
            name, levels, _ = groups
            table.insert(0, name, list(levels))
            (axes,) = panels(ax, 1, width=5.6, height=max(2.2, 0.24 * len(levels) + 0.8))
            _levels(axes, table, name)
            axes.set_xlabel(response_label(fit))
            shown = f"each {name}"
        axes.set_title(title)
        _legend(axes)
    caption = (
        f"Observed proportion of successes (points) in {shown}, and its {interval_label(prob)} in "
        f"{about(fit, len(y_rep))}. A point outside its interval is data that the model does not "
        "expect."
    )
    return Picture(axes.figure, state_interval(table, prob), caption)


def _calibration(ax: Axes, table: pd.DataFrame) -> None:
    low = min(table["lower"].min(), table["observed"].min())
    high = max(table["upper"].max(), table["observed"].max())
    ax.plot([low, high], [low, high], color=MUTED, linewidth=0.8)
    ax.vlines(
        table["mean"], table["lower"], table["upper"], color=COLOURS["posterior"], linewidth=2.2
    )
    ax.plot(table["mean"], table["observed"], "o", color=COLOURS["data"], markersize=4.5)


def _levels(ax: Axes, table: pd.DataFrame, name: str) -> None:
    place = np.arange(len(table))[::-1]
    ax.hlines(place, table["lower"], table["upper"], color=COLOURS["posterior"], linewidth=2.2)
    ax.plot(table["observed"], place, "o", color=COLOURS["data"], markersize=4.5)
    name_ticks(ax.yaxis, place, table[name])
    ax.set_ylabel(name)
    ax.set_ylim(-0.7, len(table) - 0.3)
    ax.grid(visible=False, axis="y")


def _legend(ax: Axes) -> None:
    ax.legend(
        handles=[
            Line2D([], [], color=COLOURS["data"], marker="o", linestyle="", label="data"),
            Line2D([], [], color=COLOURS["posterior"], linewidth=2.2, label="replicates"),
        ],
        loc="upper left",
        bbox_to_anchor=(1.0, 1.0),
        borderaxespad=0.0,
        fontsize=8,
    )
