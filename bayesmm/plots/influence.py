"""Rows and groups without which the posterior would be another."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from bayesmm.errors import UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.plots.marks import name_points
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, MUTED, drawing, panels
from bayesmm.results.checks.group_influence import group_shifts
from bayesmm.results.comparison.loo import leave_one_out

__all__ = ["draw_distances", "draw_pareto", "influence"]

_NAMED = 3
_LABELLED = 25  # levels with names below the axis; more would overlap
_NOTED = 0.5  # as in the check
_GOOD_K = 0.7


def influence(fit: FitRecord, ax: Axes | None = None, term: str | None = None) -> Picture:
    """Draw the Pareto k of leaving out each row, and what leaving out each group would change.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    ax : Axes or sequence of Axes, optional
        Where to draw: the rows, then one panel per grouping factor.
    term : str, optional
        A common effect: its shift without each group, in posterior sds, in place of the
        distance D of all common effects, the counterpart of Cook's.

    Returns
    -------
    Picture
        ``table``: ``panel`` (``rows`` or the factor), ``label`` (position of the row in the
        data, or level), ``place``, ``k``, and for groups ``distance`` and ``shift`` of `term`.

    References
    ----------
    Vehtari, Gelman and Gabry (2017), doi:10.1007/s11222-016-9696-4; Cook (1977),
    doi:10.1080/00401706.1977.10489493
    """
    terms = fit.design.mu.terms
    if term is not None and term not in terms:
        raise UsageError(
            f"'{term}' is no common effect. {suggestion(term, terms, label='Common effects')}"
        )
    loo = leave_one_out(fit)
    units = loo.units[["unit", "k"]].rename(columns={"unit": "label"})
    parts = {"rows": units.assign(place=units["label"])}
    # what leaving out a group changes is not known where further parameters vary
    if terms and not fit.design.varying:
        for factor in fit.design.factors:
            found = group_shifts(fit, factor).rename(columns={"level": "label"})
            columns = ["label", "distance", "k"]
            parts[factor] = found[columns].assign(place=np.arange(len(found)))
            if term is not None:
                parts[factor] = parts[factor].assign(shift=found[term])
    with drawing():
        axes = panels(ax, len(parts), width=4.4, height=3.0)
        for one, (panel, part) in zip(axes, parts.items(), strict=True):
            if panel == "rows":
                draw_pareto(one, part, loo.good_k)
            elif term is None:
                draw_distances(one, part, panel)
            else:
                _draw_shifts(one, part, panel, term)
        if ax is None:
            label_outside(axes, new=True, title="Influence: what leaving out would change")
        axes[0].set(xlabel="row of the data", ylabel="Pareto k")
    table = pd.concat(
        [
            part.assign(panel=panel, label=part["label"].astype(str))
            for panel, part in parts.items()
        ],
        ignore_index=True,
    )
    first = ["panel", "label", "place"]
    table = table[[*first, *(column for column in table if column not in first)]]
    return Picture(axes[0].figure, table, _caption(fit, list(parts), term, loo.good_k))


def draw_pareto(ax: Axes, table: pd.DataFrame, good_k: float = _GOOD_K) -> None:
    """Draw the Pareto k of each row at its place, with the limit of what is trusted."""
    place = table["place"].to_numpy()
    k = table["k"].to_numpy()
    large = ~(k <= good_k)
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    ax.axhline(good_k, color=COLOURS["ml"], linewidth=1.0, linestyle="--")
    size = float(np.clip(60 / np.sqrt(len(table)), 2.0, 5.0))
    ax.plot(place[~large], k[~large], "o", color=COLOURS["posterior"], markersize=size, alpha=0.7)
    ax.plot(place[large], k[large], "o", color=COLOURS["ml"], markersize=size + 1)
    ax.set(xlabel="row of the data", ylabel="Pareto k")
    ax.set_title(f"rows: {large.sum()} with k > {good_k:.2g}")
    _name_largest(ax, place, k, table["label"])


def draw_distances(ax: Axes, table: pd.DataFrame, factor: str) -> None:
    """Draw the distance D of each group; hollow where importance sampling is rough."""
    distance = table["distance"].to_numpy()
    _stems(ax, table, distance, factor)
    # a limit far above would flatten what there is
    if np.nanmax(distance) > _NOTED / 3:
        ax.axhline(_NOTED, color=COLOURS["ml"], linewidth=1.0, linestyle="--")
    ax.set_ylim(bottom=0)
    ax.set(ylabel="distance D of the common effects")
    ax.set_title(f"{factor}: D, noted above {_NOTED}")
    _name_largest(ax, np.arange(len(table)), distance, table["label"])


def _draw_shifts(ax: Axes, table: pd.DataFrame, factor: str, term: str) -> None:
    shift = table["shift"].to_numpy()
    ax.axhline(0.0, color=MUTED, linewidth=0.8)
    _stems(ax, table, shift, factor)
    ax.set(ylabel=f"shift of {term} / its posterior sd")
    ax.set_title(f"{factor}: shift of {term}")
    largest = np.argsort(-np.abs(shift))[:_NAMED]
    name_points(ax, largest, shift[largest], list(table["label"].iloc[largest]))


def _stems(ax: Axes, table: pd.DataFrame, values: np.ndarray, factor: str) -> None:
    place = np.arange(len(table))
    ax.vlines(place, 0.0, values, color=COLOURS["posterior"], linewidth=1.0)
    rough = ~(table["k"].to_numpy() <= _GOOD_K)
    ax.plot(place[~rough], values[~rough], "o", color=COLOURS["posterior"], markersize=4)
    ax.plot(
        place[rough], values[rough], "o", color=COLOURS["posterior"], markerfacecolor="white",
        markersize=4,
    )  # fmt: skip
    if len(table) <= _LABELLED:
        ax.set_xticks(place, table["label"].astype(str), rotation=90, fontsize=7)
    else:
        ax.set_xticks([])
    ax.set_xlabel(factor)
    ax.grid(visible=False, axis="x")


def _name_largest(ax: Axes, place: np.ndarray, values: np.ndarray, labels: pd.Series) -> None:
    largest = np.argsort(-np.nan_to_num(values, nan=np.inf))[:_NAMED]
    largest = largest[np.isfinite(values[largest])]
    ax.set_ylim(top=max(ax.get_ylim()[1], 1.12 * np.nanmax(values)))  # room for the names
    name_points(ax, place[largest], values[largest], list(labels.iloc[largest]))


def _caption(fit: FitRecord, parts: list[str], term: str | None, good_k: float) -> str:
    text = (
        "Pareto k of leaving out each row: above the dashed line, "
        f"{good_k:.2g}, the posterior without that row would be much another"
    )
    if len(parts) > 1:
        what = (
            f"the shift of {term} in posterior sds"
            if term is not None
            else "the distance D by which the common effects would move, as Cook's: look above "
            "0.5, a problem above 1"
        )
        text += f". For each level of {' and '.join(parts[1:])} left out {what}; hollow where k > "
        text += "0.7, so that it is rough"
    return f"{text}. The largest are named."
