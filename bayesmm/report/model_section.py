"""The question, and the model in words and symbols."""

from bayesmm.explanation.explain import equations, equations_mathml
from bayesmm.explanation.sentence import sentence
from bayesmm.report.material import Material
from bayesmm.report.record import Equations, Part, Section, Words

__all__ = ["model_section"]


def model_section(material: Material) -> Section:
    """Return what was asked, and the model that was to answer it."""
    fit, course = material.fit, material.course
    parts: list[Part] = []
    if course is not None:
        parts.append(Words(course.question, leading=True))
        parts.append(Words(f"From {course.course}."))
    parts.append(Words(sentence(fit.design)))
    parts.append(
        Equations(
            "The model and its priors in symbols",
            equations_mathml(fit.design, fit.priors),
            equations(fit.design, fit.priors),
            equations(fit.design, fit.priors, latex=True),
        )
    )
    if course is not None and course.look_at:
        parts.append(Words(f"Look at {course.look_at}"))
    heading = "The model" if course is None else "The question and the model"
    return Section("model", heading, "", tuple(parts))
