"""Residuals: over fitted values, against normal quantiles, and by group."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import axis_label, response_label
from bayesmm.plots.marks import draw_intervals, percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.point_names import name_points
from bayesmm.plots.residual_tables import bin_means, group_boxes, residual_quantiles
from bayesmm.plots.row_groups import row_groups
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.plots.tick_names import name_ticks, room_of_names
from bayesmm.results.checks.residuals import residuals as residuals_of
from bayesmm.results.checks.row_places import places_of_rows
from bayesmm.results.marginal.measures import InfiniteMeanError
from bayesmm.results.tables.moments import PROB
from bayesmm.wording import refuse_other

__all__ = ["draw_quantiles", "residuals"]

KINDS = ("raw", "pearson", "quantile")
_LABELLED = 45  # levels with names; more would overlap
_NAMED = 3  # rows farthest out


def residuals(
    fit: FitRecord,
    ax: Axes | None = None,
    kind: str | None = None,
    by: str | None = None,
    prob: float = PROB,
    seed: int = 0,
) -> Picture:
    """Draw residuals over fitted values, their normal quantiles with an envelope, and by group.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw, one per panel.
    kind : {"raw", "pearson", "quantile"}, optional
        Residuals of the first and last panel, see `bayesmm.results.checks.residuals.residuals`;
        default raw for gaussian and 0/1 responses, else quantile.
    by : str, optional
        Grouping factor or column of the last panel; default the first factor of the model. A
        model without group effects has that panel only if a column is named.
    prob : float
        Probability of the normal intervals of bin means, drawn over the residuals.
    seed : int
        Seed of randomised residuals and of replicated data.

    Returns
    -------
    Picture
        ``table``: column ``panel`` (``rows``, ``bins``, ``QQ``, ``groups``), then ``x``, ``y``,
        ``lower``, ``upper``, ``inner_lower``, ``inner_upper``, ``label`` and ``rows``, as far as
        the panel has them.

    Notes
    -----
    The quantile panel is left out for 0/1 responses, whose quantile residuals are uniform by
    construction; there the bins of the first panel tell what can be told, and rows are placed by
    the fitted values of the typical group, see `bayesmm.results.checks.row_places`.
    """
    kind = _kind(fit, kind)
    binary = fit.design.family.response == "binary"
    scale = response_label(fit) if binary else axis_label(fit, fit.design.response)
    name = f"residual, {scale}" if kind == "raw" else f"{kind} residual"
    found = residuals_of(fit, seed)
    by = next(iter(fit.design.factors), None) if by is None else by
    place, whose = found["fitted"].to_numpy(), ""
    if (infinite := ~np.isfinite(place)).any():
        raise InfiniteMeanError(
            f"The mean response of {infinite.sum():,} rows is infinite in some draws; residuals "
            "are drawn over it. fit.residuals() has quantile residuals, which need no mean."
        )
    if binary:
        place, whose = places_of_rows(fit, place)
    elif fit.design.trials is not None:
        place = place / fit.design.trials
    fitted = pd.Series(place, found.index)
    rows = pd.DataFrame({"x": fitted, "y": found[kind], "label": found["row"].astype(str)})
    parts = {"rows": rows, "bins": bin_means(fitted, found[kind], prob)}
    quantiles = not binary
    if quantiles:
        parts["QQ"] = residual_quantiles(fit, seed)
    if by is not None:
        levels, codes = row_groups(fit, by)
        boxes = group_boxes(found[kind].to_numpy(), levels, codes)
        parts["groups"] = boxes.assign(x=np.arange(len(boxes)))
    with drawing():
        count = 1 + quantiles + (by is not None)
        axes = panels(ax, count, width=3.4 + _room(parts) / count, height=3.2)
        remaining = iter(axes)
        _over_fitted(next(remaining), parts["rows"], parts["bins"], prob)
        if quantiles:
            draw_quantiles(next(remaining), parts["QQ"])
        if by is not None:
            _by_group(next(remaining), parts["groups"], by, name)
        if ax is None:
            label_outside(axes, new=True, title=_title(fit))
        of = f", {whose}" if whose else ""
        axes[0].set(xlabel=f"fitted {response_label(fit)}{of}", ylabel=name)
    table = pd.concat(
        [part.assign(panel=panel) for panel, part in parts.items()], ignore_index=True
    )
    table = table[["panel", *(column for column in table if column != "panel")]]
    caption = _caption(fit, kind, by, prob, whose, quantiles=quantiles)
    return Picture(axes[0].figure, table, caption)


def draw_quantiles(ax: Axes, table: pd.DataFrame) -> None:
    """Draw ordered quantile residuals over normal quantiles, with the envelope of replicates."""
    ax.fill_between(
        table["x"], table["lower"], table["upper"], color=COLOURS["posterior"], alpha=0.2,
        linewidth=0,
    )  # fmt: skip
    ends = table["x"].iloc[[0, -1]]
    ax.plot(ends, ends, color=MUTED, linewidth=0.8)
    ax.plot(table["x"], table["y"], "o", color=COLOURS["data"], markersize=2.2)
    ax.set(xlabel="normal quantile", ylabel="quantile residual")
    ax.set_title("normal QQ, 95 % envelope")


def _title(fit: FitRecord) -> str:
    given = ", given the effects of the groups" if fit.design.blocks else ""
    return f"Residuals of {response_label(fit)}{given}"


def _room(parts: Mapping[str, pd.DataFrame]) -> float:
    """Return the room for names of groups beyond that of short ones [inch]."""
    names = parts["groups"]["label"] if "groups" in parts else ()
    return max(0.0, room_of_names(names, 8.0) - 0.6) if len(names) <= _LABELLED else 0.0


def _kind(fit: FitRecord, kind: str | None) -> str:
    family = fit.design.family
    if kind is None:
        plain = family.normal and fit.design.weights is None
        return "raw" if plain or family.response == "binary" else "quantile"
    refuse_other("kind", kind, KINDS)
    return kind


def _over_fitted(ax: Axes, rows: pd.DataFrame, bins: pd.DataFrame, prob: float) -> None:
    alpha = float(np.clip(6.0 / np.sqrt(len(rows)), 0.15, 0.6))
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    ax.scatter(rows["x"], rows["y"], s=9, color=COLOURS["data"], alpha=alpha, linewidths=0)
    ax.vlines(bins["x"], bins["lower"], bins["upper"], color=COLOURS["posterior"], linewidth=1.4)
    ax.plot(bins["x"], bins["y"], "-o", color=COLOURS["posterior"], markersize=4, linewidth=1.0)
    far = rows.loc[rows["y"].abs().nlargest(_NAMED).index]
    name_points(ax, far["x"], far["y"], list(far["label"]), size=7)
    ax.set_title(f"bins: mean, {percent(prob)} interval")


def _by_group(ax: Axes, boxes: pd.DataFrame, by: str, name: str) -> None:
    ax.axvline(0.0, color=MUTED, linewidth=0.8)
    place = boxes["x"].to_numpy()[::-1]
    weight = min(1.0, _LABELLED / len(boxes)) ** 1.5
    draw_intervals(
        ax, place, boxes, COLOURS["posterior"], point="y", size=3.5 * weight, weight=weight
    )
    if len(boxes) <= _LABELLED:
        size = 8 if len(boxes) <= _LABELLED / 3 else 5.5
        name_ticks(ax.yaxis, place, boxes["label"], size)
    else:
        ax.set_yticks([])
        far = boxes["y"].abs().nlargest(_NAMED).index
        name_points(ax, boxes.loc[far, "y"], place[far], list(boxes.loc[far, "label"]), size=7)
    ax.set_ylim(-0.8, len(boxes) - 0.2)
    ax.grid(visible=False, axis="y")
    ax.set(xlabel=name, ylabel=by)
    ax.set_title("median, quartiles, all")


def _caption(
    fit: FitRecord, kind: str, by: str | None, prob: float, whose: str, *, quantiles: bool
) -> str:
    groups = ", given the effects of their groups" if fit.design.blocks else ""
    of = f" of the {whose}" if whose else ""
    text = (
        f"{kind.capitalize()} residuals of {fit.formula}{groups}: over fitted values{of}, with "
        f"means of bins and their normal {percent(prob)} intervals; the rows farthest out are named"
    )
    if quantiles:
        text += (
            "; ordered quantile residuals over normal quantiles with the 95 % envelope of "
            "replicated data"
        )
    if by is not None:
        text += f"; median, quartiles and range of each {by}"
    text += "."
    if not quantiles:
        text += " Quantile residuals of a 0/1 response are uniform whatever the model."
    return text
