"""The code that repeats the fit, here and in other packages."""

from collections.abc import Mapping

from bayesmm.course import course_data, course_models
from bayesmm.errors import UnsupportedModelError
from bayesmm.fit_record import FitRecord
from bayesmm.report.material import Material
from bayesmm.report.record import Code, Items, Part, Section
from bayesmm.script.script import write_script
from bayesmm.storage.data_hash import model_columns

__all__ = ["code_section"]

# The languages of `fit.script`, and what their code is.
_TITLES: Mapping[str, str] = {
    "bayesmm": "bayesmm: the same draws, with the same versions",
    "pymc": "PyMC: the same model and priors, written out",
    "bambi": "Bambi",
    "lme4": "lme4 or glmmTMB: maximum likelihood",
    "brms": "brms",
}
_INTRO = "The same model as code; what a package cannot say stands there as a comment."


def code_section(material: Material) -> Section | None:
    """Return the fit as code; None for a design of arrays, which no formula makes."""
    fit = material.fit
    if fit.design.encoder is None:
        return None
    parts: list[Part] = []
    missing: list[str] = []
    source = _source(material)
    for language, title in _TITLES.items():
        text, reason = _script(fit, language, source)
        if reason:
            missing.append(f"{title.partition(':')[0]}: {reason}")
        else:
            parts.append(Code(title, text, folded=True))
    return Section(
        "code", "The code that repeats it", _INTRO, (*parts, Items("Not in", (*missing,)))
    )


def _script(fit: FitRecord, language: str, source: str | None) -> tuple[str, str]:
    """Return the code and an empty text, or why the language has no such model."""
    try:
        return str(write_script(fit, language, source, _IMPORTS if source else ())), ""
    except UnsupportedModelError as reason:
        return "", str(reason)


_IMPORTS = ("from bayesmm.course import course_data, load_model",)


def _source(material: Material) -> str | None:
    """Return the expression that prepares the data of a course model; None for any other."""
    fit, course = material.fit, material.course
    if course is None or course.prepare is None or course_models().get(course.name) is not course:
        return None
    prepared = course_data(course).frame
    same = all(
        column in prepared and prepared[column].equals(fit.own_data[column])
        for column in model_columns(fit.design)
    )
    return f"course_data(load_model({course.name!r})).frame" if same else None
