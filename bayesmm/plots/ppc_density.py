"""Kernel densities of the data over those of replicates."""

import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_panels import Groups, label_lines, level_panels
from bayesmm.plots.ppc_tables import density_table
from bayesmm.plots.style import COLOURS, drawing

__all__ = ["densities"]

_LINES = 50
_WIDER = 0.2  # of the range of the data, on either side


def densities(
    fit: FitRecord, y_rep: NDArray, prob: float, ax: Axes | None, groups: Groups | None
) -> Picture:
    """Draw the density of the data over those of 50 replicates; see `bayesmm.plots.ppc.ppc`."""
    del prob  # lines, no interval
    kind = fit.design.family.response
    with drawing():
        axes, table = level_panels(
            fit.design.y,
            y_rep,
            ax,
            groups,
            lambda y, rep: density_table(y, rep, kind, _LINES),
            _ink,
        )
        for one in axes:
            one.set_xlim(_limits(table))
        lines = table.loc[table["of"] == "replicate", "replicate"].nunique()
        label_lines(axes, fit, lines, new=ax is None, x=fit.design.response, y="density")
    caption = (
        f"Kernel density of the response in the data (thick) and in {lines} replicated data sets "
        f"of the same rows{' and groups' * bool(fit.design.blocks)} (blue)"
        f"{'' if groups is None else f', for each {groups[0]}'}. A model that fits produces data "
        "like those observed; what replicates have outside the axis is in the table."
    )
    return Picture(axes[0].figure, table, caption)


def _limits(table: pd.DataFrame) -> tuple[float, float]:
    """Return the range of the data and somewhat more, as far as replicates reach."""
    data = table.loc[table["of"] == "data", "x"]
    if data.empty:  # equal values, or one row per level, have no density
        return table["x"].min(), table["x"].max()
    low, high = data.min(), data.max()
    wide = _WIDER * (high - low)
    return max(low - wide, table["x"].min()), min(high + wide, table["x"].max())


def _ink(ax: Axes, table: pd.DataFrame) -> None:
    drawn = table[table["of"] == "replicate"]
    for _, line in drawn.groupby("replicate"):
        ax.plot(line["x"], line["density"], color=COLOURS["posterior"], linewidth=0.6, alpha=0.35)
    data = table[table["of"] == "data"]
    ax.plot(data["x"], data["density"], color=COLOURS["data"], linewidth=1.8)
    ax.set_ylim(bottom=0)
    ax.set_yticks([])
