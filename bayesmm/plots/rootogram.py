"""Hanging rootograms: frequencies of counts against those of replicates."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import axis_label, response_label
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_panels import Groups, about, level_panels
from bayesmm.plots.ppc_tables import rootogram_table
from bayesmm.plots.style import COLOURS, INK, MUTED, drawing
from bayesmm.results.tables.moments import interval_label, state_interval

__all__ = ["rootograms"]

_BAR = 0.85
_ROOM = 1.08  # height of the panel over that of the curve
_TICKS = 12  # about so many bins are named


def rootograms(
    fit: FitRecord, y_rep: NDArray, prob: float, ax: Axes | None, groups: Groups | None
) -> Picture:
    """Draw bars of height sqrt(observed) hanging from sqrt(expected); see `bayesmm.plots.ppc.ppc`.

    The band shows where the bars would end in replicated data.
    """
    design = fit.design
    ticks = _TICKS if groups is None else _TICKS // 2
    with drawing():
        axes, table = level_panels(
            design.y,
            y_rep,
            ax,
            groups,
            lambda y, rep: rootogram_table(y, rep, design.y.max(), prob),
            lambda ax, part: _ink(ax, part, ticks),
        )
        wide = (table["last"] > table["first"])[np.isfinite(table["last"])].any()
        name = axis_label(fit, design.response)
        if design.trials is not None:
            name = response_label(fit).removesuffix(" (proportion)")
        label_outside(
            axes,
            new=ax is None,
            x=f"{name}{', bins that widen to the right' * bool(wide)}",
            y="rows (square-root scale)",
            title=f"Hanging rootogram: {percent(prob)} predictive intervals"
            + (", the same groups" * bool(design.blocks)),
            handles=(
                Line2D([], [], color=COLOURS["posterior"], marker="o", ms=3, label="expected"),
                Patch(color=MUTED, alpha=0.55, label="observed, hanging"),
                Patch(color=COLOURS["posterior"], alpha=0.25, label="where bars should end"),
            ),
        )
    caption = (
        f"Square root of the number of rows with each count: bars of the data hang from the curve "
        f"expected under the model, and would end within the band at zero in {percent(prob)} of "
        f"replicated data ({interval_label(prob)}; {about(fit, len(y_rep))})"
        f"{'' if groups is None else f', for each {groups[0]}'}. "
        f"{'Bins of large counts widen to the right. ' if wide else ''}The last bar holds what is "
        "above all data."
    )
    return Picture(axes[0].figure, state_interval(table, prob), caption)


def _ink(ax: Axes, table: pd.DataFrame, ticks: int) -> None:
    place = np.arange(len(table))
    top = np.sqrt(table["expected"])
    ax.bar(
        place, -np.sqrt(table["observed"]), bottom=top, width=_BAR, color=MUTED, alpha=0.55,
        linewidth=0,
    )  # fmt: skip
    low, high = top - np.sqrt(table["upper"]), top - np.sqrt(table["lower"])
    ax.bar(
        place, high - low, bottom=low, width=1.0, color=COLOURS["posterior"], alpha=0.25,
        linewidth=0,
    )  # fmt: skip
    ax.plot(place, top, "o-", color=COLOURS["posterior"], markersize=3, linewidth=1.3)
    ax.axhline(0.0, color=INK, linewidth=0.9)
    ax.set_ylim(top=_ROOM * top.max())
    every = max(1, -(-len(table) // ticks))
    ax.set_xticks(place[::every], [_name(row) for row in table.iloc[::every].itertuples()])
    ax.tick_params(axis="x", labelsize=8)
    ax.grid(visible=False, axis="x")
    # numbers of rows in place of their roots
    ax.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{np.sign(y) * y * y:.4g}"))


def _name(row: object) -> str:
    if not np.isfinite(row.last):
        return f"≥{row.first}"
    return f"{row.first}" if row.first == row.last else f"{row.first}–"
