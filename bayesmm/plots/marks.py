"""Marks that several pictures share: points with their intervals, and names of a few points."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from bayesmm.plots.style import INK

__all__ = ["draw_intervals", "hide_numbers", "name_points", "percent"]


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
    label : str, optional
        In the legend.
    upright : bool
        Whether intervals are vertical.
    """
    place = np.asarray(place, dtype=float)
    lines = ax.vlines if upright else ax.hlines
    lines(place, table[outer[0]], table[outer[1]], color=colour, linewidth=1.1)
    if inner is not None:
        lines(place, table[inner[0]], table[inner[1]], color=colour, linewidth=3.2)
    x, y = (place, table[point]) if upright else (table[point], place)
    fill = colour if marker == "o" else "white"
    ax.plot(
        x, y, marker, color=colour, markerfacecolor=fill, markersize=size, label=label, zorder=3
    )


def name_points(
    ax: Axes, x: ArrayLike, y: ArrayLike, names: Sequence[object], *, size: float = 7.5
) -> None:
    """Write names beside points, towards the middle of the axes so that they stay inside."""
    low, high = ax.get_xlim()
    for across, up, name in zip(np.asarray(x), np.asarray(y), names, strict=True):
        left = across < (low + high) / 2
        ax.annotate(
            str(name),
            (across, up),
            xytext=(4 if left else -4, 1),
            textcoords="offset points",
            ha="left" if left else "right",
            va="bottom",
            fontsize=size,
            color=INK,
        )


def hide_numbers(ax: Axes, axis: str = "y") -> None:
    """Take the numbers and the grid from an axis whose scale says nothing, as a density's."""
    if axis == "y":
        ax.set_yticks([])
    else:
        ax.set_xticks([])
