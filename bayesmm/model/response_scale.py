"""Level and spread of the response: what priors, starts and pilots are scaled by."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.row_sums import (
    column_sd,
    deviations,
    less_offset,
    shares_of,
    total,
    weighted_deviations,
    weighted_mean,
)
from bayesmm.model.row_sums import mean as row_mean
from bayesmm.model.rows_in_files import RowsInFiles

__all__ = [
    "ResponseScale",
    "level_at",
    "level_residuals",
    "mean_response",
    "precision_unit",
    "residual_spread",
    "response_scale",
]

_HALVINGS = 60  # of an interval in which the level lies, to the last digit
# Mean of the response on the links whose linear predictor has a scale in units of the response.
_MEANS: Mapping[str, Callable[[Array], Array]] = {
    "identity": lambda eta: eta,
    "log": np.exp,
    "inverse": np.reciprocal,
}


@dataclass(frozen=True, slots=True)
class ResponseScale:
    """What the response alone says of the linear predictor; the offset is taken out of it."""

    level: float  # middle of the linear predictor without the offset
    scale: float
    # spread of the response about its level, in the units of sigma: of a row of weight 1
    residual: float


def response_scale(design: Design) -> ResponseScale:
    """Return level and spread of the response of a model.

    The level b solves mean(g^-1(b + offset)) = mean(y) on the identity, log and inverse links, so
    that of counts with an exposure it is the log rate; on the others it is 0 less the mean of the
    offset. The scale is the sd of y less the offset (identity), the sd of y by the delta method
    (inverse: sd / mean^2), and 1 on the other links.
    The predictors take no part, so that moving the zero of a predictor moves no prior.
    """
    design = _readable(design)
    link = design.family.link
    mean = _mean(mean_response(design), _row_counts(design))
    level = level_at(design, mean)
    # an offset that is the response less a constant leaves nothing: then of unit order
    n_rows = design.every_row.n_obs
    sd = _sd(level_residuals(design, level), _row_counts(design), n_rows) or 1.0
    scale = sd if link == "identity" else 1.0
    if link == "inverse" and mean:
        scale = _sd(mean_response(design), _row_counts(design), n_rows) / mean**2
    return ResponseScale(level, scale, sd * precision_unit(design))


def mean_response(design: Design) -> Array:
    """Return what mu is the level of: y, the proportion of successes, the logarithm of y."""
    y, trials = design.y, design.trials
    return design.family.location(y if trials is None else shares_of(y, trials))


def precision_unit(design: Design) -> float:
    """Return sigma for one unit of the spread of y: 1 unless weights are precisions.

    The root of the ratio of the weighted to the plain sum of squares about the (weighted) mean:
    weights times c make it sqrt(c) times as large.
    """
    if design.weights is None or not design.family.precision_weights:
        return 1.0
    residuals = level_residuals(design, level_at(design, row_mean(mean_response(design))))
    plain = deviations(residuals)
    weighted = weighted_deviations(residuals, design.weights)
    if plain > 0.0 and weighted > 0.0:
        return float(np.sqrt(weighted / plain))
    return float(np.sqrt(row_mean(design.weights)))


def _row_counts(design: Design) -> Array | None:
    """Return how many rows each row stands for, where that is what the weights are."""
    return None if design.family.precision_weights else design.weights


def level_at(design: Design, mean: float) -> float:
    """Return the middle of the linear predictor, less the offset, at a mean of the response."""
    design = _readable(design)
    link, counts = design.family.link, _row_counts(design)
    if isinstance(design.mu.offset, RowsInFiles):
        return mean - row_mean(design.mu.offset)
    offset = np.zeros(1) if design.mu.offset is None else design.mu.offset
    shares = np.ones(offset.size) if counts is None or design.mu.offset is None else counts
    shares = shares / shares.sum()
    if link == "log" and mean > 0.0:
        most = offset.max()
        return float(np.log(mean) - most - np.log(shares @ np.exp(offset - most)))
    if link == "inverse" and mean != 0.0:
        return _inverse_level(offset, shares, mean)
    return (mean if link == "identity" else 0.0) - float(offset @ shares)


def _inverse_level(offset: Array, shares: Array, mean: float) -> float:
    """Return b with sum_i shares_i / (b + offset_i) = mean, all summands of its sign.

    With b = exp(t) - least offset the sum falls from above the mean, where the row of the least
    offset alone gives it, to below it, where every row would have to have that offset.
    """
    sign = np.sign(mean)
    least = float((sign * offset).min())
    above = sign * offset - least
    size, edge = abs(mean), float(shares[above == 0.0].sum())

    low, high = np.log(edge / size), -np.log(size)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if shares @ (1.0 / (np.exp(middle) + above)) > size:
            low = middle
        else:
            high = middle
    return float(sign * (np.exp(0.5 * (low + high)) - least))


def level_residuals(design: Design, level: float) -> Array:
    """Return y less what an offset makes of its mean: that is no spread of the response.

    Without an offset, and on links whose scale is not that of y, this is y.
    """
    design = _readable(design)
    y = mean_response(design)
    if design.mu.offset is None or design.family.link not in _MEANS:
        return y
    if isinstance(y, RowsInFiles):
        return less_offset(y, design.mu.offset)
    with np.errstate(over="ignore", divide="ignore"):
        mean = _MEANS[design.family.link](level + design.mu.offset)
    possible = np.isfinite(mean).all() and (design.family.on_real_line or (mean > 0).all())
    return y - mean if possible else y


def residual_spread(design: Design) -> float:
    """Return the spread of y less what an offset makes of it, 1 for none: where chains start."""
    design = _readable(design)
    counts = None if design.mu.offset is None else design.repeats
    residuals = level_residuals(design, level_at(design, _mean(mean_response(design), counts)))
    if counts is None:
        return column_sd(residuals) or 1.0
    return math.sqrt(weighted_deviations(residuals, counts) / counts.sum()) or 1.0


def _readable(design: Design) -> Design:
    """Return the distinct rows, with their counts, of discrete responses in files with an offset.

    What an offset makes of the mean of a row is no sum, but the distinct rows say all of it.
    """
    offset = design.mu.offset
    of_rows = isinstance(offset, RowsInFiles) and not design.family.linear
    return design.condensed() if of_rows else design


def _mean(values: Array, counts: Array | None) -> float:
    return row_mean(values) if counts is None else weighted_mean(values, counts)


def _sd(values: Array, counts: Array | None, n_rows: int) -> float:
    """Return the sd, with n - 1 below the sum of squares of n rows."""
    if counts is None:
        return column_sd(values, ddof=1)
    variance = weighted_deviations(values, counts) / total(counts)
    return float(np.sqrt(variance * n_rows / (n_rows - 1)))
