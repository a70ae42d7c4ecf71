"""Rank histograms of the chains."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy.stats import hypergeom, rankdata

from bayesmm.plots.chains import (
    chain_legend,
    chain_styles,
    chosen_quantities,
    describe,
    heading,
)
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import MUTED, drawing, panels
from bayesmm.results.moments import PROB, state_interval
from bayesmm.results.scalar_draws import ScalarDraws

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["rank"]

_BINS = 20


def rank(
    fit: "Fit",
    ax: Axes | None = None,
    names: str | Sequence[str] | None = None,
    count: int = 6,
    prob: float = PROB,
) -> Picture:
    """Draw how often the draws of each chain have each rank among the draws of all chains.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per quantity.
    names, count
        As in `bayesmm.plots.trace.trace`.
    prob : float
        Probability of the band, in which the share of a bin would lie if the draws were
        independent.

    Returns
    -------
    Picture
        ``table``: ``quantity``, ``chain``, ``bin`` (from 0), ``share`` of the draws of that
        chain, ``lower``, ``upper``.

    References
    ----------
    Vehtari et al. (2021), Bayesian Analysis 16(2), https://doi.org/10.1214/20-BA1221
    """
    quantities = chosen_quantities(fit, names, count)
    chains = quantities[0].draws.shape[0]
    parts = [_table(one, prob) for one in quantities]
    with drawing():
        axes = panels(ax, len(quantities), columns=3, width=3.0, height=1.9)
        for one, quantity, part in zip(axes, quantities, parts, strict=True):
            _panel(one, part)
            one.set_title(describe(quantity), fontsize="small")
        label_outside(
            axes,
            new=ax is None,
            x="rank among all draws / their number",
            y="share of draws",
            title=f"{heading('Ranks', names, len(quantities))} "
            f"(band: {percent(prob)} of independent draws)",
            handles=chain_legend(chains),
        )
    caption = (
        f"Histograms of the ranks of the draws of each of {chains} chains among all draws, for "
        f"{len(quantities)} quantities; with good mixing all are flat, and {percent(prob)} of the "
        "shares of independent draws would lie in the band (dependent ones scatter more)."
    )
    return Picture(
        axes[0].figure, state_interval(pd.concat(parts, ignore_index=True), prob), caption
    )


def _table(quantity: ScalarDraws, prob: float) -> pd.DataFrame:
    chains, draws = quantity.draws.shape
    total = chains * draws
    places = rankdata(quantity.draws.ravel()).reshape(chains, draws)
    bins = np.minimum(((places - 0.5) * _BINS / total).astype(int), _BINS - 1)
    counts = np.stack([np.bincount(row, minlength=_BINS) for row in bins])
    # of all draws as many as a bin holds are in it; how many of these are of one chain?
    sizes = np.diff(np.ceil(np.arange(_BINS + 1) * total / _BINS))
    lower, upper = (
        hypergeom.ppf(share, total, draws, sizes) / draws
        for share in ((1 - prob) / 2, (1 + prob) / 2)
    )
    return pd.DataFrame(
        {
            "quantity": quantity.label,
            "chain": np.repeat(np.arange(chains), _BINS),
            "bin": np.tile(np.arange(_BINS), chains),
            "share": (counts / draws).ravel(),
            "lower": np.tile(lower, chains),
            "upper": np.tile(upper, chains),
        }
    )


def _panel(ax: Axes, table: pd.DataFrame) -> None:
    edges = np.arange(_BINS + 1) / _BINS
    first = table[table["chain"] == 0]
    ax.stairs(
        first["upper"], edges, baseline=first["lower"], fill=True, color=MUTED, alpha=0.2,
        linewidth=0,
    )  # fmt: skip
    ax.axhline(1 / _BINS, color=MUTED, linewidth=0.8)
    chains = table["chain"].nunique()
    for (_, part), style in zip(table.groupby("chain"), chain_styles(chains), strict=True):
        ax.stairs(part["share"], edges, baseline=None, linewidth=1.2, **style)
    ax.set_ylim(bottom=0)
