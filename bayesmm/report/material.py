"""What the sections of a report are made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from bayesmm.course import CourseModel
from bayesmm.fit_record import FitRecord
from bayesmm.model.frames import data_kind
from bayesmm.results.answer.answer import answer
from bayesmm.results.answer.record import Answer
from bayesmm.results.checks.check import CheckPanel, check
from bayesmm.results.tables.moments import PROB

__all__ = ["THIS", "Material"]

THIS = "this model"


@dataclass(frozen=True, eq=False)
class Material:
    """A fit and what stands beside it."""

    fit: FitRecord
    others: Mapping[str, FitRecord]  # fits of the same rows to compare it with, by name
    # the course model that was fitted: its question and its published numbers
    course: CourseModel | None
    prob: float = PROB
    focus: str | Sequence[str] | None = None  # the predictors that the question is about

    @cached_property
    def answer(self) -> Answer:
        """What was asked, answered."""
        return answer(self.fit, self.focus, self.prob)

    @cached_property
    def checks(self) -> CheckPanel:
        """The verdicts on the model, which two sections show."""
        return check(self.fit)

    @property
    def kind(self) -> str:
        """``"simulated twin"``, ``"simulated data"``, or empty."""
        return data_kind(self.fit.own_data)
