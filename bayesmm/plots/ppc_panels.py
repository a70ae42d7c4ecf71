"""Panels of a predictive check, one per level, and the words that all of them share."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.data_columns import beside
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import axis_label
from bayesmm.plots.outside import label_outside
from bayesmm.plots.style import COLOURS, panels
from bayesmm.wording import option

__all__ = ["Groups", "about", "label_lines", "level_panels"]

type Groups = tuple[str, tuple[str, ...], NDArray[np.int64]]

_MOST_PANELS = 24


def about(fit: FitRecord, replicates: int) -> str:
    """Return who the replicates are about."""
    groups = " and the same groups" if fit.design.blocks else ""
    return f"{replicates:,} replicates of the same {fit.design.n_obs:,} rows{groups}"


def label_lines(
    axes: list[Axes], fit: FitRecord, replicates: int, *, new: bool, x: str, y: str
) -> None:
    """Name the axes and the lines of a picture of the data and of some replicates."""
    label_outside(
        axes,
        new=new,
        x=axis_label(fit, x),
        y=y,
        title="Data over replicated data" + (", the same groups" * bool(fit.design.blocks)),
        handles=(
            Line2D([], [], color=COLOURS["data"], linewidth=1.8, label="data"),
            Line2D([], [], color=COLOURS["posterior"], label=f"{replicates} replicates"),
        ),
    )


def level_panels(
    y: Array,
    y_rep: Array,
    ax: Axes | None,
    groups: Groups | None,
    numbers: Callable[[Array, Array], pd.DataFrame],
    ink: Callable[[Axes, pd.DataFrame], None],
) -> tuple[list[Axes], pd.DataFrame]:
    """Draw a panel of all rows, or one for each level.

    `y` and `y_rep`, shapes (n,) and (S, n), have an axis more where they are counts of categories.
    `groups` are the name of a column with what `row_groups` gives of it, `numbers` makes the table
    of some rows and `ink` draws it. The tables of the panels come one after the other, after the
    level in a column of the name of the column.
    """
    if groups is None:
        axes = panels(ax, 1, width=6.2, height=3.4)
        table = numbers(y, y_rep)
        ink(axes[0], table)
        return axes, table
    name, levels, codes = groups
    if len(levels) > _MOST_PANELS:
        raise UsageError(
            f"'{name}' has {len(levels)} levels, more than {_MOST_PANELS} panels; compare their "
            f"statistics instead: {option('statistic', 'mean')}, {option('by', name)}."
        )
    axes = panels(ax, len(levels), columns=4, width=2.4, height=2.0)
    parts: list[pd.DataFrame] = []
    rows_of: list[str] = []
    for index, (one, level) in enumerate(zip(axes, levels, strict=True)):
        rows = codes == index
        part = numbers(y[rows], y_rep[:, rows])
        ink(one, part)
        one.set_title(f"{name} {level}")
        parts.append(part)
        rows_of += [level] * len(part)
    table = beside(pd.DataFrame({name: rows_of}), pd.concat(parts, ignore_index=True))
    return axes, table
