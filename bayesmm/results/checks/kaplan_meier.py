"""The survival of the data without a model: the steps of Kaplan and Meier, or of Turnbull."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.family.within import (
    BEYOND_LOWER,
    CENSORING,
    EXACT,
    TRUNCATION,
)
from bayesmm.model.design import Design
from bayesmm.results.checks.turnbull import turnbull

__all__ = ["by_intervals", "kaplan_meier", "no_steps", "survival_steps"]


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
