"""Group effects with their intervals, in order."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.results.moments import PROB, interval_label

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["caterpillar"]

_LABELLED = 60  # levels with names; more would overlap


def caterpillar(fit: "Fit", ax: Axes | None = None, prob: float = PROB) -> Picture:
    """Draw the group effects u with their intervals, one panel per factor and effect, in order.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per panel.
    prob : float
        Probability of the equal-tailed intervals.

    Returns
    -------
    Picture
        ``table``: the rows of `Fit.ranef`, with ``place``, the height at which each is drawn.
    """
    effects = fit.ranef(prob)
    parts = [part for _, part in effects.groupby(["grp", "term"], sort=False, observed=True)]
    tallest = min(max(len(part) for part in parts), _LABELLED)
    with drawing():
        axes = panels(ax, len(parts), width=3.4, height=max(2.2, 0.17 * tallest))
        table = pd.concat([_panel(*pair) for pair in zip(axes, parts, strict=True)])
        figure = axes[0].figure
        if ax is None:
            figure.suptitle(f"Group effects, {interval_label(prob)}", x=0.01, ha="left")
    caption = (
        f"Posterior mean and {interval_label(prob)} of each group effect of "
        f"{', '.join(fit.design.factors)}, in order of the means; zero is the average group."
    )
    return Picture(figure, table.reset_index(drop=True), caption)


def _panel(ax: Axes, effects: pd.DataFrame) -> pd.DataFrame:
    ordered = effects.sort_values("mean", kind="stable")
    place = np.arange(len(ordered))
    ax.axvline(0.0, color=MUTED, linewidth=0.8)
    ax.hlines(place, ordered["lower"], ordered["upper"], color=COLOURS["posterior"], linewidth=1.2)
    ax.plot(ordered["mean"], place, "o", color=COLOURS["posterior"], markersize=3.5)
    if len(ordered) <= _LABELLED:
        ax.set_yticks(place, ordered["level"].astype(str), fontsize=7)
    else:
        ax.set_yticks([])
    ax.set_ylim(-0.8, len(ordered) - 0.2)
    ax.set_title(f"{ordered['grp'].iloc[0]}: {ordered['term'].iloc[0]}")
    return ordered.assign(place=place)
