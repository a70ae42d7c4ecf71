"""What was asked of a model, answered in one paragraph, with the numbers beside it."""

from collections.abc import Iterator, Sequence

import pandas as pd

from bayesmm.explanation.english import counted, listed
from bayesmm.fit_record import FitRecord
from bayesmm.result_table import ResultTable
from bayesmm.results.answer.effects import FocalEffect, averaged_effects, effects_of
from bayesmm.results.answer.focus import Focus, focal_predictors, two_valued
from bayesmm.results.answer.level import group_sentences, level_effect, level_sentence
from bayesmm.results.answer.record import Answer
from bayesmm.results.answer.sentences import (
    averaged_sentence,
    comparison_words,
    drawn_from,
    effect_sentence,
    interaction_sentences,
    varying_sentences,
)
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.marginal.measures import InfiniteMeanError
from bayesmm.results.tables.moments import PROB, state_interval
from bayesmm.sampling.diagnostics_text import verdict
from bayesmm.sampling.grade import Grade
from bayesmm.wording import either, option

__all__ = ["answer"]

_MOST = 4  # sentences on effects; all others stand in the table


def answer(fit: FitRecord, focus: str | Sequence[str] | None = None, prob: float = PROB) -> Answer:
    """Answer the question: the effect of the predictor it is about, in words and in numbers.

    The effect is a difference of mean responses, or with the logit or log link the odds ratio,
    rate ratio or their like: of rows that differ by 1 in a number (by a power of ten, where 1 is
    more than its range or less than a hundredth of it), of each level of a factor and the first.
    The other predictors are as in the rows, over which it is averaged; what the predictor
    interacts with is held at its levels, or at two values. Group effects are 0; beside a ratio
    stands the difference of mean responses, averaged over the population of the groups. A
    direction is named only where the whole interval has it, and none of draws that are not to be
    used.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    focus : str or sequence of str, optional
        The predictors that the question is about. By default the one that the formula names
        first; of a model without predictors the mean is told, and how groups differ.
    prob : float
        Probability of the equal-tailed intervals.

    Returns
    -------
    Answer
        Prints as a paragraph and a table; ``table`` holds the numbers.

    Raises
    ------
    UsageError
        For a name that is no predictor of the common effects.
    """
    found = () if fit.design.mu_is_empty else focal_predictors(fit, focus)
    usable = fit.diagnostics.ok
    sentences: list[str] = []
    about: list[str] = []
    effects: list[FocalEffect] = []
    for one in found:
        told, numbers = _effect(fit, one, prob, usable=usable)
        sentences += told
        effects += numbers
    if found:
        about += _about(fit, found, effects)
        others = [n for n in predictor_levels(fit, groups=False) if n != found[0].name]
        if focus is None and others:
            about.append(
                f"The question is taken to be about {found[0].name}, which the formula names "
                f"first; {option('focus', others[0])} asks about another."
            )
    elif fit.design.mu_is_empty:
        about.append(_of_categories())
    elif fit.design.encoder is None:
        about.append(
            "The design was built from arrays, and no formula says what its columns are: see the "
            "estimates."
        )
    else:
        level = level_effect(fit, prob)
        effects += [level] if level is not None else []
        sentences += [level_sentence(fit, level, prob)] if level is not None else []
        sentences += group_sentences(fit, prob)
    return Answer(
        focus=tuple(one.name for one in found),
        trust=_trust(fit),
        usable=usable,
        sentences=tuple(sentences),
        about=tuple(about),
        table=_table(fit, effects, prob),
    )


def _of_categories() -> str:
    verbs = either(
        "fit.emmeans and fit.contrasts with scale='probability'",
        "bayesmm emmeans and bayesmm contrasts with --scale probability",
    )
    return (
        "What a predictor changes is another number for each category, so that no sentence says "
        f"it: {verbs} have the probabilities, and the common effects are log odds against the "
        "reference."
    )


