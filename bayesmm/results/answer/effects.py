"""The effect of a predictor that is asked about, in the numbers that people use of its response."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.cells import told_apart
from bayesmm.data_columns import apart
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import label_of, read_numbers
from bayesmm.results.answer.focus import Focus
from bayesmm.results.marginal.avg_comparisons import avg_comparisons
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.marginal.units import PURE, response_name, units_of
from bayesmm.results.prediction.prediction_rows import used_rows
from bayesmm.results.prediction.response_mean import mean_is_inverse_link
from bayesmm.results.tables.coefficient_ratios import ratio_words
from bayesmm.results.tables.moments import moments

__all__ = [
    "FocalEffect",
    "Quantity",
    "averaged_effects",
    "effects_of",
    "is_linear",
    "mean_difference",
    "quantity_of",
    "too_many_rows",
]

_MOST_CELLS = 8  # of what the predictor interacts with; more are averaged over
_MOST_VALUES = 20_000_000  # rows times draws whose mean response is averaged: some seconds


@dataclass(frozen=True, slots=True)
class Quantity:
    """What is compared, and how."""

    name: str  # of the comparison: ``"difference"``, ``"odds ratio"``
    of: str  # what is compared: ``"mean of Reaction"``, ``"odds of am = 1"``
    scale: str  # ``scale=`` of the comparison that is made
    is_ratio: bool = False
    exponentiated: bool = False  # whether it is exp of a difference of linear predictors
    unit: str = ""  # of a difference, where the data say it


@dataclass(frozen=True, slots=True, eq=False)
class FocalEffect:
    """One comparison: the values of the predictor, where, and the numbers."""

    predictor: str
    # the two levels; of a number both are empty, and `step` says how far its rows are apart
    high: str
    low: str
    step: float
    where: tuple[tuple[str, str], ...]  # values of what the predictor interacts with
    whom: str  # whose: ``"typical group"``, ``"population"``; empty for a model without groups
    quantity: Quantity
    estimate: float  # posterior mean of a difference, median of a ratio
    # posterior sd, and the equal-tailed interval
    sd: float
    lower: float
    upper: float
    probability: float  # that the difference is above 0, or the ratio above 1
    ml: float  # the maximum-likelihood (REML) estimate; NaN without one
    draws: Array  # (chain, draw): of the difference, or of the logarithm of the ratio

    @property
    def null(self) -> float:
        """The value that says that nothing differs."""
        return 1.0 if self.quantity.is_ratio else 0.0

    @property
    def direction(self) -> int:
        """1 or -1 where the whole interval lies above or below `null`, else 0."""
        return int(self.lower > self.null) - int(self.upper < self.null)


def quantity_of(fit: FitRecord) -> Quantity:
    """Return what is compared in words: a ratio where the link has one that people use.

    With the identity link a difference of means; with the logit and log links the odds ratio, the
    rate ratio or their like, which is the same for every group and row; where zeros are added to
    counts or taken away the ratio of the means with them; else a difference of means or
    probabilities.
    """
    family, name = fit.design.family, response_name(fit)
    if not mean_is_inverse_link(family) and family.response == "count":
        return Quantity("rate ratio", f"mean of {name}", "rate ratio", is_ratio=True)
    try:
        ratio, level = ratio_words(family)
    except UsageError:
        return mean_difference(fit)
    level = {"rate": "mean"}.get(level, level)
    return Quantity(ratio, f"{level} of {name}", "link", is_ratio=True, exponentiated=True)


def mean_difference(fit: FitRecord) -> Quantity:
    """Return the difference of means or probabilities, in the unit of the response."""
    of, response = response_name(fit), fit.design.family.response
    unit = units_of(fit).get(of, PURE)
    what = "probability" if response in ("binary", "binomial") else "mean"
    return Quantity("difference", f"{what} of {of}", "response", unit="" if unit == PURE else unit)


def is_linear(fit: FitRecord) -> bool:
    """Return whether the mean response is the linear predictor."""
    return fit.design.family.link == "identity" and mean_is_inverse_link(fit.design.family)


def effects_of(fit: FitRecord, focus: Focus, prob: float) -> list[FocalEffect]:
    """Return the effect of a predictor, and that within the values of what it interacts with.

    Averaged over the rows of the fit; a ratio for the typical group, whose effects are 0, a
    difference for the population of the groups.
    """
    quantity = quantity_of(fit)
    whom = "typical group" if quantity.is_ratio else "population"
    whom = whom if fit.design.blocks else ""
    found = []
    if focus.factors or focus.numbers:
        found += _compared(fit, focus, quantity, prob, (None, (), whom), within=False)
    if not focus.numbers and not _within(fit, focus) and found:
        return found
    for frame, where in _frames(fit, focus):
        found += _compared(fit, focus, quantity, prob, (frame, where, whom))
    return found


def averaged_effects(fit: FitRecord, focus: Focus, prob: float) -> list[FocalEffect]:
    """Return the effect on the mean response, over the rows and the population of the groups.

    Empty where `effects_of` says that already, and where it would take long (`too_many_rows`).
    """
    if not quantity_of(fit).is_ratio or too_many_rows(fit):
        return []
    whom = "population" if fit.design.blocks else ""
    return _compared(fit, focus, mean_difference(fit), prob, (None, (), whom), within=False)


def too_many_rows(fit: FitRecord) -> bool:
    """Return whether the mean response of all rows takes longer than a first answer may."""
    sizes = fit.own_draws["posterior"].sizes
    return fit.design.n_obs * sizes["chain"] * sizes["draw"] > _MOST_VALUES


def _frames(
    fit: FitRecord, focus: Focus
) -> Iterator[tuple[pd.DataFrame | None, tuple[tuple[str, str], ...]]]:
    """Yield the rows to average over, with the values that numbers of an interaction are set to.

    Both of two values, else the quartiles.
    """
    frame = used_rows(fit)
    if not focus.numbers:
        # a difference of linear predictors that is the same in every row is that of the first
        linear = quantity_of(fit).exponentiated or is_linear(fit)
        alike = linear and not focus.factors and not focus.curved
        yield (frame.iloc[:1] if alike else None), ()
        return
    first = focus.numbers[0]
    numbers = read_numbers(first, frame[first])
    distinct = np.unique(numbers)
    values = distinct if len(distinct) <= 2 else np.quantile(numbers, [0.25, 0.75])
    for value, text in zip(values, told_apart(values), strict=True):
        yield frame.assign(**{first: value}), ((first, text),)


def _within(fit: FitRecord, focus: Focus) -> tuple[str, ...]:
    """Return the factors within whose levels the effect is told, as many as there is room for."""
    levels = predictor_levels(fit)
    chosen: list[str] = []
    cells = 2 if focus.numbers else 1
    for factor in focus.factors:
        cells *= len(levels[factor])
        if cells > _MOST_CELLS:
            break
        chosen.append(factor)
    return tuple(chosen)


def _compared(
    fit: FitRecord,
    focus: Focus,
    quantity: Quantity,
    prob: float,
    rows: tuple[pd.DataFrame | None, tuple[tuple[str, str], ...], str],
    *,
    within: bool = True,
) -> list[FocalEffect]:
    frame, where, whom = rows
    # with the identity link the mean of the population is that of its typical group
    who = "typical group" if is_linear(fit) or not whom else whom
    by = _within(fit, focus) if within else ()
    how = focus.pair or (None if focus.levels else focus.step)
    found = avg_comparisons(fit, {focus.name: how}, list(by), frame, quantity.scale, who, prob)
    draws, ml = found.draws, found.table["ml_estimate"].to_numpy()
    if quantity.exponentiated:
        draws, ml = np.exp(draws), np.exp(ml)
    numbers = pd.DataFrame(moments(draws, prob))
    pairs = [(level, focus.levels[0]) for level in focus.levels[1:]] or [("", "")]
    cells, _ = apart(found.table)
    effects = []
    for k, row in enumerate(numbers.itertuples()):
        high, low = pairs[k % len(pairs)]
        at = zip(by, cells.iloc[k], strict=True)
        effects.append(
            FocalEffect(
                predictor=focus.name,
                high=high,
                low=low,
                step=focus.step,
                where=(*((name, label_of(value)) for name, value in at), *where),
                whom=whom,
                quantity=quantity,
                estimate=row.median if quantity.is_ratio else row.mean,
                sd=row.sd,
                lower=row.lower,
                upper=row.upper,
                probability=float((draws[..., k] > (1.0 if quantity.is_ratio else 0.0)).mean()),
                ml=float(ml[k]),
                draws=np.log(draws[..., k]) if quantity.is_ratio else draws[..., k],
            )
        )
    return effects
