"""The thresholds between ordered categories on the latent scale."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.family.links import LINKS
from bayesmm.fit_record import FitRecord
from bayesmm.plots.marks import percent
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, INK, drawing, panels, shades
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.posterior import common_draws, named_draws

__all__ = ["thresholds"]

# The density is drawn to where so much of the latent distribution is left on either side.
_LEFT = 1e-3


def thresholds(fit: FitRecord, ax: Axes | None = None, prob: float = PROB) -> Picture:
    """Draw the thresholds on the latent scale, with the density of a row at the mean predictors.

    The latent response of such a row is mu + e with the distribution of the link; which category it
    falls into is told by the thresholds, so that the area between two is the share of one. Where
    the thresholds are is measured from mu of that row, its group effects being 0.

    Parameters
    ----------
    fit : Fit
        A fitted cumulative model.
    ax : Axes, optional
        Where to draw.
    prob : float
        Probability of the equal-tailed intervals of the thresholds.

    Returns
    -------
    Picture
        ``table``: ``threshold``, ``mean``, ``sd``, ``median``, ``lower``, ``upper``.
    """
    design = fit.design
    names, labels = design.family.thresholds, design.categories
    shift = common_draws(fit.own_draws, design) @ design.mu.centre
    draws = np.stack([named_draws(fit.own_draws, name) - shift for name in names], axis=-1)
    table = pd.DataFrame({"threshold": names, **moments(draws, prob)})
    link = LINKS[design.family.link]
    ends = link.link(np.array([_LEFT, 1.0 - _LEFT]))
    low, high = min(ends[0], table["lower"].min()), max(ends[1], table["upper"].max())
    grid = np.linspace(low - 0.3, high + 0.3, 400)
    density = np.abs(link.derivative(grid))
    cuts = [grid[0], *table["mean"], grid[-1]]
    with drawing():
        (axes,) = panels(ax, 1, width=6.6, height=3.2)
        for k, colour in enumerate(shades(len(labels))):
            inside = (grid >= cuts[k]) & (grid <= cuts[k + 1])
            axes.fill_between(grid[inside], density[inside], color=colour, linewidth=0)
            middle = (cuts[k] + cuts[k + 1]) / 2
            axes.text(middle, 1.04 * density.max(), labels[k], ha="center", va="bottom", fontsize=8)
        axes.plot(grid, density, color=INK, linewidth=1.0)
        for row in table.itertuples():
            axes.axvspan(row.lower, row.upper, color=COLOURS["posterior"], alpha=0.2, linewidth=0)
            axes.axvline(row.mean, color=COLOURS["posterior"], linewidth=1.4)
        axes.set_ylim(0, 1.2 * density.max())
        axes.set_yticks([])
        axes.set_ylabel("density")
        axes.set_xlabel(f"latent {design.response} ({design.family.link} scale), from its mean mu")
        axes.set_title(f"Thresholds between categories: mean and {percent(prob)} interval")
    caption = (
        f"Thresholds between the categories of {design.response} on the latent scale (lines: "
        f"posterior means; bands: {percent(prob)} equal-tailed intervals), and the distribution of "
        "the latent response of a row at the mean of the predictors with group effects of 0, from "
        "its mean. The area between two lines is the share of a category."
    )
    return Picture(axes.figure, state_interval(table, prob), caption)
