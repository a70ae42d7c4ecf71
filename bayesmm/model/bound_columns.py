"""Known columns of the rows for bounds: their form, and numbers in the place of what is missing."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.record import Family
from bayesmm.family.response_rows import Known
from bayesmm.family.within import BELOW_UPPER, BETWEEN, BEYOND_LOWER, EXACT, RANGES

__all__ = ["bound_columns", "bounds_of", "range_of", "without_idle_ends"]


def range_of(family: Family, trials: Array | None) -> tuple[float, float | Array]:
    """Return below what and up to what responses can be: as `RANGES`, successes up to trials."""
    lowest, highest = RANGES.get(family.response, (-np.inf, np.inf))
    return lowest, highest if trials is None else trials


def without_idle_ends(
    lower: Array, upper: Array, family: Family, trials: Array | None
) -> tuple[Array, Array]:
    """Return bounds, infinite where every response is on that side; no response is -inf, inf."""
    lowest, highest = range_of(family, trials)
    # a response of 0 is not above 0 where it has a probability of its own
    every = lower < lowest if lowest in family.atoms else lower <= lowest
    none = (upper < lowest) if lowest in family.atoms else (upper <= lowest)
    none |= lower >= highest
    return (
        np.where(none, np.inf, np.where(every, -np.inf, lower)),
        np.where(none, -np.inf, np.where(upper >= highest, np.inf, upper)),
    )


def bound_columns(
    names: tuple[str, ...],
    free: NDArray[np.bool_],
    lower: Array,
    upper: Array,
    y: Array,
    highest: float | Array,
) -> dict[str, Array]:
    """Return the form and the bounds, where there is none a number in its place."""
    form = np.where(np.isfinite(lower), np.where(np.isfinite(upper), BETWEEN, BEYOND_LOWER), 0.0)
    form = np.where(np.isinf(lower) & np.isfinite(upper), BELOW_UPPER, form)
    form = np.where(free, EXACT, form)
    has_lower = (form == BEYOND_LOWER) | (form == BETWEEN)
    has_upper = (form == BELOW_UPPER) | (form == BETWEEN)
    end = np.where(has_upper, upper, y)
    # in the place of a bound a number below the other one, of positive numbers a positive one
    less = np.where(end > 0, end / 2.0, 1.5 * end - 1.0)
    low = np.where(has_lower, lower, np.where(has_upper, less, y))
    more = np.where(np.isinf(highest), low + np.abs(low) + 1.0, 0.5 * (low + highest))
    high = np.where(has_upper, upper, more)
    return dict(zip(names, (form, low, high), strict=True))


def bounds_of(known: Known, names: tuple[str, ...], n: int) -> tuple[Array, Array]:
    """Return the bounds of a window, infinite where there are none."""
    if names[0] not in known:
        return np.full(n, -np.inf), np.full(n, np.inf)
    form, lower, upper = (known[name] for name in names)
    return (
        np.where((form == BEYOND_LOWER) | (form == BETWEEN), lower, -np.inf),
        np.where((form == BELOW_UPPER) | (form == BETWEEN), upper, np.inf),
    )
