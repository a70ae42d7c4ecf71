"""What was asked of a model, answered in one paragraph, with the numbers beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from bayesmm.explanation.english import counted, listed
from bayesmm.fit_record import FitRecord
from bayesmm.html.table import Table, lines_html, table_html
from bayesmm.prose import prose_lines
from bayesmm.result_table import ResultTable
from bayesmm.results.answer.effects import Effect, averaged_effects, effects_of
from bayesmm.results.answer.focus import Focus, focal_predictors, two_valued
from bayesmm.results.answer.level import group_sentences, level_effect, level_sentence
from bayesmm.results.answer.sentences import (
    averaged_sentence,
    comparison_words,
    drawn_from,
    effect_sentence,
    interaction_sentences,
    numbers_of,
    varying_sentences,
)
from bayesmm.results.marginal.grid import predictor_levels
from bayesmm.results.tables.moments import PROB, interval_label, state_interval
from bayesmm.sampling.diagnostics_text import verdict
from bayesmm.sampling.grade import Grade
from bayesmm.table_text import table_lines, text_width
from bayesmm.wording import either, option

__all__ = ["Answer", "answer"]

_MOST = 4  # sentences on effects; all others stand in the table


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answer:
    """One paragraph, and the numbers in it.

    Attributes
    ----------
    focus : tuple of str
        The predictors asked about.
    trust : str
        Whether the numbers may be used: the verdict on the draws, in words.
    usable : bool
        Whether they may.
    sentences : tuple of str
        The effects with their intervals, in words.
    about : tuple of str
        For whom, and compared how.
    table : ResultTable
        One row per comparison: ``comparison``, ``where``, ``quantity``, ``whom``, ``estimate``
        (posterior mean, of a ratio the median), ``sd``, ``lower``, ``upper``, ``prob_higher``
        (that the difference is above 0, the ratio above 1), ``ml_estimate``.
    """

    focus: tuple[str, ...]
    trust: str
    usable: bool
    sentences: tuple[str, ...]
    about: tuple[str, ...]
    table: ResultTable

    @property
    def lead(self) -> str:
        """What a reader in a hurry should read: the first effect, for whom, whether to trust it."""
        told = [*self.sentences[:1], *self.about[:1]]
        return " ".join([*told, self.trust] if self.usable else [self.trust, *told])

    @property
    def further(self) -> tuple[str, ...]:
        """The sentences that `lead` leaves out."""
        return (*self.sentences[1:], *self.about[1:])

    @property
    def text(self) -> str:
        """All of it: a paragraph, and one of what it leaves out."""
        return "\n\n".join(filter(None, [self.lead, " ".join(self.further)]))

    def shown(self) -> Table:
        """Return the table as text, with the digits of the sentences."""
        rows = [_cells(row) for row in self.table.itertuples()]
        # what is the same in all rows is said once, above them
        alike = [k for k in (2, 3) if len({row[k] for row in rows}) == 1 and len(rows) > 1]
        filled = [k for k in range(len(_HEADER)) if k not in alike and any(row[k] for row in rows)]
        about = [rows[0][k] for k in alike if rows[0][k]]
        interval = interval_label(self.table.attrs["probability"])
        caption = ", ".join(["The answer in numbers", *about, interval])
        return Table(
            caption,
            tuple(_HEADER[k] for k in filled),
            tuple(tuple(row[k] for k in filled) for row in rows),
            frozenset(place for place, k in enumerate(filled) if k >= _NAMES),
            keys=sum(k < _NAMES for k in filled),
        )

    def __repr__(self) -> str:
        """Return the paragraph and the table."""
        lines = prose_lines(self.lead, text_width())
        lines += ["", *prose_lines(" ".join(self.further), text_width())] if self.further else []
        return "\n".join([*lines, "", *table_lines(self.shown())] if len(self.table) else lines)

    def _repr_html_(self) -> str:
        table = table_html(self.shown()) if len(self.table) else ""
        return lines_html([self.lead]) + lines_html(self.further) + table


_HEADER = (
    *("Comparison", "Where", "Quantity", "For"),
    *("estimate", "lower", "upper", "P(higher)", "ML"),
)
_NAMES = 4


def _cells(row: Any) -> tuple[str, ...]:
    """Return the cells of a row; what is missing is empty."""
    is_ratio = "ratio" in row.quantity
    values = (row.lower, row.upper, row.ml_estimate)
    texts = numbers_of(row.estimate, row.sd, values, is_ratio=is_ratio)
    higher = "" if np.isnan(row.prob_higher) else f"{row.prob_higher:.3f}"
    ml = "" if np.isnan(row.ml_estimate) else texts[3]
    return (row.comparison, row.where, row.quantity, row.whom, *texts[:3], higher, ml)


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
    found = focal_predictors(fit, focus)
    usable = fit.diagnostics.ok
    sentences: list[str] = []
    about: list[str] = []
    effects: list[Effect] = []
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


def _effect(
    fit: FitRecord, focus: Focus, prob: float, *, usable: bool
) -> tuple[list[str], list[Effect]]:
    """Return the sentences on one predictor, and every number."""
    effects = effects_of(fit, focus, prob)
    averaged = averaged_effects(fit, focus, prob)
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
    elif effects[0].quantity.is_ratio:
        told.append(
            "The difference in the mean response, averaged over so many rows, takes long and is "
            "left to fit.avg_comparisons()."
        )
    return told, [*effects, *averaged]


def _left(effects: Sequence[Effect]) -> str:
    left = len(effects) - _MOST
    return f"{counted(left, 'more comparison')} {'stands' if left == 1 else 'stand'} in the table."


def _about(fit: FitRecord, focus: Sequence[Focus], effects: Sequence[Effect]) -> Iterator[str]:
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


def _table(fit: FitRecord, effects: Sequence[Effect], prob: float) -> ResultTable:
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


def _quantity(effect: Effect) -> str:
    """Return ``"odds ratio"``, ``"difference of the mean of y [ms]"``, ``"mean of y [ms]"``."""
    quantity = effect.quantity
    if quantity.is_ratio:
        return quantity.name
    of = f"{quantity.of} [{quantity.unit}]" if quantity.unit else quantity.of
    return f"{quantity.name} of the {of}" if effect.predictor else of
