"""What the sections of a report are made of."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bayesmm.course import CourseModel
from bayesmm.model.frames import data_kind
from bayesmm.results.check import CheckPanel

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["THIS", "Material"]

THIS = "this model"


@dataclass(frozen=True, eq=False)
class Material:
    """A fit and what stands beside it.

    Attributes
    ----------
    fit : Fit
        What is reported.
    others : mapping of str to Fit
        Fits of the same rows to compare it with, by name.
    course : CourseModel or None
        The course model that was fitted: its question and its published numbers.
    """

    fit: "Fit"
    others: "Mapping[str, Fit]"
    course: CourseModel | None

    @cached_property
    def checks(self) -> CheckPanel:
        """The verdicts on the model, which two sections show."""
        return self.fit.check()

    @property
    def kind(self) -> str:
        """``"simulated twin"``, ``"simulated data"``, or empty."""
        return data_kind(self.fit.own_data)
