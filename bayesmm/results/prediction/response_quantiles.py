"""Quantiles of the response: median survival, where it is a time."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import UsageError
from bayesmm.family.record import Family
from bayesmm.family.within import RANGES, halved
from bayesmm.fit_record import FitRecord
from bayesmm.results.prediction.survival import has_survival
from bayesmm.wording import option

__all__ = ["check_shares", "response_quantile"]

_MEDIAN = (0.5,)
_DOUBLINGS = 200


def check_shares(fit: FitRecord, kind: str, shares: float | Sequence[float] | None) -> Array | None:
    """Return the shares of a prediction of quantiles, by default that of the median.

    Shares are between 0 and 1, and given only where they are wanted; a family without a
    distribution function is not supported.
    """
    if kind != "quantile":
        if shares is not None:
            raise UsageError(f"{option('shares')} is for {option('kind', 'quantile')} only.")
        return None
    has_survival(fit, "quantile")
    try:
        values = np.atleast_1d(np.asarray(_MEDIAN if shares is None else shares, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if values.ndim != 1 or not values.size or not ((values > 0) & (values < 1)).all():
        raise UsageError(
            f"{option('shares')} must be shares of responses, between 0 and 1; got {shares!r}. "
            "The median is that of 0.5."
        )
    return values


def response_quantile(
    family: Family, y: Array, above: Callable[[Array], Array], share: float, shape: tuple[int, ...]
) -> Array:
    """Return the smallest t with P(Y <= t) >= share, by halving an interval that holds it.

    `y` are responses, which say where to look first, and ``above(t)`` is P(Y > t), of values t of
    that shape. The result is NaN where there is no such distribution, and infinite where no number
    is large enough.
    """
    # P(Y <= lowest) may be above 0: of counts it is 0, of others the end of their range
    lowest = RANGES.get(family.response, (-np.inf, np.inf))[0] + float(family.discrete)
    span = float(np.ptp(y)) or abs(float(y[0])) or 1.0
    low = np.full(shape, lowest if np.isfinite(lowest) else float(y.min()))
    high = np.full(shape, float(y.max()))
    rest = 1.0 - share

    def too_small(t: Array) -> NDArray[np.bool_]:
        return above(np.floor(t) if family.discrete else t) > rest

    for power in range(_DOUBLINGS):
        small = too_small(high)
        large = np.zeros(shape, dtype=bool) if np.isfinite(lowest) else ~too_small(low)
        if not (small.any() or large.any()):
            break
        step = span * 2.0**power
        high, low = np.where(small, high + step, high), np.where(large, low - step, low)
    beyond = too_small(high)
    at_lowest = ~too_small(low)  # a value with a probability of its own
    low, high = halved(too_small, low, high, discrete=family.discrete)
    found = np.where(at_lowest, low, high)
    return np.where(np.isnan(above(found)), np.nan, np.where(beyond, np.inf, found))
