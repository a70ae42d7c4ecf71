"""Coefficients of groups with their intervals, against the size of the groups."""

from matplotlib.axes import Axes

from bayesmm.errors import refuse_unknown
from bayesmm.fit_record import FitRecord
from bayesmm.model.names import effect_labels
from bayesmm.plots.group_choice import block_of
from bayesmm.plots.labels import coefficient_label
from bayesmm.plots.marks import draw_intervals, percent
from bayesmm.plots.picture import Picture
from bayesmm.plots.point_names import name_points
from bayesmm.plots.sizes import number_size_axis, places_by_size
from bayesmm.plots.style import COLOURS, MUTED, drawing, single
from bayesmm.results.tables.coef import coef
from bayesmm.results.tables.fixef import fixef
from bayesmm.results.tables.moments import PROB

__all__ = ["intercepts_by_size"]

_PALE = 200  # of more groups marks are small
_NAMED = 30  # groups with names; more would overlap


def intercepts_by_size(
    fit: FitRecord,
    ax: Axes | None = None,
    factor: str | None = None,
    term: str | None = None,
    prob: float = PROB,
) -> Picture:
    """Draw the coefficient beta + u_j of each group against its number of rows n_j.

    Parameters
    ----------
    fit : Fit
        A fitted model with group effects.
    ax : Axes, optional
        Where to draw.
    factor : str, optional
        Grouping factor; default: the first with slopes, else the first.
    term : str, optional
        Effect that varies between the groups; default the first, mostly the intercept.
    prob : float
        Probability of the equal-tailed intervals.

    Returns
    -------
    Picture
        ``table``: the rows of `Fit.coef` of this factor and term, with ``x``, the place on the
        axis of sizes: ``n_obs``, but groups of one size stand beside each other.

    Raises
    ------
    UsageError
        For an unknown factor or term.
    """
    block = block_of(fit.design, factor)
    terms = [e for b in fit.design.blocks if b.factor == block.factor for e in effect_labels(b)]
    term = terms[0] if term is None else term
    refuse_unknown(
        term, terms, f"'{term}' does not vary between the groups of '{block.factor}'.", "Effects"
    )
    table = coef(fit, prob)
    table = table[(table["grp"] == block.factor) & (table["term"] == term)].reset_index(drop=True)
    table["x"] = places_by_size(table["n_obs"], table["mean"])
    with drawing():
        own = single(ax, 6.4, 4.2)
        common = fixef(fit, prob)
        common = common[common["term"] == term]
        for row in common.itertuples():
            own.axhspan(row.lower, row.upper, color=MUTED, alpha=0.18, linewidth=0)
            own.axhline(row.mean, color=MUTED, linewidth=1.0)
        few = len(table) <= _PALE
        draw_intervals(
            own, table["x"], table, COLOURS["posterior"], inner=None, upright=True,
            size=4.0 if few else 2.0, weight=1.0 if few else 0.5,
        )  # fmt: skip
        x = number_size_axis(own, table["n_obs"])
        own.set(xlabel=f"{x}, {block.factor}", ylabel=coefficient_label(fit, term))
        own.set_title(f"{term} of each {block.factor} by size, {percent(prob)} intervals")
        if len(table) <= _NAMED:
            name_points(
                own,
                table["x"],
                table["upper"],
                table["level"],
                size=6.5,
                marks=(table["x"], table["mean"]),
            )
    mean = " The grey band is that of the common effect." if len(common) else ""
    caption = (
        f"Posterior mean and {percent(prob)} equal-tailed interval of the coefficient {term} of "
        f"each of the {len(table):,} groups of {block.factor}, against its number of rows.{mean}"
    )
    return Picture(own.figure, table, caption)
