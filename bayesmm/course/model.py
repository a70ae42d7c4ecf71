"""What a course model is: an analysis of a course document, and the numbers it printed."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pandas as pd

__all__ = ["CourseModel", "Published"]


@dataclass(frozen=True, slots=True)
class Published:
    """One number that a course document printed for the maximum-likelihood fit.

    Attributes
    ----------
    quantity : str
        What it is, see `bayesmm.course.published`: ``"estimate"``, ``"se"`` or ``"df"``
        (Satterthwaite's) of a term, ``"sd"``, ``"var"`` or ``"corr"`` of group effects,
        ``"effect"`` of one group, ``"mean"`` response, ``"rss"``, ``"loglik"``, ``"criterion"``,
        ``"aic"``, ``"parameters"``, ``"auxiliary"``.
    value : str
        As printed; its last digit states the precision.
    term : str
        Term of a fixed effect; ``"factor: effect"``, ``"factor: effect, effect"`` for a
        correlation, ``"Residual"``; ``"factor[level]: effect"`` for one group; ``"wt=2.62"`` or
        ``"Length=50, Year=1999"`` for a mean; empty for what belongs to the whole fit.
    differs : str
        Why ours is another number, where it is known to be.
    """

    quantity: str
    value: str
    term: str = ""
    differs: str = ""

    @property
    def half_unit(self) -> float:
        """Half a unit of the last printed digit: the rounding of the printed number."""
        digits = self.value.partition(".")[2]
        return 0.5 * 10.0 ** -len(digits)


@dataclass(frozen=True, slots=True)
class CourseModel:
    """One analysis of a course.

    Attributes
    ----------
    name : str
        Name of the model, and of its file.
    question : str
        What is asked, in one sentence.
    course : str
        Document and week.
    place : int
        Place in the course, from simple to hard.
    formula, family : str
        The model.
    data : str
        Name of a data set, as in `load_data`; where it may not be shipped, `course_data` takes
        its twin.
    prepare : callable, optional
        Makes the columns of the model from the data set.
    priors : mapping of str to str
        Priors that replace the default ones.
    reml : bool
        Whether the published estimates are REML (True) or ML.
    published : tuple of Published
        Numbers that the document printed.
    source : str
        Where these numbers stand.
    look_at : str
        What to look at in the result.
    new : str
        What is new against the previous model of the course.
    """

    name: str
    question: str
    course: str
    place: int
    formula: str
    data: str
    family: str = "gaussian"
    prepare: Callable[[pd.DataFrame], pd.DataFrame] | None = None
    priors: Mapping[str, str] = field(default_factory=dict)
    reml: bool = True
    published: tuple[Published, ...] = ()
    source: str = ""
    look_at: str = ""
    new: str = ""
