"""Marks that several pictures share: points with their intervals."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

__all__ = ["draw_intervals", "percent"]


def percent(prob: float) -> str:
    """Return ``"95 %"`` for 0.95."""
    return f"{100 * prob:.6g} %"


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

    Parameters
    ----------
    ax : Axes
        Where to draw.
    place : array of numbers
        Height of each row of the table (its x, if `upright`).
    table : pandas.DataFrame
        One row per mark.
    colour : str
        Of lines and points; a marker other than a dot is hollow.
    point, outer, inner : str and pairs of str
        Columns with the point and the ends of the intervals.
    marker, size : str, float
        Of the point.
    weight : float
        Factor of the widths of the lines; below 1 where many are close.
    label : str, optional
        In the legend.
    upright : bool
        Whether intervals are vertical.
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
