"""The shares of the categories of a response over a predictor, one above the other."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from bayesmm.choices import AverageWho
from bayesmm.data_columns import label_in
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of
from bayesmm.plots.effect_curves import effect_curves
from bayesmm.plots.labels import axis_label
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import drawing, panels, shades
from bayesmm.plots.text_room import inches, wrap
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.prediction.category_view import category_view
from bayesmm.results.tables.moments import PROB

__all__ = ["category_shares"]

_LEGEND = 1.7  # width of the names in the legend [inch]


def category_shares(
    fit: FitRecord,
    variable: str | None = None,
    ax: Axes | None = None,
    who: AverageWho = "population",
    prob: float = PROB,
) -> Picture:
    """Draw the probability of each category over one predictor, stacked to 1.

    Parameters
    ----------
    fit : Fit
        A fitted model whose response is categories, with predictors.
    variable : str, optional
        The predictor; by default the one that `effects` takes. Others are held where that has them.
    ax : Axes, optional
        Where to draw.
    who : {"typical group", "population"}
        Group effects of 0, or averaged over.
    prob : float
        Probability of the equal-tailed intervals, which are in the table.

    Returns
    -------
    Picture
        ``table``: as that of `effects`, a row for each value and ``category``.

    Raises
    ------
    UsageError
        For a column that is no predictor.
    """
    if who not in ("typical group", "population"):
        raise UsageError(f"who is {who!r}. Possible: typical group, population.")
    whom = who if fit.design.blocks else None
    views = (category_view(fit, label, ml=False) for label in fit.design.categories)
    found = [effect_curves(view, variable, whom, prob=prob) for view in views]
    labels, about = fit.design.categories, found[0].attrs
    column = label_in(found[0], about["variable"])
    levels = predictor_levels(fit)[about["variable"]]
    colours = shades(len(labels))
    with drawing():
        room = max(inches(label, 8.0) for label in labels)
        (axes,) = panels(ax, 1, width=5.6 + max(0.4, min(_LEGEND, room)), height=3.6)
        x = _places(axes, found[0][column], levels)
        below = np.zeros(len(x))
        for part, colour in zip(found, colours, strict=True):
            share = part["mean"].to_numpy()
            if levels is None:
                axes.fill_between(x, below, below + share, color=colour, linewidth=0)
            else:
                axes.bar(x, share, bottom=below, width=0.7, color=colour)
            below = below + share
        axes.set_ylim(0, 1)
        axes.set_xlabel(axis_label(fit, about["variable"]))
        axes.set_ylabel(f"share of the categories of {fit.design.response}")
        about_whom = f", {who}" if fit.design.blocks else ""
        axes.set_title(
            f"Posterior mean share of each category over {about['variable']}{about_whom}"
        )
        handles = [
            Patch(color=colour, label=wrap(label, _LEGEND, 8.0, 3))
            for label, colour in zip(labels, colours, strict=True)
        ][::-1]
        axes.legend(
            handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), borderaxespad=0.0,
            fontsize=8,
        )  # fmt: skip
    for label, part in zip(labels, found, strict=True):
        part.insert(part.columns.get_loc("mean"), "category", label)
    table = type(found[0])(pd.concat(found, ignore_index=True))
    table.attrs |= about
    held = ", ".join(f"{name} = {label_of(value)}" for name, value in about["held"].items())
    caption = (
        f"Posterior mean of the probability of each category of {fit.design.response} over "
        f"{about['variable']}{about_whom}; they sum to 1."
        + (f" Other predictors held at {held}." if held else "")
        + " Their intervals are in the table of the picture."
    )
    return Picture(axes.figure, table, caption)


def _places(ax: Axes, values: pd.Series, levels: tuple[str, ...] | None) -> np.ndarray:
    """Return where each value is on the axis: a number itself, a level in its order."""
    if levels is None:
        return values.to_numpy(dtype=float)
    name_ticks(ax.xaxis, range(len(levels)), levels)
    ax.grid(visible=False, axis="x")
    place = {level: index for index, level in enumerate(levels)}
    return values.map(label_of).map(place).to_numpy(dtype=float)
