"""Effects as sentences: a direction is named only where the whole interval has it."""

from collections.abc import Iterator, Sequence

import numpy as np

from bayesmm.cells import decimals, fixed
from bayesmm.explanation.english import listed
from bayesmm.fit_record import FitRecord
from bayesmm.result_table import interval_words
from bayesmm.results.answer.effects import FocalEffect, quantity_of
from bayesmm.results.answer.focus import Focus
from bayesmm.results.marginal.units import PURE, units_of
from bayesmm.results.tables.moments import moments
from bayesmm.results.tables.varcorr import varcorr

__all__ = [
    "averaged_sentence",
    "comparison_words",
    "drawn_from",
    "effect_sentence",
    "interaction_sentences",
    "interval_of",
    "numbers_of",
    "varying_sentences",
]

_DIGITS = 3  # of a ratio


def numbers_of(estimate: float, sd: float, ends: Sequence[float], *, is_ratio: bool) -> list[str]:
    """Return an estimate and the ends of its interval as text, the digits told by its sd.

    An end never looks like the value that says that nothing differs unless it is that.
    """
    values = [estimate, *ends]
    if not is_ratio:
        places = decimals(sd, estimate)
        texts = [fixed(value, places) for value in values]
        return [
            f"{value:.1g}" if value and not float(text) else text
            for value, text in zip(values, texts, strict=True)
        ]
    return [_ratio(value) for value in values]


def _ratio(value: float) -> str:
    """Return three significant digits, and more where 1.0004 would look like 1."""
    if not 1e-4 < value < 1e6:
        return f"{value:.{_DIGITS}g}"
    text = ""
    for digits in range(_DIGITS, 7):
        text = f"{value:.0f}" if value >= 1000 else f"{value:#.{digits}g}".rstrip(".")
        if float(text) != 1.0 or value == 1.0:
            break
    return text


def interval_of(ends: Sequence[str], prob: float) -> str:
    """Return ``"95 % equal-tailed interval 7.4 to 13.6"``."""
    kind = interval_words(prob).replace("intervals", "interval")
    return f"{kind} {ends[0]} to {ends[1]}"


def comparison_words(fit: FitRecord, effect: FocalEffect) -> str:
    """Return what is compared: ``"per 1 day of Days"``, ``"treat = ozone against control"``."""
    if effect.high:
        return f"{effect.predictor} = {effect.high} against {effect.low}"
    unit = units_of(fit).get(effect.predictor, PURE)
    if unit != PURE:
        return f"per {'' if effect.step == 1 else f'{effect.step:g} '}{unit} of {effect.predictor}"
    return f"per {'unit' if effect.step == 1 else f'{effect.step:g}'} of {effect.predictor}"


def effect_sentence(
    fit: FitRecord,
    effect: FocalEffect,
    prob: float,
    *,
    usable: bool = True,
    on_average: bool = False,
) -> str:
    """Return one sentence on an effect.

    `prob` is the probability of the interval; where the draws are not `usable` no direction is
    named; `on_average` says that it is the average of effects that differ from place to place.
    """
    lead = f"With {_where(effect)}, " if effect.where else "On average, " if on_average else ""
    said = _told(fit, effect, prob) if usable else _reported(fit, effect, prob)
    return f"{lead}{said}." if lead else f"{said[0].upper()}{said[1:]}."


def _told(fit: FitRecord, effect: FocalEffect, prob: float) -> str:
    of, numbers = effect.quantity.of, _numbers(fit, effect, prob)
    verb = "are" if of.startswith("odds") else "is"
    if effect.direction:
        word = "higher" if effect.direction > 0 else "lower"
        return f"the {of} {verb} {word} {_side(effect)}: {numbers}"
    return (
        f"whether the {of} {verb} higher or lower {_side(effect)} is not settled, "
        f"since the interval holds both: {numbers}"
    )


def _side(effect: FocalEffect) -> str:
    name = effect.predictor
    if effect.high:
        return f"where {name} is {effect.high} than where it is {effect.low}"
    return f"where {name} is higher"


def _reported(fit: FitRecord, effect: FocalEffect, prob: float) -> str:
    compared = f"{comparison_words(fit, effect)}, " if effect.high else ""
    return f"{effect.quantity.of}: {compared}{_numbers(fit, effect, prob)}"


