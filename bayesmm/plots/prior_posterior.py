"""Prior and posterior of every parameter."""

from collections.abc import Sequence

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Patch

from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import coefficient_label
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.prior_density import PriorAndPosterior, priors_and_posteriors
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.results.marginal.grid import names_of

__all__ = ["prior_posterior"]

_PAD = 16  # points between panel and title, where the prior stands


def prior_posterior(
    fit: FitRecord, ax: Axes | None = None, names: str | Sequence[str] | None = None
) -> Picture:
    """Draw the prior and the posterior density of every parameter on its own scale.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per parameter.
    names : str or sequence of str, optional
        Parameters, as in `bayesmm.results.tables.hypothesis` (``"sd(Subject: Days)"``) or as in
        ``fit.priors``; default: all.

    Returns
    -------
    Picture
        ``table``: ``parameter``, ``prior``, ``of`` (``"prior"`` or ``"posterior"``), ``x``,
        ``density``; a flat prior has no density and no rows.

    Notes
    -----
    Both densities integrate to 1. Of a wide prior only what is near the posterior is shown. The
    prior of the intercept is at the mean of the predictors, and so is the posterior beside it.
    """
    chosen = priors_and_posteriors(fit, names_of(names))
    with drawing():
        axes = panels(ax, len(chosen), columns=4, width=2.5, height=2.0)
        parts = []
        for one, parameter in zip(axes, chosen, strict=True):
            part = parameter.table()
            _panel(one, part, parameter)
            parts.append(part.assign(parameter=parameter.name, prior=str(parameter.prior)))
        label_outside(
            axes,
            new=ax is None,
            title="Prior and posterior densities",
            handles=(
                Patch(color=COLOURS["prior"], alpha=0.5, label="prior"),
                Patch(color=COLOURS["posterior"], alpha=0.5, label="posterior"),
            ),
        )
        for one, parameter in zip(axes, chosen, strict=True):
            note = f"\n{parameter.note}" if parameter.note else ""
            one.set_xlabel(f"{_unit(fit, parameter)}{note}".strip(), fontsize=8)
    table = pd.concat(parts, ignore_index=True)[["parameter", "prior", "of", "x", "density"]]
    notes = [f"{one.name} {one.note}" for one in chosen if one.note]
    caption = (
        "Prior (orange) and posterior (blue) density of each parameter; both have area 1, and of "
        "a wide prior only what is near the posterior is shown."
    )
    if notes:
        caption += f" {'; '.join(notes)}."
    return Picture(axes[0].figure, table, caption)


def _panel(ax: Axes, table: pd.DataFrame, parameter: PriorAndPosterior) -> None:
    for which in ("prior", "posterior"):
        part = table[table["of"] == which]
        ax.fill_between(
            part["x"], 0, part["density"], color=COLOURS[which], alpha=0.35, linewidth=0
        )
        ax.plot(part["x"], part["density"], color=COLOURS[which], linewidth=1.3)
    prior = str(parameter.prior) + ("" if parameter.proper else ", improper")
    ax.set_title(parameter.name, fontsize="small", pad=_PAD)
    ax.text(
        0.0, 1.02, prior, transform=ax.transAxes, fontsize=7.5,
        color=MUTED, va="bottom",
    )  # fmt: skip
    ax.set_ylim(bottom=0)
    ax.set_yticks([])


def _unit(fit: FitRecord, parameter: PriorAndPosterior) -> str:
    if not parameter.term:
        return ""
    return coefficient_label(fit, parameter.term).removeprefix(parameter.term).strip()
