"""The survival of interval-censored data without a model: Turnbull's estimate."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.within import BELOW_UPPER, BEYOND_LOWER, CENSORING, EXACT
from bayesmm.model.design import Design

__all__ = ["turnbull"]

# Steps of the EM algorithm, in sweeps over the data, and the change at which they end.
_MOST_STEPS, _LEAST_CHANGE = 20_000, 1e-10


def turnbull(design: Design, rows: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the estimate of P(Y > t) from rows that are known by intervals (lower, upper].

    The maximum of the likelihood over all distributions has probability p_j in innermost intervals
    alone, those between a lower and the next upper bound; it is found by self-consistency, p_j =
    mean over rows of the share of what is possible of the row that is in j. Where in an innermost
    interval the probability is, the data do not say. Weights count rows.

    The design has censored responses that are not truncated, and `rows` is a mask. Columns
    ``time``, ``survival``: two rows for each innermost interval, its ends with the survival before
    and after it, equal ends for responses that were observed; first the start.

    References
    ----------
    Turnbull (1976), doi:10.1111/j.2517-6161.1976.tb01597.x
    """
    form, lower, upper = (design.known[name][rows] for name in CENSORING)
    exact, y = form == EXACT, design.y[rows]
    lower = np.where(exact, y, np.where(form == BELOW_UPPER, -np.inf, lower))
    upper = np.where(exact, y, np.where(form == BEYOND_LOWER, np.inf, upper))
    counts = np.ones(len(y)) if design.weights is None else design.weights[rows]
    left, right, closed = _innermost(lower, upper, exact)
    possible = (left >= lower[:, None]) & (right <= upper[:, None])
    # an observed response is a point of its own, not above a lower bound at the same number
    possible &= ~(closed & ~exact[:, None] & (left == lower[:, None]))
    shares = _self_consistent(possible.astype(np.float64), counts)
    after = np.maximum(1.0 - np.cumsum(shares), 0.0)
    before = np.concatenate([[1.0], after[:-1]])
    finite = np.isfinite(right)
    least = min(float(left[np.isfinite(left)].min(initial=np.inf)), float(y.min()))
    start = 0.0 if design.family.response != "real" else least
    ends = np.stack([np.where(np.isfinite(left), left, start), right], axis=1)[finite]
    levels = np.stack([before, after], axis=1)[finite]
    return pd.DataFrame({"time": [start, *ends.ravel()], "survival": [1.0, *levels.ravel()]})


def _innermost(
    lower: Array, upper: Array, exact: NDArray[np.bool_]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """Return the ends of the innermost intervals, and which are single points."""
    # at the same number: an upper end of (a, b] or of a point closes before (b, c] opens, and a
    # point opens before it closes
    opens = [(value, 0 if point else 2, 0) for value, point in zip(lower, exact, strict=True)]
    closes = [(value, 1, 1) for value in upper]
    ends = sorted(set(opens) | set(closes))
    pairs = [
        (first[0], second[0], first[1] == 0)
        for first, second in pairwise(ends)
        if first[2] == 0 and second[2] == 1
    ]
    left, right, closed = (np.array(v) for v in zip(*pairs, strict=True))
    return left, right, closed


def _self_consistent(possible: Array, counts: Array) -> Array:
    """Return the probabilities that are the mean of what rows expect given them."""
    shares = np.full(possible.shape[1], 1.0 / possible.shape[1])
    weights = counts / counts.sum()
    for _ in range(_MOST_STEPS):
        found = shares * ((weights / (possible @ shares)) @ possible)
        change = np.abs(found - shares).max()
        shares = found
        if change < _LEAST_CHANGE:
            break
    return shares
