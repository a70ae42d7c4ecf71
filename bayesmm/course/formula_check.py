"""A student's formula against that of a course model: the same model, or what differs."""

from collections.abc import Iterator
from types import EllipsisType

import numpy as np

from bayesmm.course.answer import CheckedAnswer
from bayesmm.course.data import course_data
from bayesmm.course.library import load_model
from bayesmm.errors import BayesmmError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.names import prefixed
from bayesmm.results.comparison.nesting import columns_outside

__all__ = ["check_formula"]


def check_formula(
    formula: str | EllipsisType, exercise: str, family: str | EllipsisType | None = None
) -> CheckedAnswer:
    """Tell whether a formula is the model that an exercise asks for.

    Formulas are compared by what they mean for the data: columns with the same span are the same
    common effects, and ``(x | g)`` is ``(1 + x | g)``.

    Parameters
    ----------
    formula : str
        The student's; three dots while there is none.
    exercise : str
        Name of the course model that answers the question.
    family : str, optional
        The student's, where the exercise asks for it too.

    Returns
    -------
    CheckedAnswer
        Where it is wrong, which part differs: what is too much by its name, what is missing by
        its number alone.

    Raises
    ------
    UsageError
        When there is no course model of that name.
    """
    model = load_model(exercise)
    if formula is ... or family is ...:
        return CheckedAnswer.unwritten()
    if not isinstance(formula, str):
        return CheckedAnswer(False, ('A formula is text in quotes: "y ~ x + (1 | g)".',))
    frame = course_data(model).frame
    right = build_design(model.formula, frame, resolve_family(model.family))
    try:
        own = resolve_family(model.family if family is None else family)
        mine = build_design(formula, frame, own)
    except BayesmmError as problem:
        return CheckedAnswer(False, (f"It cannot be fitted to these data: {problem}",))
    differences = (
        *_other_model(mine, right),
        *_other_formulas(mine, right),
        *_other_groups(mine, right),
    )
    return CheckedAnswer(not differences, differences)


def _other_model(mine: Design, right: Design) -> Iterator[str]:
    """Yield how response, family and common effects differ."""
    if mine.family.name != right.family.name:
        yield (
            f"The family: {mine.family.name} is not the one that is asked for. What values can "
            "the response have, and how do they spread?"
        )
    if mine.response != right.response and not _same_response(mine, right):
        yield f"The response: what stands left of ~, {mine.response}, is not what is asked about."
    rows = np.intersect1d(mine.rows, right.rows)
    mu, wanted = (d.mu.take(np.searchsorted(d.rows, rows)) for d in (mine, right))
    if not np.array_equal(mu.known, wanted.known) or mine.weights is not None:
        yield "An offset or weights: the question does not speak of them."
    surplus = [
        name
        for name, out in zip(mu.terms, columns_outside(mu.matrix, wanted.matrix), strict=True)
        if out
    ]
    if surplus:
        yield f"The common effects: {', '.join(surplus)} is too much, or in another form."
    if missing := int(columns_outside(wanted.matrix, mu.matrix).sum()):
        columns = "1 column is" if missing == 1 else f"{missing} columns are"
        yield f"The common effects: {columns} missing that the question needs."


def _other_formulas(mine: Design, right: Design) -> Iterator[str]:
    """Yield how the formulas of further parameters differ, group effects aside."""
    if surplus := sorted(set(mine.varying) - set(right.varying)):
        yield f"The formulas: {', '.join(surplus)} has one that the question does not ask for."
    if missing := len(set(right.varying) - set(mine.varying)):
        count = "1 further parameter has" if missing == 1 else f"{missing} further parameters have"
        yield f"The formulas: in the model that is asked for {count} one too."
    rows = np.intersect1d(mine.rows, right.rows)
    for name in right.varying:
        if name not in mine.varying:
            continue
        own, wanted = (d.predictor(name).take(np.searchsorted(d.rows, rows)) for d in (mine, right))
        outside = (
            columns_outside(own.matrix, wanted.matrix).any()
            or columns_outside(wanted.matrix, own.matrix).any()
        )
        if outside or not np.array_equal(own.known, wanted.known):
            yield f"The formula of {name}: its common effects or offset are not those asked for."


def _same_response(mine: Design, right: Design) -> bool:
    """Return whether two ways to write a response give the same numbers."""
    if mine.trials is None or right.trials is None:
        return mine.trials is right.trials and np.array_equal(mine.y, right.y)
    return np.array_equal(mine.trials, right.trials) and np.array_equal(mine.y, right.y)


def _other_groups(mine: Design, right: Design) -> Iterator[str]:
    """Yield how grouping factors, their effects and correlations differ."""
    own, wanted = _effects(mine), _effects(right)
    for factor in own.keys() - wanted.keys():
        yield f"The groups: {':'.join(sorted(factor))} is none of those that the question names."
    if missing := len(wanted.keys() - own.keys()):
        factors = "1 grouping factor is" if missing == 1 else f"{missing} grouping factors are"
        yield f"The groups: {factors} missing."
    for factor in own.keys() & wanted.keys():
        yield from _other_effects(":".join(sorted(factor)), own[factor], wanted[factor])


type _Covariances = tuple[set[str], set[frozenset[str]]]


def _other_effects(factor: str, own: _Covariances, wanted: _Covariances) -> Iterator[str]:
    """Yield how the effects of one factor differ; of the same ones, the correlations."""
    surplus, missing = sorted(own[0] - wanted[0]), len(wanted[0] - own[0])
    if surplus:
        yield f"The effects of {factor}: {', '.join(surplus)} is too much, or in another form."
    if missing:
        yield (
            f"The effects of {factor}: {missing} more than you have differ"
            f"{'s' if missing == 1 else ''} from level to level."
        )
    if own[0] == wanted[0] and own[1] != wanted[1]:
        free, tied = "independent", "correlated"
        have, ask = (free, tied) if len(own[1]) < len(wanted[1]) else (tied, free)
        yield (
            f"The effects of {factor}: in your formula they are {have}, the question is of "
            f"{ask} ones."
        )


def _effects(design: Design) -> dict[frozenset[str], _Covariances]:
    """Return the effects and the correlated pairs of each factor; a:b is b:a."""
    found: dict[frozenset[str], _Covariances] = {}
    for block in design.blocks:
        names, pairs = found.setdefault(frozenset(block.factor.split(":")), (set(), set()))
        own = [prefixed(effect.name, effect.predictor) for effect in block.effects]
        names.update(own)
        pairs.update(frozenset((own[a], own[b])) for a, b in block.covariance.pairs(len(own)))
    return found