def _numbers(fit: FitRecord, effect: FocalEffect, prob: float) -> str:
    quantity = effect.quantity
    ends = (effect.lower, effect.upper)
    estimate, *interval = numbers_of(effect.estimate, effect.sd, ends, is_ratio=quantity.is_ratio)
    unit, per = _unit(effect), "" if effect.high else f" {comparison_words(fit, effect)}"
    return f"{quantity.name} {estimate}{unit}{per} ({interval_of(interval, prob)}{unit})"


def averaged_sentence(fit: FitRecord, effects: Sequence[FocalEffect], prob: float) -> str:
    """Return the differences of the mean response that stand beside ratios, without a direction."""
    over = "the rows"
    if effects[0].whom:
        over += f" and the population that {drawn_from(fit)}"
    told = []
    for effect in effects:
        ends = (effect.lower, effect.upper)
        texts = numbers_of(effect.estimate, effect.sd, ends, is_ratio=False)
        compared = comparison_words(fit, effect)
        told.append(
            f"{texts[0]}{_unit(effect)} {'for ' if effect.high else ''}{compared} "
            f"({interval_of(texts[1:], prob)})"
        )
    verb = "differences are" if len(told) > 1 else "difference is"
    return f"In the {effects[0].quantity.of}, averaged over {over}, the {verb} {listed(told)}."


def drawn_from(fit: FitRecord) -> str:
    """Return ``"Subject is drawn from"``, ``"plate and sample are drawn from"``."""
    factors = list(fit.design.factors)
    return f"{listed(factors)} {'are' if len(factors) > 1 else 'is'} drawn from"


def interaction_sentences(
    effects: Sequence[FocalEffect], prob: float, *, usable: bool = True
) -> Iterator[str]:
    """Yield whether an effect differs between the first and each other place where it was told."""
    by_comparison: dict[tuple[str, str], list[FocalEffect]] = {}
    for effect in (effect for effect in effects if effect.where):
        by_comparison.setdefault((effect.high, effect.low), []).append(effect)
    for several in by_comparison.values():
        first = several[0]
        for other in several[1:]:
            yield _difference(first, other, prob, usable=usable)


def _difference(first: FocalEffect, other: FocalEffect, prob: float, *, usable: bool) -> str:
    draws = other.draws - first.draws
    is_ratio, unit = other.quantity.is_ratio, _unit(other)
    found = moments((np.exp(draws) if is_ratio else draws)[..., None], prob)
    estimate = float(found["median" if is_ratio else "mean"][0])
    ends = (float(found["lower"][0]), float(found["upper"][0]))
    texts = numbers_of(estimate, float(found["sd"][0]), ends, is_ratio=is_ratio)
    how = "the one over the other is" if is_ratio else "the one less the other is"
    shown = f"{how} {texts[0]}{unit} ({interval_of(texts[1:], prob)}{unit})"
    there, here = (_where(effect) for effect in (other, first))
    null = 1.0 if is_ratio else 0.0
    between = f"with {there} and with {here}"
    what = f"the effect of {_changed(other)}"
    if not usable:
        return f"Of {what} {between} {shown}."
    if ends[0] > null or ends[1] < null:
        return f"{what[0].upper()}{what[1:]} is not the same {between}: {shown}."
    return f"Whether {what} is the same {between} is not settled: {shown}."


def _where(effect: FocalEffect) -> str:
    return listed([f"{name} = {value}" for name, value in effect.where])


def _unit(effect: FocalEffect) -> str:
    return f" {effect.quantity.unit}" if effect.quantity.unit else ""


def _changed(effect: FocalEffect) -> str:
    return f"{effect.predictor} = {effect.high}" if effect.high else effect.predictor


def varying_sentences(fit: FitRecord, focus: Focus, prob: float) -> Iterator[str]:
    """Yield how far the effect differs between groups, where the model lets it."""
    table = varcorr(fit, prob)
    quantity = quantity_of(fit)
    unit = f" {quantity.unit}" if quantity.unit else ""
    scale = "" if fit.design.family.link == "identity" else " on the scale of the link"
    names = {focus.name: "effect"} | {
        f"{focus.name}[{level}]": f"effect of {focus.name} = {level}" for level in focus.levels
    }
    for row in table[table["var2"].isna()].itertuples():
        if row.var1 in names:
            ends = (row.lower, row.upper)
            sd, *interval = numbers_of(row.sdcor, row.sd, ends, is_ratio=False)
            per = "" if focus.levels else f" per unit of {focus.name}"
            yield (
                f"The {names[row.var1]} differs from {row.grp} to {row.grp} with an sd of "
                f"{sd}{unit if not scale else ''}{per}{scale} ({interval_of(interval, prob)})."
            )
