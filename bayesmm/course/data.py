"""The data of a course model: the real set where it may be had, else its simulated twin."""

from dataclasses import dataclass

import pandas as pd

from bayesmm.course.model import CourseModel
from bayesmm.data import has_data, load_data
from bayesmm.model.frames import data_kind

__all__ = ["CourseData", "course_data"]


@dataclass(frozen=True, slots=True, eq=False)
class CourseData:
    """The rows that a course model is fitted to.

    Attributes
    ----------
    frame : DataFrame
        With the columns of the model.
    name : str
        Name of the data set that was read.
    kind : str
        ``"simulated twin"``, ``"simulated data"`` (the course simulated them), or empty.
    """

    frame: pd.DataFrame
    name: str
    kind: str

    @property
    def is_published(self) -> bool:
        """Whether the published numbers are of these data: not so for a twin."""
        return self.kind != "simulated twin"

    def first_line(self, model: CourseModel) -> str:
        """Return the name of the model, the kind of the data and the question, in one line."""
        kind = f" ({self.kind})" if self.kind else ""
        return f"{model.name}{kind}: {model.question}"


def course_data(model: CourseModel) -> CourseData:
    """Return the data of a course model.

    Parameters
    ----------
    model : CourseModel
        The model. A set that may not be shipped is read from the folder that the environment
        variable ``BAYESMM_DATA`` names; where it is not there, the simulated twin stands in.
    """
    real = has_data(model.data)
    name = model.data if real else f"{model.data}_twin"
    frame = load_data(name)
    kind = data_kind(frame)
    if model.prepare is not None:
        prepared = model.prepare(frame)
        frame = prepared if prepared is frame else _with_units(prepared, frame)
    return CourseData(frame, name, kind)


def _with_units(prepared: pd.DataFrame, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the prepared rows with units: the model's own, and of columns that it left alone."""
    before = frame.attrs["units"]
    units = {name: unit for name, unit in before.items() if _is_untouched(prepared, frame, name)}
    own = prepared.attrs.get("units", {})
    units |= {name: unit for name, unit in own.items() if name not in before}
    prepared.attrs = {**frame.attrs, **prepared.attrs, "units": units}
    return prepared


def _is_untouched(prepared: pd.DataFrame, frame: pd.DataFrame, name: str) -> bool:
    """Return whether a column still holds what it did, so that its unit still holds."""
    if name not in prepared or not prepared.index.isin(frame.index).all():
        return False
    return prepared[name].equals(frame.loc[prepared.index, name])
