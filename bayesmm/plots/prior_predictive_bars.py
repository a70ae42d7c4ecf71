"""Responses that the priors expect, as shares in bins: numbers, a table, then ink."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import MaxNLocator

from bayesmm.arrays import Array
from bayesmm.plots.outside import legend_below
from bayesmm.plots.picture import Picture
from bayesmm.plots.style import COLOURS, drawing, single
from bayesmm.results.tables.moments import state_interval
from bayesmm.studies.prior_predictive import PriorPredictiveRecord

__all__ = ["prior_bars", "prior_proportions"]

_BINS = 20  # of the observed range; as many again on either side
_BESIDE = 10
_BOUNDS = {"count": (0.0, np.inf), "positive": (0.0, np.inf), "proportion": (0.0, 1.0)}


def prior_proportions(found: PriorPredictiveRecord, ax: Axes | None) -> Picture:
    """Draw the probabilities of the rows, and the proportions that the data sets end in."""
    total = found.design.n_obs if found.design.trials is None else found.design.trials.sum()
    observed = float(found.design.y.sum() / total)
    known = found.yrep[~np.isnan(found.yrep).any(axis=1)]
    edges = np.linspace(0.0, 1.0, _BINS + 1)
    table = pd.DataFrame(
        {
            "first": edges[:-1],
            "last": edges[1:],
            "rows": np.histogram(found.mean, edges)[0] / found.mean.size,
            "data_sets": np.histogram(known.sum(axis=1) / total, edges)[0] / max(1, len(known)),
        }
    )
    new = ax is None
    with drawing():
        ax = single(ax)
        ax.bar(edges[:-1], table["rows"], np.diff(edges), align="edge", color=_colour(found),
               alpha=0.5, label="rows by their probability")  # fmt: skip
        ax.stairs(table["data_sets"], edges, color=_colour(found),
                  label="data sets by their proportion")  # fmt: skip
        ax.axvline(observed, color=COLOURS["data"], label="observed proportion")
        ax.set(xlabel="probability, proportion of successes", ylabel="share", title=_title(found))
        legend_below(ax, new=new)
    caption = (
        f"Probabilities of success in the rows of {len(known):,} data sets that the priors expect "
        f"(bars), proportions of successes of these data sets (outline), and the proportion "
        f"observed, {observed:.3g} (line). {_caption(found)}"
    )
    return Picture(ax.figure, table, caption)


def prior_bars(found: PriorPredictiveRecord, ax: Axes | None, prob: float) -> Picture:
    """Draw the shares of rows by their response, observed and replicated."""
    table = _table(found, prob)
    places, step = _places(table)
    inner = np.isfinite((table["last"] - table["first"]).to_numpy())
    ends = [(places[k], word) for k, word in ((0, "below"), (-1, "above")) if not inner[k]]
    outside = float(table.loc[~inner, "median"].sum())
    new = ax is None
    with drawing():
        ax = single(ax)
        ax.bar(places, table["median"], 0.9 * step, color=_colour(found), alpha=0.5,
               label="expected, median of data sets")  # fmt: skip
        ax.vlines(places, table["lower"], table["upper"], color=_colour(found),
                  label=f"{100 * prob:.6g} % of data sets")  # fmt: skip
        ax.plot(places, table["observed"], "o", color=COLOURS["data"], markersize=3,
                label="observed")  # fmt: skip
        counted = found.design.category_counts is not None
        ax.set(
            xlabel=found.design.response,
            ylabel="share of all counted" if counted else "share of rows",
            title=_title(found),
        )
        shown = MaxNLocator(5, integer=found.design.family.discrete).tick_values(
            *places[inner][[0, -1]]
        )
        near = 4 * step * ~inner  # the word of an end has its place
        shown = shown[(shown >= places[0] + near[0]) & (shown <= places[-1] - near[-1])]
        ax.set_xticks([*shown, *(place for place, _ in ends)])
        ax.set_xticklabels([*(f"{tick:.6g}" for tick in shown), *(word for _, word in ends)])
        legend_below(ax, new=new)
    caption = (
        f"Shares of rows by their {found.design.response}, observed (dots) and in data sets that "
        f"the priors expect (bars: medians; lines: {100 * prob:.6g} % of the data sets). At the "
        f"ends is all that is beyond the drawn range, {outside:.0%} of the rows. {_caption(found)}"
    )
    return Picture(ax.figure, table, caption)


def _table(found: PriorPredictiveRecord, prob: float) -> pd.DataFrame:
    edges = _edges(found)
    known = found.yrep[~np.isnan(found.yrep.reshape(len(found.yrep), -1)).any(axis=1)]
    tails = [0.5, (1 - prob) / 2, (1 + prob) / 2]
    shares = np.stack([_shares(edges, y) for y in known]) if len(known) else None
    of_replicates = (
        np.full((3, len(edges) - 1), np.nan)
        if shares is None
        else np.quantile(shares, tails, axis=0)
    )
    numbers = dict(zip(("median", "lower", "upper"), of_replicates, strict=True))
    table = pd.DataFrame(
        {
            "first": edges[:-1],
            "last": edges[1:],
            "observed": _shares(edges, found.design.observed),
            **numbers,
        }
    )
    return state_interval(table, prob)


def _edges(found: PriorPredictiveRecord) -> Array:
    """Return the edges of bins: about the observed range, and two that hold the rest."""
    if found.design.categories:
        return np.arange(len(found.design.categories) + 1) + 0.5
    low, high = found.observed_range
    kind = found.design.family.response
    width = high - low or abs(high) or 1.0
    step = width / _BINS
    if kind == "count":
        step = max(1.0, np.ceil(step))
        low, high = low - 0.5, high + 0.5  # a whole number is in the middle of its bin
    least, most = _BOUNDS.get(kind, (-np.inf, np.inf))
    n_inner = int(np.ceil((high - low) / step - 1e-9))
    inner = low + step * np.arange(-_BESIDE, n_inner + _BESIDE + 1)
    margin = 0.5 if kind == "count" else 0.0
    inside = inner[(inner > least - margin - step / 2) & (inner < most + step / 2)]
    below = [-np.inf] if least == -np.inf else []
    return np.array([*below, *inside, *([np.inf] if most == np.inf else [])])


def _places(table: pd.DataFrame) -> tuple[Array, float]:
    """Return where each bin is drawn and how wide it is; those without end beside the others."""
    first, last = table["first"].to_numpy(), table["last"].to_numpy()
    step = float(np.min(last - first))
    places = np.where(np.isfinite(first), first + step / 2, last - 1.5 * step)
    places[~np.isfinite(last)] += step
    return places, step


def _shares(edges: Array, y: Array) -> Array:
    """Return the share of responses in each bin; of counts, shape (n, K), that of each category."""
    if y.ndim > 1:
        return y.sum(axis=0) / y.sum()
    places = np.clip(np.searchsorted(edges, y, side="right") - 1, 0, len(edges) - 2)
    return np.bincount(places, minlength=len(edges) - 1) / len(y)


def _colour(found: PriorPredictiveRecord) -> str:
    return COLOURS["absurd" if found.absurd else "prior"]


def _title(found: PriorPredictiveRecord) -> str:
    return "What the priors expect" + ": ABSURD" * found.absurd


def _caption(found: PriorPredictiveRecord) -> str:
    return " ".join(f"Absurd: {one.what}" for one in found.absurdities) or "Nothing absurd."
