"""The survival of the data without a model: the steps of Kaplan and Meier, or of Turnbull."""

from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.within import BELOW_UPPER, BEYOND_LOWER, CENSORING, EXACT, TRUNCATION
from bayesmm.model.design import Design

__all__ = ["by_intervals", "kaplan_meier", "no_steps", "survival_steps", "turnbull"]


def no_steps(design: Design) -> str:
    """Return why the data of a design have no such steps; empty when they have."""
    if by_intervals(design) and TRUNCATION[0] in design.known:
        return "some responses are censored on the left or known by an interval, and truncated"
    if TRUNCATION[0] in design.known:
        forms = design.known[TRUNCATION[0]]
        if np.any((forms != EXACT) & (forms != BEYOND_LOWER)):
            return "responses are truncated above"
    return ""


def by_intervals(design: Design) -> bool:
    """Return whether some responses are censored on the left, or known by an interval."""
    if CENSORING[0] not in design.known:
        return False
    forms = design.known[CENSORING[0]]
    return bool(np.any((forms != EXACT) & (forms != BEYOND_LOWER)))


def survival_steps(design: Design, rows: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the estimate of P(Y > t) from some rows: Turnbull's where some are intervals."""
    return (turnbull if by_intervals(design) else kaplan_meier)(design, rows)


def kaplan_meier(design: Design, rows: NDArray[np.bool_]) -> pd.DataFrame:
    """Return the product-limit estimate of P(Y > t) from some rows of a design.

    S(t) = prod over responses t_j <= t of 1 - d_j / n_j, with d_j rows whose response is t_j, and
    n_j rows that were seen to be at least t_j and from before it; a row with a lower bound of
    truncation enters there. Weights count rows.

    `no_steps` is empty for the design, which is not known `by_intervals`; `rows` is a mask. Columns
    ``time``, first that where the steps begin, and ``survival`` from it on; ``at_risk``, n_j.

    References
    ----------
    Kaplan and Meier (1958), doi:10.1080/01621459.1958.10501452
    """
    n = int(np.count_nonzero(rows))
    observed, times = np.ones(n, dtype=bool), design.y[rows]
    if CENSORING[0] in design.known:
        form, lower, _ = (design.known[name][rows] for name in CENSORING)
        observed = form == EXACT
        times = np.where(observed, times, lower)
    entry = np.full(n, -np.inf)
    if TRUNCATION[0] in design.known:
        form, lower, _ = (design.known[name][rows] for name in TRUNCATION)
        entry = np.where(form == EXACT, -np.inf, lower)
    counts = np.ones(n) if design.weights is None else design.weights[rows]
    places = np.unique(times[observed])
    index = np.searchsorted(places, times[observed])
    events = np.bincount(index, counts[observed], minlength=len(places))
    # those that entered before, less those whose time was before, who had entered too
    at_risk = _before(entry, counts, places) - _before(times, counts, places)
    survival = np.cumprod(1.0 - events / at_risk) if len(places) else np.empty(0)
    start = max(0.0, entry.min()) if design.family.response != "real" else times.min()
    return pd.DataFrame(
        {
            "time": [start, *places],
            "survival": [1.0, *survival],
            "at_risk": [counts.sum(), *at_risk],
        }
    )


def _before(values: NDArray, counts: NDArray, places: NDArray) -> NDArray:
    """Return of how many rows the value is less than each place."""
    order = np.argsort(values, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(counts[order])])
    return total[np.searchsorted(values[order], places, side="left")]


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
