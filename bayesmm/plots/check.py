"""All checks of a fit as one figure."""

from matplotlib.axes import Axes

from bayesmm.fit_record import FitRecord
from bayesmm.plots.check_panels import PANELS
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, INK, drawing, panels
from bayesmm.results.checks.check import CheckPanel
from bayesmm.results.checks.check import check as check_of
from bayesmm.results.checks.record import FINE, LOOK, NOTE, PROBLEM

__all__ = ["check"]

_COLOUR_OF = {
    FINE: COLOURS["complete"],
    NOTE: INK,
    LOOK: "#9a6700",
    PROBLEM: "#b3261e",
}


def check(
    fit: FitRecord, ax: Axes | None = None, panel: CheckPanel | None = None, seed: int = 0
) -> Picture:
    """Draw the numbers behind every check of the fit, each under its verdict.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per finding.
    panel : CheckPanel, optional
        What ``fit.check()`` returned, when it is at hand.
    seed : int
        Seed of replicated data and of randomised residuals.

    Returns
    -------
    Picture
        ``table``: the table of verdicts; the numbers drawn are in ``fit.check().tables``.
    """
    panel = check_of(fit, seed) if panel is None else panel
    rows = list(panel.table.itertuples())
    with drawing():
        axes = panels(ax, len(rows), columns=3, width=3.6, height=2.9)
        for one, row in zip(axes, rows, strict=True):
            PANELS[row.check](one, panel.tables[row.check, row.about], row.about, fit)
            words = f"{row.verdict}: {row.check} ({row.about})"
            one.set_title(words, color=_COLOUR_OF[row.verdict], fontsize=9)
        if ax is None:
            label_outside(axes, new=True, title=f"Checks of {fit.formula}: {panel.verdict}")
    return Picture(axes[0].figure, panel.table, _caption(panel))


def _caption(panel: CheckPanel) -> str:
    seen = panel.table[panel.table["verdict"] != FINE]
    text = f"{len(panel.table)} checks of the model, {len(panel.table) - len(seen)} fine."
    for row in seen.itertuples():
        text += f" {row.verdict}: {row.check} ({row.about}): {row.words}"
    return f"{text} Dashed lines: where a verdict begins; hollow points: rough."
