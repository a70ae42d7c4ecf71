"""Group effects with their intervals, in order."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.errors import UsageError, refuse_unknown, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of
from bayesmm.model.names import effect_labels
from bayesmm.plots.labels import coefficient_label
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.plots.tick_names import lines_of_names, name_ticks, room_of_names
from bayesmm.results.marginal.grid import names_of
from bayesmm.results.tables.coef import coef, common_mean
from bayesmm.results.tables.moments import PROB, interval_label
from bayesmm.results.tables.ranef import ranef
from bayesmm.wording import refuse_other

__all__ = ["caterpillar"]

_KINDS = {"ranef": "Group effects", "coef": "Coefficients of groups"}
_LABELLED = 60  # levels with names; more would overlap
_SIZE = 7.0  # letters of their names
_UNNAMED_HEIGHT = 5.0  # inches of a panel without names


def caterpillar(
    fit: FitRecord,
    ax: Axes | Sequence[Axes] | None = None,
    prob: float = PROB,
    factor: str | None = None,
    effect: str | Sequence[str] | None = None,
    kind: str = "ranef",
) -> Picture:
    """Draw the group effects u with their intervals, one panel per factor and effect, in order.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per panel.
    prob : float
        Probability of the equal-tailed intervals.
    factor : str, optional
        Grouping factor; default: all.
    effect : str or sequence of str, optional
        Effects, such as ``"Intercept"``; default: all.
    kind : {"ranef", "coef"}
        Deviations u, around 0, or coefficients beta + u, around the common effect.

    Returns
    -------
    Picture
        ``table``: the rows of `Fit.ranef`, or of `Fit.coef` for what varies, with ``place``, the
        height at which each is drawn.

    Raises
    ------
    UsageError
        For an unknown factor, effect or kind.
    """
    refuse_other("kind", kind, _KINDS)
    chosen = _chosen(fit, factor, names_of(effect))
    table = coef(fit, prob) if kind == "coef" else ranef(fit, prob)
    parts = [table[(table["grp"] == grp) & (table["term"] == term)] for grp, term in chosen]
    most = max(map(len, parts))
    names = [level for part in parts if len(part) <= _LABELLED for level in part["level"]]
    height = 0.17 * most if lines_of_names(names, _SIZE) == 1 else 0.9 + 0.26 * most
    height = height if most <= _LABELLED else _UNNAMED_HEIGHT
    width = (2.7 if len(parts) > 1 else 4.3) + max(0.7, room_of_names(names, _SIZE))
    with drawing():
        axes = panels(ax, len(parts), width=width, height=max(2.2, height))
        drawn = []
        for one, part, (grp, term) in zip(axes, parts, chosen, strict=True):
            middle = common_mean(fit, term) if kind == "coef" else 0.0
            drawn.append(_panel(one, part, middle))
            one.set_xlabel(coefficient_label(fit, term))
            one.set_title(f"{grp}: {term}")
        if ax is None:
            title = f"{_KINDS[kind]}, {interval_label(prob)}"
            axes[0].figure.suptitle(title, x=0.01, ha="left", fontsize="large")
    sizes = dict.fromkeys((part["grp"].iloc[0], len(part)) for part in parts)
    whose = " and ".join(f"the {count:,} groups of {grp}" for grp, count in sizes)
    middle = "the line is the common effect" if kind == "coef" else "zero is the average group"
    caption = (
        f"Posterior mean and {interval_label(prob)} of each "
        f"{'coefficient' if kind == 'coef' else 'group effect'} of {whose}, in order of the "
        f"means; {middle}."
    )
    return Picture(axes[0].figure, pd.concat(drawn, ignore_index=True), caption)


def _chosen(fit: FitRecord, factor: str | None, effects: tuple[str, ...]) -> list[tuple[str, str]]:
    """Return the factor and effect of every panel."""
    every = [
        (block.factor, effect) for block in fit.design.blocks for effect in effect_labels(block)
    ]
    factors = dict.fromkeys(grp for grp, _ in every)
    factor = None if factor is None else label_of(factor)
    if factor is not None and factor not in factors:
        hint = suggestion(factor, factors, label="Factors")
        raise UsageError(f"'{factor}' is no grouping factor of the model. {hint}")
    left = [(grp, term) for grp, term in every if factor in (None, grp)]
    possible = dict.fromkeys(term for _, term in left)
    for effect in effects:
        refuse_unknown(
            effect, possible, f"'{effect}' does not vary between groups.", "Effects that vary"
        )
    return [(grp, term) for grp, term in left if not effects or term in effects]


def _panel(ax: Axes, effects: pd.DataFrame, middle: float) -> pd.DataFrame:
    ordered = effects.sort_values("mean", kind="stable")
    place = np.arange(len(ordered))
    named = len(ordered) <= _LABELLED
    ax.axvline(middle, color=MUTED, linewidth=0.8)
    bars = {"color": COLOURS["posterior"], "linewidth": 1.2 if named else 0.6}
    ax.hlines(place, ordered["lower"], ordered["upper"], **bars)
    size = 3.5 if named else 1.5
    ax.plot(ordered["mean"], place, "o", color=COLOURS["posterior"], markersize=size)
    if named:
        name_ticks(ax.yaxis, place, ordered["level"], _SIZE)
    else:
        ax.set_yticks([])
        ax.set_ylabel(f"{len(ordered):,} groups in order")
    ax.set_ylim(-0.8, len(ordered) - 0.2)
    return ordered.assign(place=place)
