"""Marks that several pictures share: points with their intervals."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

__all__ = ["data_dots", "draw_intervals", "percent"]


def percent(prob: float) -> str:
    """Return ``"95 %"`` for 0.95."""
    return f"{100 * prob:.6g} %"


def data_dots(
    count: int, colour: str, size: float, alpha: tuple[float, float, float]
) -> dict[str, object]:
    """Return the look of the rows of the data: the more of them, the paler.

    `alpha` is that of a single row over the root of their number, and its least and largest value.
    """
    strength, palest, darkest = alpha
    return {
        "color": colour,
        "marker": "o",
        "linestyle": "",
        "markersize": size,
        "alpha": float(np.clip(strength / np.sqrt(count), palest, darkest)),
        "markeredgewidth": 0.0,
        "rasterized": count > 2000,
    }


def draw_intervals(
    ax: Axes,
    place: ArrayLike,
    table: pd.DataFrame,
    colour: str,
    *,
    point: str = "mean",
    outer: tuple[str, str] = ("lower", "upper"),
    inner: tuple[str, str] | None = ("inner_lower", "inner_upper"),
    marker: str = "o",
    size: float = 5.0,
    weight: float = 1.0,
    label: str | None = None,
    upright: bool = False,
) -> None:
    """Draw a point, a thin line for the outer and a thick line for the inner interval.

    `place` is the height of each row of the table (its x, where intervals are `upright`). `point`,
    `outer` and `inner` are the columns with the point and the ends of the intervals; a marker other
    than a dot is hollow; `weight` is a factor of the widths of the lines, below 1 where many are
    close.
    """
    place = np.asarray(place, dtype=float)
    lines = ax.vlines if upright else ax.hlines
    lines(place, table[outer[0]], table[outer[1]], color=colour, linewidth=1.1 * weight)
    if inner is not None:
        lines(place, table[inner[0]], table[inner[1]], color=colour, linewidth=3.2 * weight)
    x, y = (place, table[point]) if upright else (table[point], place)
    fill = colour if marker == "o" else "white"
    ax.plot(
        x, y, marker, color=colour, markerfacecolor=fill, markersize=size, label=label, zorder=3
    )
