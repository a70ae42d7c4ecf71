"""How each row pulls at its linear predictor, of the data and of data that the model makes."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.model.design import Design
from bayesmm.results.checks.residuals import predictive_probabilities
from bayesmm.results.prediction.response_mean import mean_slope
from bayesmm.special import ndtri

__all__ = ["Discrepancy", "RowScores", "ScoredRows", "rows_at", "some_draws"]

_EDGE = 1e-16  # of a quantile residual


@dataclass(frozen=True, slots=True, eq=False)
class ScoredRows:
    """Responses at some draws, arrays of shape (S, n_obs) or (1, n_obs)."""

    y: Array  # the responses, one set for all draws or one for each
    # derivative of the log density in eta, of mean 0 given the parameters: (y - E y) E' / Var y of
    # discrete responses, over the root of its mean variance; of counts of categories the root of
    # the sum of the squares of those of each; of others the normal quantile residual
    score: Array
    variance: Array  # variance of the score given the parameters, about one on average
    none: Array  # P(y = 0) given the parameters; zeros where the response is not a count


type Discrepancy = Callable[[ScoredRows], Array]  # contributions of units, shape (S, units)


@dataclass(frozen=True, slots=True, eq=False)
class RowScores:
    """Rows of the data, of replicates, and of data sets from the centre of the posterior."""

    # of the data, and of one replicated data set at each draw
    observed: ScoredRows
    replicated: ScoredRows
    # of data sets from the mean of the posterior, each at some of the draws
    central: tuple[ScoredRows, ...]

    @property
    def n_draws(self) -> int:
        """Draws that `learnt` is of."""
        return len(self.central[0].score)

    def learnt(self, discrepancy: Discrepancy) -> float:
        """Return Var(d | y) of data that the model makes.

        How far d varies over the posterior, for data from its mean. Data whose errors are not
        those that the posterior has seen add a part that is linear in them and independent
        between data sets, which the variance of the mean over R sets has 1 / R of.
        """
        totals = np.stack([discrepancy(rows).sum(axis=1) for rows in self.central])
        R = len(totals)
        of_mean, each = totals.mean(axis=0).var(ddof=1), totals.var(axis=1, ddof=1).mean()
        return max(0.0, float((R * of_mean - each) / (R - 1)))


def rows_at(
    design: Design,
    eta: Array,
    parameters: ResponseParameters,
    y: Array,
    uniforms: Array | None = None,
) -> ScoredRows:
    """Return the rows of responses `y` at linear predictors of shape (S, n_obs).

    `parameters` are those of the response there; `y`, shape (S, n_obs) or (1, n_obs), has an axis
    more where it is counts of categories; `uniforms` are the quantile residuals, where they are at
    hand.
    """
    family = design.family
    if design.category_counts is not None:
        return _rows_of_counts(family, parameters, y)
    if not family.repeats:
        u = predictive_probabilities(family, y, parameters)[0] if uniforms is None else uniforms
        z = ndtri(np.clip(u, _EDGE, 1 - _EDGE))
        one = np.ones((1, design.n_obs))
        return ScoredRows(y, z, one, np.zeros_like(one))
    mean = family.response_mean(parameters)
    slope = mean_slope(family, eta, parameters.auxiliary)
    if design.trials is not None:
        slope = slope * design.trials
    with np.errstate(all="ignore"):  # a mean at the edge of its range has no score
        weight = slope / family.variance(parameters)
        information = weight * slope
        usable = np.isfinite(information)
        unit = np.sqrt(np.mean(information, axis=1, where=usable, keepdims=True))
        weight = np.where(usable, weight / unit, 0.0)
        variance = np.where(usable, information / unit**2, 0.0)
    none = predictive_probabilities(family, np.zeros(design.n_obs), parameters)[1]
    return ScoredRows(y, weight * (y - mean), variance, none)


def _rows_of_counts(family: Family, parameters: ResponseParameters, y: Array) -> ScoredRows:
    """Return the rows of counts of categories, of shape (..., n_obs, K).

    With an effect of each row and category, of the same variance, the score of that variance is
    the sum over k of (n_k - n p_k)^2 - n p_k (1 - p_k).
    """
    share, total = family.probabilities(parameters), y.sum(axis=-1)
    mean = total[..., None] * share
    squares = ((y - mean) ** 2).sum(axis=-1)
    variance = (mean * (1.0 - share)).sum(axis=-1)
    unit = variance.mean(axis=-1, keepdims=True)
    return ScoredRows(total, np.sqrt(squares / unit), variance / unit, np.zeros((1, y.shape[-2])))


def some_draws(parameters: ResponseParameters, places: NDArray[np.int64]) -> ResponseParameters:
    """Return the parameters at some of the draws."""
    further = {name: np.asarray(value)[places] for name, value in parameters.auxiliary.items()}
    return replace(parameters, mu=parameters.mu[places], auxiliary=further)
