"""Observed and replicated responses as the numbers of pictures."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.plots.density_estimate import bandwidth, density_estimate

__all__ = ["density_table", "proportion_table", "rootogram_table"]

BOUNDS = {"real": (-np.inf, np.inf), "proportion": (0.0, 1.0)}
_SINGLE = 50  # counts that each have a bar
_FIRST = 10  # counts with a bar each, when there are more than that
_GROWTH = 1.2


def density_table(y: Array, y_rep: Array, kind: str, lines: int) -> pd.DataFrame:
    """Return the density of the data and of some replicates, spread evenly, equally smooth.

    `kind` is ``Family.response``: positive responses end at 0, proportions at 0 and 1. Columns
    ``of`` (``"data"`` or ``"replicate"``), ``replicate`` (index of it, -1 for the data; there are
    as many as `lines`), ``x``, ``density``.
    """
    lower, upper = BOUNDS.get(kind, (0.0, np.inf))
    chosen = np.arange(min(lines, len(y_rep))) * len(y_rep) // min(lines, len(y_rep))
    width = bandwidth(y) or None  # equal data have none: then each replicate has its own
    parts = []
    for index, values in [*((int(s), y_rep[s]) for s in chosen), (-1, y)]:
        x, density = density_estimate(values, lower, upper, width)
        source = "data" if index < 0 else "replicate"
        parts.append(pd.DataFrame({"of": source, "replicate": index, "x": x, "density": density}))
    return pd.concat(parts, ignore_index=True)


def rootogram_table(y: Array, y_rep: Array, largest: float, prob: float) -> pd.DataFrame:
    """Return observed and replicated frequencies of counts, bin by bin.

    A bin per count up to 50; with larger counts one each up to 9 and then bins that widen by a
    fifth. The last bin holds what is above all data.

    `largest` is the largest count of all rows, where these are some of them. Columns ``first``,
    ``last`` (counts of the bin, the last is infinite), ``observed`` rows, ``expected`` = mean of
    the replicates, ``lower`` and ``upper`` of them, the ends of the equal-tailed predictive
    interval.
    """
    starts = np.array(_bin_starts(int(largest)))
    bins = len(starts)

    def frequencies(values: Array) -> Array:
        return np.bincount(np.searchsorted(starts, values, side="right") - 1, minlength=bins)

    replicated = np.stack([frequencies(one) for one in y_rep])
    lower, upper = np.quantile(replicated, [(1 - prob) / 2, (1 + prob) / 2], axis=0)
    return pd.DataFrame(
        {
            "first": starts,
            "last": [*(starts[1:] - 1.0), np.inf],
            "observed": frequencies(y),
            "expected": replicated.mean(axis=0),
            "lower": lower,
            "upper": upper,
        }
    )


def _bin_starts(largest: int) -> list[int]:
    if largest <= _SINGLE:
        return list(range(largest + 2))
    starts = list(range(_FIRST + 1))
    while starts[-1] <= largest:
        starts.append(int(np.ceil(starts[-1] * _GROWTH)))
    return starts


def proportion_table(
    y: Array, y_rep: Array, trials: Array, groups: NDArray[np.int64], prob: float
) -> pd.DataFrame:
    """Return the observed and replicated proportion of successes of groups of rows.

    One row per group: ``rows``, ``trials``, ``observed``, and ``mean``, ``lower``, ``upper`` of the
    replicates, shape (S, n), with an equal-tailed predictive interval. `groups` is the index of the
    group of each row.
    """
    order = np.argsort(groups, kind="stable")
    sizes = np.bincount(groups)
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    total = np.add.reduceat(trials[order], starts)
    observed = np.add.reduceat(y[order], starts) / total
    replicated = np.add.reduceat(y_rep[:, order], starts, axis=1) / total
    lower, upper = np.quantile(replicated, [(1 - prob) / 2, (1 + prob) / 2], axis=0)
    return pd.DataFrame(
        {
            "rows": sizes,
            "trials": total,
            "observed": observed,
            "mean": replicated.mean(axis=0),
            "lower": lower,
            "upper": upper,
        }
    )
