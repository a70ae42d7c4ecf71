"""A student's numbers and words against those of an exercise."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from bayesmm.course.answer import CheckedAnswer
from bayesmm.course.exercise import Exercise
from bayesmm.course.exercises import EXERCISES
from bayesmm.errors import refuse_unknown

__all__ = ["check_answer"]

_TWICE = 2.0


def check_answer(answer: Any, exercise: str) -> CheckedAnswer:
    """Tell whether the answer to an exercise of the course is right.

    Parameters
    ----------
    answer : number, str, dict or sequence
        One answer, or those of all parts by name, or in order; three dots while there is none.
        Numbers are right to 1 %, or to the digits that the exercise asks for.
    exercise : str
        Name of the exercise, as the notebook gives it.

    Returns
    -------
    CheckedAnswer
        Which parts are not right, in which direction, and a usual mistake where it is one.

    Raises
    ------
    UsageError
        When there is no exercise of that name.
    """
    refuse_unknown(exercise, EXERCISES, f"There is no exercise '{exercise}'.", "Exercises")
    asked = EXERCISES[exercise]
    right = asked.right()
    parts = _parts(answer, list(right))
    if parts is None:
        return CheckedAnswer(False, (f"Answers are wanted for: {', '.join(right)}.",))
    written = {part: value for part, value in parts.items() if value is not ...}
    if not written:
        return CheckedAnswer.unwritten()
    wrong = tuple(_wrong(asked, written, right))
    if wrong:
        return CheckedAnswer(False, wrong)
    if left := [part for part in right if part not in written]:
        return CheckedAnswer(False, (f"Right so far; not answered yet: {', '.join(left)}.",))
    return CheckedAnswer(True, (asked.because,) if asked.because else ())


def _parts(answer: Any, names: list[str]) -> dict[str, Any] | None:
    """Return the answers by the names of the parts; None when they are others."""
    if isinstance(answer, Mapping):
        return dict(answer) if set(answer) <= set(names) else None
    if answer is ... or isinstance(answer, str) or np.ndim(answer) == 0:
        return {names[0]: answer} if len(names) == 1 or answer is ... else None
    values = list(np.ravel(np.asarray(answer, dtype=object)))
    return dict(zip(names, values, strict=True)) if len(values) == len(names) else None


def _wrong(asked: Exercise, written: dict[str, Any], right: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is to be said of each part that is not right."""
    for part, value in written.items():
        said = (
            _wrong_word(asked, value, right[part])
            if isinstance(right[part], str)
            else _wrong_number(asked, part, value, float(right[part]))
        )
        if said is not None:
            yield f"{part}: {said}" if len(right) > 1 else said[0].upper() + said[1:]


def _wrong_word(asked: Exercise, value: Any, right: str) -> str | None:
    if value == right:
        return None
    if value not in asked.choices:
        return f"choose one of {', '.join(map(repr, asked.choices))}."
    return f"{value!r} is not what happens here."


def _wrong_number(asked: Exercise, part: str, value: Any, right: float) -> str | None:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        return f"a number is wanted, not {value!r}."
    if abs(number - right) <= asked.tolerance(right):
        return None
    for slip in asked.slips:
        if part in (slips := slip.value()) and math.isclose(number, slips[part], rel_tol=0.01):
            return slip.says
    return _direction(number, right)


def _direction(number: float, right: float) -> str:
    if number * right < 0:
        return "the sign is another one."
    if abs(number) > _TWICE * abs(right):
        return "more than twice as far from zero as it should be."
    if _TWICE * abs(number) < abs(right):
        return "less than half as far from zero as it should be."
    return "too large." if number > right else "too small."
