"""Bars of the categories of a response against replicated ones."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import response_label
from bayesmm.plots.marks import percent
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_panels import Groups, about, level_panels
from bayesmm.plots.style import COLOURS, drawing
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.tables.moments import interval_label, state_interval

__all__ = ["categories"]

type Array = NDArray[np.float64]


def categories(
    fit: FitRecord, y_rep: Array, prob: float, ax: Axes | None, groups: Groups | None
) -> Picture:
    """Draw how many rows are in each category; see `bayesmm.plots.ppc.ppc`."""
    design, labels = fit.design, fit.design.categories
    places = np.arange(1, len(labels) + 1)

    def numbers(y: Array, replicates: Array) -> pd.DataFrame:
        counts = np.stack([(replicates == k).sum(axis=1) for k in places])
        ends = ((1 - prob) / 2, (1 + prob) / 2)
        lower, upper = np.quantile(counts, ends, axis=1)
        return pd.DataFrame(
            {
                "category": labels,
                "observed": [int((y == k).sum()) for k in places],
                "mean": counts.mean(axis=1),
                "lower": lower,
                "upper": upper,
            }
        )

    def ink(axes: Axes, table: pd.DataFrame) -> None:
        axes.bar(places, table["observed"], color=COLOURS["data"], alpha=0.35, label="data")
        middle, reach = table["mean"], (table["lower"], table["upper"])
        colour = COLOURS["posterior"]
        axes.vlines(places, *reach, color=colour, linewidth=2.2)
        axes.plot(places, middle, "o", color=colour, markersize=4.5, label="replicates")
        name_ticks(axes.xaxis, places, labels)
        axes.grid(visible=False, axis="x")

    with drawing():
        axes, table = level_panels(design.y, y_rep, ax, groups, numbers, ink)
        axes[0].set_ylabel("rows")
        title = f"Data against replicated data, mean and {percent(prob)} predictive intervals"
        if groups is None:
            axes[0].set_title(title + ", the same groups" * bool(design.blocks))
            axes[0].set_xlabel(response_label(fit).removesuffix(" (mean category)"))
        axes[-1].legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0, fontsize=8)
    caption = (
        f"Rows in each category of {design.response} (bars), and the mean and the "
        f"{interval_label(prob)} of their number in {about(fit, len(y_rep))}. A bar that ends "
        "outside its interval is data that the model does not expect."
    )
    return Picture(axes[0].figure, state_interval(table, prob), caption)
