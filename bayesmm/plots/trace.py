"""Traces of the chains."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from bayesmm.fit_record import FitRecord
from bayesmm.plots.chains import chain_legend, chain_styles, chosen_quantities, describe, heading
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import INK, drawing, panels

__all__ = ["trace"]


def trace(
    fit: FitRecord,
    ax: Axes | None = None,
    names: str | Sequence[str] | None = None,
    count: int = 6,
) -> Picture:
    """Draw the draws of each chain in their order, and mark divergences.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per quantity.
    names : str or sequence of str, optional
        Quantities as in ``fit.diagnostics``: ``"Days"``, ``"Days|Subject[308]"``,
        ``"Days|Subject_sigma"``; default: those that mix least by R-hat and effective sample
        size.
    count : int
        How many of these.

    Returns
    -------
    Picture
        ``table``: ``quantity``, ``chain``, ``draw``, ``value``, ``diverging``.
    """
    quantities = chosen_quantities(fit, names, count)
    diverging = _divergences(fit)
    chains = diverging.shape[0]
    with drawing():
        axes = panels(ax, len(quantities), columns=2, width=4.2, height=1.7)
        for one, quantity in zip(axes, quantities, strict=True):
            _panel(one, quantity.draws, diverging)
            one.set_title(describe(quantity), fontsize="small")
        handles = chain_legend(chains)
        if diverging.any():
            handles.append(Line2D([], [], color=INK, marker="|", linestyle="", label="divergence"))
        label_outside(
            axes,
            new=ax is None,
            x="draw after tuning",
            title=heading("Traces", names, len(quantities)),
            handles=handles,
        )
    caption = (
        f"Draws of {len(quantities)} quantities in {chains} chains"
        f"{'' if names is not None else ', the worst by R-hat and effective sample size'}"
        f"; {int(diverging.sum())} divergent transitions"
        f"{' are marked below' if diverging.any() else ''}. Chains that mix lie over each other "
        "without trend."
    )
    return Picture(axes[0].figure, _table(quantities, diverging), caption)


def _divergences(fit: FitRecord) -> NDArray[np.bool_]:
    statistics = fit.own_draws["sample_stats"].dataset
    sizes = fit.own_draws["posterior"].sizes
    if "diverging" not in statistics:
        return np.zeros((sizes["chain"], sizes["draw"]), dtype=bool)
    return statistics["diverging"].values.astype(bool)


def _panel(ax: Axes, draws: NDArray[np.float64], diverging: NDArray[np.bool_]) -> None:
    place = np.arange(draws.shape[1])
    for values, style in zip(draws, chain_styles(len(draws)), strict=True):
        ax.plot(place, values, linewidth=0.6, alpha=0.75, **style)
    where = np.flatnonzero(diverging.any(axis=0))
    if len(where):
        low, high = ax.get_ylim()
        bottom = low - 0.06 * (high - low)
        ax.plot(where, np.full(len(where), bottom), "|", color=INK, markersize=6)
    ax.margins(x=0.01)


def _table(quantities: list, diverging: NDArray[np.bool_]) -> pd.DataFrame:
    chains, draws = diverging.shape
    return pd.DataFrame(
        {
            "quantity": np.repeat([one.label for one in quantities], chains * draws),
            "chain": np.tile(np.repeat(np.arange(chains), draws), len(quantities)),
            "draw": np.tile(np.arange(draws), chains * len(quantities)),
            "value": np.concatenate([one.draws.ravel() for one in quantities]),
            "diverging": np.tile(diverging.ravel(), len(quantities)),
        }
    )
