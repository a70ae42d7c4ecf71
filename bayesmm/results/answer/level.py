"""What a model without predictors says: the level of the response, and how groups differ."""

from collections.abc import Iterator

from bayesmm.errors import UnsupportedModelError
from bayesmm.fit_record import FitRecord
from bayesmm.results.answer.effects import FocalEffect, mean_difference
from bayesmm.results.answer.sentences import drawn_from, interval_of, numbers_of
from bayesmm.results.marginal.averages import avg_predictions
from bayesmm.results.tables.varcorr import varcorr
from bayesmm.results.tables.variance_explained import icc

__all__ = ["group_sentences", "level_effect", "level_sentence"]


def level_effect(fit: FitRecord, prob: float) -> FocalEffect | None:
    """Return the mean response over the rows and the population of the groups.

    None for a model without an intercept, whose mean is that of its offset alone.
    """
    if not fit.design.mu.intercept:
        return None
    whom = "population" if fit.design.blocks else ""
    found = avg_predictions(fit, scale="response", who=whom or "these groups", prob=prob)
    row = next(found.table.itertuples())
    return FocalEffect(
        predictor="",
        high="",
        low="",
        step=0.0,
        where=(),
        whom=whom,
        quantity=mean_difference(fit),
        estimate=row.mean,
        sd=row.sd,
        lower=row.lower,
        upper=row.upper,
        probability=float("nan"),
        ml=row.ml_estimate,
        draws=found.draws[..., 0],
    )


def level_sentence(fit: FitRecord, level: FocalEffect, prob: float) -> str:
    """Return ``"The mean of Yield is 1527 (95 % equal-tailed interval 1486 to 1570)."``."""
    ends = (level.lower, level.upper)
    mean, *interval = numbers_of(level.estimate, level.sd, ends, is_ratio=False)
    unit = f" {level.quantity.unit}" if level.quantity.unit else ""
    about = f", averaged over the population that {drawn_from(fit)}" if level.whom else ""
    return f"The {level.quantity.of} is {mean}{unit} ({interval_of(interval, prob)}{unit}){about}."


def group_sentences(fit: FitRecord, prob: float) -> Iterator[str]:
    """Yield how much of the variance lies between the groups, or how large their sds are."""
    if not fit.design.blocks:
        return
    if fit.design.varying:  # the sds of every parameter, which no share would tell
        yield from _sds(fit, prob)
        return
    try:
        table = icc(fit, prob).table
    except UnsupportedModelError:
        yield from _sds(fit, prob)
        return
    for row in table.itertuples():
        ends = (row.lower, row.upper)
        share, *interval = numbers_of(row.mean, row.sd, ends, is_ratio=False)
        yield (
            f"The share of the variance of one response that lies between the groups of {row.grp} "
            f"is {share} ({interval_of(interval, prob)})."
        )


def _sds(fit: FitRecord, prob: float) -> Iterator[str]:
    table = varcorr(fit, prob)
    for row in table[table["var2"].isna() & table["var1"].notna()].itertuples():
        ends = (row.lower, row.upper)
        sd, *interval = numbers_of(row.sdcor, row.sd, ends, is_ratio=False)
        yield (
            f"The sd of {row.var1} between the groups of {row.grp} is {sd} "
            f"({interval_of(interval, prob)}) on the scale of the link."
        )