def _effect(
    fit: FitRecord, focus: Focus, prob: float, *, usable: bool
) -> tuple[list[str], list[FocalEffect]]:
    """Return the sentences on one predictor, and every number."""
    effects = effects_of(fit, focus, prob)
    undefined = ""
    try:
        averaged = averaged_effects(fit, focus, prob)
    except InfiniteMeanError as reason:
        averaged, undefined = [], str(reason)
    several = bool(effects[-1].where)
    whole = [effect for effect in effects if not effect.where]
    within = [effect for effect in effects if effect.where]
    told = []
    for part in (whole, within):
        told += [
            effect_sentence(fit, effect, prob, usable=usable, on_average=several)
            for effect in part[:_MOST]
        ]
        told += [_left(part)] if len(part) > _MOST else []
    between = list(interaction_sentences(effects, prob, usable=usable))
    told += between[:_MOST]
    told += varying_sentences(fit, focus, prob)
    if averaged:
        told.append(averaged_sentence(fit, averaged[:_MOST], prob))
    elif undefined:
        told.append(undefined)
    elif effects[0].quantity.is_ratio:
        told.append(
            "The difference in the mean response, averaged over so many rows, takes long and is "
            "left to fit.avg_comparisons()."
        )
    return told, [*effects, *averaged]


def _left(effects: Sequence[FocalEffect]) -> str:
    left = len(effects) - _MOST
    return f"{counted(left, 'more comparison')} {'stands' if left == 1 else 'stand'} in the table."


def _about(fit: FitRecord, focus: Sequence[Focus], effects: Sequence[FocalEffect]) -> Iterator[str]:
    """Yield for whom the effects are, and what of the others is held."""
    names = [one.name for one in focus]
    design = fit.design
    held_in_turn = [one.numbers[0] for one in focus if one.numbers]
    known = predictor_levels(fit, groups=False)
    others = [name for name in known if name not in (*names, *held_in_turn)]
    rows = f"the {counted(design.n_obs, 'row')} of the data"
    held = f", with {listed(others)} as in the data" if others else ""
    if not design.blocks:
        yield f"It compares rows that differ in {listed(names)} alone, averaged over {rows}{held}."
    elif effects[0].quantity.is_ratio:
        yield (
            f"The {effects[0].quantity.name} is about a typical {listed(list(design.factors))}, "
            f"whose effects are 0, averaged over {rows}{held}."
        )
    else:
        yield f"It is about the population that {drawn_from(fit)}, averaged over {rows}{held}."
    for one in focus:
        if one.numbers and not two_valued(fit, one.numbers[0]):
            yield f"{one.numbers[0]} is held at its quartiles in turn."
    for one in focus:
        if one.curved:
            yield (
                f"The formula has a function of {one.name}, so that the change need not be the "
                "same everywhere: this is its mean over the rows."
            )


def _trust(fit: FitRecord) -> str:
    found = fit.diagnostics
    if found.grade is Grade.NO_PROBLEM:
        return "The checks of the draws found no problem with these numbers."
    if not found.ok:
        return verdict(found.checks)
    n, of = len(found.cautions), len(found.checks)
    return (
        f"These numbers are usable, with caution: {n} of {of} checks of the draws found something; "
        f"what it means for them is said by {either('fit.diagnostics', 'bayesmm check')}."
    )


def _table(fit: FitRecord, effects: Sequence[FocalEffect], prob: float) -> ResultTable:
    rows = [
        {
            "comparison": comparison_words(fit, e) if e.predictor else "",
            "where": ", ".join(f"{name} = {value}" for name, value in e.where),
            "quantity": _quantity(e),
            "whom": e.whom,
            "estimate": e.estimate,
            "sd": e.sd,
            "lower": e.lower,
            "upper": e.upper,
            "prob_higher": e.probability,
            "ml_estimate": e.ml,
        }
        for e in effects
    ]
    columns = ["comparison", "where", "quantity", "whom", "estimate", "sd", "lower", "upper",
               "prob_higher", "ml_estimate"]  # fmt: skip
    return state_interval(pd.DataFrame(rows, columns=columns), prob, "The answer in numbers")


def _quantity(effect: FocalEffect) -> str:
    """Return ``"odds ratio"``, ``"difference of the mean of y [ms]"``, ``"mean of y [ms]"``."""
    quantity = effect.quantity
    if quantity.is_ratio:
        return quantity.name
    of = f"{quantity.of} [{quantity.unit}]" if quantity.unit else quantity.of
    return f"{quantity.name} of the {of}" if effect.predictor else of
