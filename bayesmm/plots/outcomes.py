"""Rows of a 0/1 response: moved a little apart, and the proportions of ones among them."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from bayesmm.arrays import Array
from bayesmm.fit_record import FitRecord
from bayesmm.plots.residual_tables import equal_bins
from bayesmm.plots.style import INK

__all__ = [
    "PROPORTIONS",
    "draw_proportions",
    "is_zero_one",
    "observed_proportions",
    "proportions_by",
    "proportions_handle",
    "proportions_words",
    "spread_apart",
]

PROPORTIONS = "proportions"  # in the column ``what`` of a table
_UP, _ACROSS = 0.03, 0.12
_SMALLEST, _LARGEST = 3.0, 6.5


def is_zero_one(fit: FitRecord) -> bool:
    """Return whether the response of a row is 0 or 1."""
    return fit.design.family.response == "binary"


def spread_apart(
    x: ArrayLike, y: ArrayLike, *, of_levels: bool, up: float = _UP
) -> tuple[Array, Array]:
    """Return places that tell rows apart that are alike: the same ones at every call.

    With `of_levels`, x are places of levels, from 0, so that rows can be moved along them. `up` is
    how far rows are moved in y.
    """
    x, y = np.asarray(x, dtype=float), np.asarray(y, dtype=float)
    across, upwards = np.random.default_rng(0).uniform(-1, 1, size=(2, len(y)))
    return x + _ACROSS * of_levels * across, y + up * upwards


def observed_proportions(x: ArrayLike, y: ArrayLike, levels: Sequence[str]) -> pd.DataFrame:
    """Return the proportion of ones at each level, or in bins of rows with like x.

    Columns ``x`` (place of the level; mean of the bin), ``y`` (proportion), ``n_obs``.
    """
    x = np.asarray(x, dtype=float)
    rows = pd.DataFrame({"x": x, "y": np.asarray(y, dtype=float)}).dropna()
    if rows.empty:
        return rows.assign(n_obs=0)
    groups = rows.groupby(rows["x"] if levels else equal_bins(rows["x"].to_numpy()))
    means = groups.mean() if not levels else groups[["x", "y"]].mean()
    return means.assign(n_obs=groups.size()).reset_index(drop=True)


def proportions_by(rows: pd.DataFrame, column: str, levels: Sequence[str]) -> list[pd.DataFrame]:
    """Return the proportions among the rows of each value of a column, as rows of their table."""
    return [
        observed_proportions(part["x"], part["y"], levels).assign(
            grp=part["grp"].iloc[0], what=PROPORTIONS, **{column: value}
        )
        for value, part in rows.groupby(column, sort=False)
    ]


def draw_proportions(ax: Axes, table: pd.DataFrame, colour: str = INK) -> None:
    """Draw proportions as squares, larger where they are of more rows."""
    if table.empty:
        return
    size = _LARGEST * np.sqrt(table["n_obs"] / table["n_obs"].max())
    ax.scatter(
        table["x"], table["y"], s=np.maximum(size, _SMALLEST) ** 2, marker="s", facecolors="white",
        edgecolors=colour, linewidths=1.1, zorder=5,
    )  # fmt: skip


def proportions_handle() -> Line2D:
    """Return the entry of a legend."""
    return Line2D(
        [], [], marker="s", linestyle="", color=INK, markerfacecolor="white", markersize=5,
        label="observed proportion",
    )  # fmt: skip


def proportions_words(of: str, levels: Sequence[str]) -> str:
    """Return what the squares are, as a sentence of a caption."""
    where = f"at each level of {of}" if levels else f"in bins of rows with like {of}"
    return (
        f"Squares: observed proportions {where}, larger where they are of more rows; "
        "rows, 0 or 1, are moved a little apart."
    )
