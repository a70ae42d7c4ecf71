"""Test statistics of the data against their predictive distribution."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from bayesmm.data_columns import beside
from bayesmm.errors import refuse_unknown
from bayesmm.fit_record import FitRecord
from bayesmm.plots.labels import axis_label
from bayesmm.plots.marks import percent
from bayesmm.plots.outside import label_outside
from bayesmm.plots.picture import Picture
from bayesmm.plots.ppc_panels import Groups, about
from bayesmm.plots.style import COLOURS, drawing, panels
from bayesmm.plots.tick_names import name_ticks
from bayesmm.results.checks.ppc_statistics import response_statistics, statistics_of
from bayesmm.results.checks.record import exceedance
from bayesmm.results.tables.moments import interval_label, state_interval

__all__ = ["statistics", "statistics_by"]

_BINS = 30


def statistics(
    fit: FitRecord, y_rep: NDArray, names: Sequence[str], prob: float, ax: Axes | None
) -> Picture:
    """Draw histograms of T(y_rep) with T(y); see `bayesmm.plots.ppc.ppc`."""
    known = statistics_of(fit.design)
    _check(names, known)
    parts = []
    with drawing():
        axes = panels(ax, len(names), width=4.6 if len(names) == 1 else 3.2)
        for one, name in zip(axes, names, strict=True):
            replicated, observed = known[name](y_rep), float(known[name](fit.design.observed))
            parts.append(_histogram(one, name, replicated, observed, prob))
        label_outside(
            axes,
            new=ax is None,
            y="share of replicates",
            title=f"Test statistic{'s' * (len(names) > 1)}: data (line) and replicates, "
            f"{percent(prob)} interval below",
        )
    caption = (
        f"Predictive distribution of {', '.join(names)} of the response in "
        f"{about(fit, len(y_rep))} (bars; the line below them is its {interval_label(prob)[:-1]}), "
        "and the value in the data (line). p = P(T(y_rep) > T(y)) + P(T(y_rep) = T(y)) / 2."
    )
    table = state_interval(pd.concat(parts, ignore_index=True), prob)
    return Picture(axes[0].figure, table, caption)


def _histogram(
    ax: Axes, name: str, replicated: NDArray, observed: float, prob: float
) -> pd.DataFrame:
    edges = np.histogram_bin_edges(replicated, bins=_edges(replicated))
    share = np.histogram(replicated, edges)[0] / len(replicated)
    p = exceedance(replicated, observed)
    lower, upper = np.quantile(replicated, [(1 - prob) / 2, (1 + prob) / 2])
    ax.bar(
        edges[:-1], share, width=np.diff(edges), align="edge", color=COLOURS["posterior"],
        alpha=0.45, linewidth=0,
    )  # fmt: skip
    below = -0.04 * share.max()
    ax.hlines([below], [lower], [upper], color=COLOURS["posterior"], linewidth=2.5)
    ax.axvline(observed, color=COLOURS["data"], linewidth=1.8)
    ax.set_title(f"{name}, p = {p:.3f}")
    ax.set_ylim(2 * below, None)
    return pd.DataFrame(
        {
            "statistic": name,
            "from": edges[:-1],
            "to": edges[1:],
            "share": share,
            "observed": observed,
            "lower": lower,
            "upper": upper,
            "p_value": p,
        }
    )


def _edges(values: NDArray) -> int | NDArray:
    """Return bins between whole numbers, where there are few of these, else their number."""
    if np.all(values == np.round(values)) and np.ptp(values) < _BINS:
        return np.arange(values.min() - 0.5, values.max() + 1)
    return _BINS


def statistics_by(
    fit: FitRecord,
    y_rep: NDArray,
    names: Sequence[str],
    prob: float,
    ax: Axes | None,
    groups: Groups,
) -> Picture:
    """Draw T(y) over intervals of T(y_rep) for each level; see `bayesmm.plots.ppc.ppc`."""
    name, levels, codes = groups
    trials = fit.design.trials
    kind = fit.design.family.response
    _check(names, response_statistics(kind, trials, fit.design.categories))
    rows = []
    for index, level in enumerate(levels):
        part = codes == index
        known = response_statistics(
            kind, None if trials is None else trials[part], fit.design.categories
        )
        for one in names:
            if one == "sd" and part.sum() < 2:
                continue  # one row has none
            replicated = known[one](y_rep[:, part])
            observed = float(known[one](fit.design.observed[part]))
            lower, upper = np.quantile(replicated, [(1 - prob) / 2, (1 + prob) / 2])
            rows.append(
                (one, level, int(part.sum()), observed, replicated.mean(), lower, upper,
                 exceedance(replicated, observed))
            )  # fmt: skip
    columns = ["statistic", "level", "rows", "observed", "mean", "lower", "upper", "p_value"]
    table = pd.DataFrame(rows, columns=columns)
    with drawing():
        height = max(2.2, 0.19 * len(levels) + 0.6)
        axes = panels(ax, len(names), width=5.0 if len(names) == 1 else 3.4, height=height)
        for one, statistic in zip(axes, names, strict=True):
            _levels(one, table[table["statistic"] == statistic], statistic)
        label_outside(
            axes,
            new=ax is None,
            x=axis_label(fit, fit.design.response) if set(names) <= {"mean", "min", "max"} else "",
            y=name,
            title=f"Data (points) and {percent(prob)} predictive intervals, by {name}",
        )
    caption = (
        f"{', '.join(names)} of the response for each {name}: the data (points) over "
        f"{interval_label(prob)} of {about(fit, len(y_rep))}."
    )
    table = beside(table[["level"]].rename(columns={"level": name}), table.drop(columns="level"))
    return Picture(axes[0].figure, state_interval(table, prob), caption)


def _levels(ax: Axes, table: pd.DataFrame, statistic: str) -> None:
    place = np.arange(len(table))[::-1]
    ax.hlines(place, table["lower"], table["upper"], color=COLOURS["posterior"], linewidth=2.2)
    ax.plot(table["observed"], place, "o", color=COLOURS["data"], markersize=4)
    name_ticks(ax.yaxis, place, table["level"], 8)
    ax.set_ylim(-0.7, len(table) - 0.3)
    ax.grid(visible=False, axis="y")
    ax.set_title(statistic)


def _check(names: Sequence[str], known: dict) -> None:
    for name in names:
        refuse_unknown(name, known, f"There is no statistic '{name}' here.", "Statistics")
