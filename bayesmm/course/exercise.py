"""What an exercise of the course is: what is right, and what is a usual mistake."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache

from bayesmm.course.data import course_data
from bayesmm.course.library import load_model
from bayesmm.family.known import resolve_family
from bayesmm.likelihood import MLFit, fit_ml
from bayesmm.model.build import build_design

__all__ = ["Exercise", "Slip", "estimates"]


@dataclass(frozen=True, slots=True)
class Slip:
    """A usual mistake.

    Attributes
    ----------
    value : callable
        The number that it gives, by part of the exercise.
    says : str
        What was forgotten, so that the student can go on.
    """

    value: Callable[[], Mapping[str, float]]
    says: str


@dataclass(frozen=True, slots=True)
class Exercise:
    """A question of a notebook whose answer is a number or a word, or one for each of its parts.

    Attributes
    ----------
    right : callable
        The right answer by part; computed, so that it is right for real data and for twins.
    because : str
        What is said to who has it right.
    choices : tuple of str
        The words to choose from, where the answers are words.
    within : float
        How far a number may be off, where that is more than 1 % of it.
    slips : tuple of Slip
        Usual mistakes.
    """

    right: Callable[[], Mapping[str, float | str]]
    because: str = ""
    choices: tuple[str, ...] = ()
    within: float = 0.0
    slips: tuple[Slip, ...] = ()

    def tolerance(self, right: float) -> float:
        """Return how far a number may be from the right one."""
        return max(self.within, 0.01 * abs(right))


def estimates(name: str, reml: bool | None = None) -> MLFit:
    """Return the maximum-likelihood fit of a course model, as its document has it.

    `reml` is given where it is not as published.
    """
    model = load_model(name)
    return _estimates(name, course_data(model).name, model.reml if reml is None else reml)


@cache
def _estimates(name: str, data: str, reml: bool) -> MLFit:
    """Return the fit to the data of this name: the real ones, or their twin."""
    del data
    model = load_model(name)
    family = resolve_family(model.family)
    return fit_ml(build_design(model.formula, course_data(model).frame, family), reml)
