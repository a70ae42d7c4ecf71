"""The probability that a response is above given values: survival, where it is a time."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from bayesmm.arrays import Array
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

__all__ = ["check_times", "has_survival", "survival_function"]

_MOST_TIMES = 1000
# What is predicted at times, in words.
_OF_TIMES = {
    "survival": "the probability of responses above some values",
    "restricted_mean": "the mean time up to a limit",
}


def check_times(fit: FitRecord, kind: str, times: float | Sequence[float] | None) -> Array | None:
    """Return the times of a prediction of survival; None of any other.

    Times are given only where they are wanted. A family without a distribution function, or whose
    restricted mean is that of no times, is not supported.
    """
    if kind not in _OF_TIMES:
        if times is not None:
            kinds = " and ".join(option("kind", one) for one in _OF_TIMES)
            raise UsageError(f"{option('times')} is for {kinds} only.")
        return None
    family = has_survival(fit, kind.replace("_", " "))
    if kind == "restricted_mean" and family.response != "positive":
        raise UnsupportedModelError(
            f"A response of the {family.name} family has no restricted mean, which is that of "
            "times from 0 on."
        )
    if times is None:
        raise UsageError(
            f"{option('kind', kind)} is {_OF_TIMES[kind]}; say which with {option('times', ...)}."
        )
    try:
        values = np.atleast_1d(np.asarray(times, dtype=np.float64))
    except (TypeError, ValueError):
        values = np.array([np.nan])
    if values.ndim != 1 or not values.size or not np.isfinite(values).all():
        raise UsageError(f"{option('times')} must be a number or several, got {times!r}.")
    if family.response in ("positive", "count") and (values < 0).any():
        raise UsageError(f"{option('times')} must not be negative, got {values.min():g}.")
    if kind == "restricted_mean" and (values <= 0).any():
        raise UsageError(f"{option('times')} must be above 0, got {values.min():g}.")
    if values.size > _MOST_TIMES:
        raise UsageError(f"{option('times')} are {values.size:,}; the most is {_MOST_TIMES:,}.")
    return values


def has_survival(fit: FitRecord, what: str) -> Family:
    """Return the family of a fit, whose responses are above some values with a probability.

    A family without a distribution function, and responses that are no measure, are not supported.
    """
    family = fit.design.family
    measured = family.response not in ("binary", "binomial", "proportion")
    if family.below is None or family.categories or not measured:
        instead = option("kind", "probability")
        raise UnsupportedModelError(
            f"A response of the {family.name} family has no {what}. It is that of "
            "times, and of other responses that are counted or measured."
            + (f" Take {instead}, of each category." if family.categories else "")
        )
    return family


def survival_function(
    fit: FitRecord,
    parameters: Parameters,
    rows: EncodedRows,
    part: slice,
    eta: Array,
    effects: GroupEffects | None,
    variance: Array | None,
) -> Callable[[Array], Array]:
    """Return the function t -> P(Y > t) of the rows of a part, of values with the shape of eta.

    Of the variable itself, whatever could be seen of it; where `variance` is that of group effects
    it is the average over them.

    Not supported where it would have to be averaged over group effects on several parameters.
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
    weights = None if rows.weights is None or variance is not None else rows.weights[part]

    def above(eta: Array, times: Array, *own: Array) -> Array:
        return _above(family, times, eta, dict(zip(further, own, strict=True)), weights)

    def at(times: Array) -> Array:
        if variance is None:
            return above(eta, times, *further.values())
        return normal_average(above, eta, variance, times, *further.values())

    return at


def _above(
    family: Family, times: Array, eta: Array, further: Mapping[str, Array], weights: Array | None
) -> Array:
    every = np.zeros(times.shape, dtype=bool)
    if family.response == "positive":  # one of 0 is not above 0
        every = times < 0 if 0.0 in family.atoms else times <= 0
    # an impossible mean is NaN there
    with np.errstate(all="ignore"):
        mu = LINKS[family.link].inverse(eta)
        rows = ResponseParameters(mu, further, weights=weights)
        return np.where(every, 1.0, 1.0 - family.below(np.where(every, 1.0, times), rows))
