"""Group effects against normal quantiles."""

import pandas as pd
from matplotlib.axes import Axes

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.effect_shape import EFFECT_SHAPE

__all__ = ["draw_effect_quantiles", "effect_qq"]


def effect_qq(fit: FitRecord, ax: Axes | None = None, seed: int = 0) -> Picture:
    """Draw the ordered draws of each group effect, over its sd, against normal quantiles.

    Draws, unlike the means of the effects, are as spread as the effects: shrinkage does not
    make them look too normal. The band is of as many normal numbers.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects of at least 5 levels.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per effect.
    seed : int
        Seed of the normal numbers.

    Returns
    -------
    Picture
        ``table``: ``effect``, ``quantile``, ``median``, ``lower``, ``upper`` (95 % of the
        draws), ``normal_lower``, ``normal_upper`` (95 % of normal numbers) and ``p_value``, the
        probability that normal numbers are less normal.
    """
    findings = EFFECT_SHAPE.find(CheckContext(fit, seed))
    if not findings:
        raise UsageError("No group effect has 5 levels; normality cannot be seen in fewer.")
    with drawing():
        axes = panels(ax, len(findings), width=3.2 if len(findings) > 1 else 4.4, height=3.0)
        for one, finding in zip(axes, findings, strict=True):
            draw_effect_quantiles(one, finding.table)
            one.set_title(f"{finding.about}, p = {finding.value:.3f}")
        label_outside(
            axes,
            new=ax is None,
            x="normal quantile",
            y="group effect / its sd",
            title="Normality of group effects: 95 % intervals "
            "of draws (lines) and of normal numbers (band)",
        )
    table = pd.concat(
        [f.table.assign(effect=f.about, p_value=f.value) for f in findings], ignore_index=True
    )
    table = table[["effect", *(column for column in table if column != "effect")]]
    caption = (
        "Ordered effects of the groups over their sd, median and 95 % interval of the draws, "
        "against normal quantiles; the band holds 95 % of as many normal numbers. p is the "
        "probability that normal numbers look less normal."
    )
    return Picture(axes[0].figure, table, caption)


def draw_effect_quantiles(ax: Axes, table: pd.DataFrame) -> None:
    """Draw the intervals of ordered effects over the band of normal numbers."""
    x = table["quantile"]
    ax.fill_between(
        x, table["normal_lower"], table["normal_upper"], color=MUTED, alpha=0.2, linewidth=0
    )
    ax.plot(x.iloc[[0, -1]], x.iloc[[0, -1]], color=MUTED, linewidth=0.8)
    ax.vlines(x, table["lower"], table["upper"], color=COLOURS["posterior"], linewidth=1.0)
    ax.plot(x, table["median"], "o", color=COLOURS["posterior"], markersize=3)
