"""The probability that a response is above given values: survival, where it is a time."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import UnsupportedModelError, UsageError
from bayesmm.family.bounded import unbounded
from bayesmm.family.links import LINKS
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.fit_record import FitRecord
from bayesmm.model.encoding import EncodedRows
from bayesmm.model.predictor import MEAN
from bayesmm.results.prediction.further_parameters import further_predictors, in_rows
from bayesmm.results.prediction.parameters import Parameters
from bayesmm.results.prediction.population import normal_average
from bayesmm.results.prediction.predictor import GroupEffects
from bayesmm.wording import option

__all__ = ["check_times", "repeated_rows", "survival_of_rows"]

type Array = NDArray[np.float64]

_MOST_TIMES = 1000


def check_times(fit: FitRecord, kind: str, times: float | Sequence[float] | None) -> Array | None:
    """Return the times of a prediction of survival; None of any other.

    Raises
    ------
    UsageError
        When times are wanted and not given, given and not wanted, or no numbers.
    UnsupportedModelError
        For a family without a distribution function.
    """
    if kind != "survival":
        if times is not None:
            raise UsageError(f"{option('times')} is for {option('kind', 'survival')} only.")
        return None
    family = fit.design.family
    if family.below is None or family.response in ("binary", "binomial", "proportion"):
        raise UnsupportedModelError(
            f"A response of the {family.name} family has no survival. It is that of "
            "times, and of other responses that are counted or measured."
        )
    if times is None:
        raise UsageError(
            f"{option('kind', 'survival')} is the probability of responses above some values; say "
            f"which with {option('times', ...)}."
        )
    try:
        values = np.atleast_1d(np.asarray(times, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise UsageError(f"{option('times')} must be a number or several, got {times!r}.")
    if family.response in ("positive", "count") and (values < 0).any():
        raise UsageError(f"{option('times')} must not be negative, got {values.min():g}.")
    if values.size > _MOST_TIMES:
        raise UsageError(f"{option('times')} are {values.size:,}; the most is {_MOST_TIMES:,}.")
    return values


def repeated_rows(frame: pd.DataFrame, times: Array) -> tuple[pd.DataFrame, Array]:
    """Return each row once for every time, and the time of each."""
    rows = np.repeat(np.arange(len(frame)), len(times))
    return frame.iloc[rows].reset_index(drop=True), np.tile(times, len(frame))


def survival_of_rows(
    fit: FitRecord,
    parameters: Parameters,
    rows: EncodedRows,
    part: slice,
    eta: Array,
    effects: GroupEffects | None,
    variance: Array | None,
    times: Array,
) -> Array:
    """Return P(Y > t) of the rows of a part, shape (chain, draw, rows of the part times times).

    Of the variable itself, whatever could be seen of it; where `variance` is that of group effects
    it is the average over them.

    Raises
    ------
    UnsupportedModelError
        Where it would have to be averaged over group effects on several parameters.
    """
    design = fit.design
    family = unbounded(design.family)
    grouped = [p.parameter for p in design.predictors[1:] if p.grouped]
    if variance is not None and grouped:
        raise UnsupportedModelError(
            f"The survival of a population of groups would be one over group effects on {MEAN} "
            f"and {grouped[0]} together. Use {option('who', 'typical group')} or "
            f"{option('who', 'new group')}."
        )
    etas = {MEAN: eta} | further_predictors(parameters, rows, part, effects)
    further = in_rows(design, parameters, etas)
    weights = None if rows.weights is None else rows.weights[part]
    found = np.empty((*eta.shape, len(times)))
    for place, time in enumerate(times):

        def above(eta: Array, *own: Array, time: float = time) -> Array:
            values = dict(zip(further, own, strict=True))
            return _above(family, time, eta, values, weights if variance is None else None)

        if variance is None:
            found[..., place] = above(eta, *further.values())
        else:
            found[..., place] = normal_average(above, eta, variance, *further.values())
    return found.reshape(*eta.shape[:-1], -1)


def _above(
    family: Family, time: float, eta: Array, further: Mapping[str, Array], weights: Array | None
) -> Array:
    if time <= 0 and family.response == "positive":
        return np.ones(eta.shape)
    # an impossible mean is NaN there
    with np.errstate(all="ignore"):
        mu = LINKS[family.link].inverse(eta)
        rows = ResponseParameters(mu, further, weights=weights)
        return 1.0 - family.below(np.full(eta.shape, time), rows)
