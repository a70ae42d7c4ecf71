"""The model in words and symbols."""

from bayesmm.explanation.explain import equations, equations_mathml
from bayesmm.explanation.sentence import sentence
from bayesmm.report.material import Material
from bayesmm.report.record import EquationBlock, Paragraph, Part, Section

__all__ = ["model_section"]


def model_section(material: Material) -> Section:
    """Return the model that was to answer the question."""
    fit, course = material.fit, material.course
    parts: list[Part] = []
    parts.append(Paragraph(sentence(fit.design)))
    parts.append(
        EquationBlock(
            "The model and its priors in symbols",
            equations_mathml(fit.design, fit.priors),
            equations(fit.design, fit.priors),
            equations(fit.design, fit.priors, latex=True),
        )
    )
    if course is not None and course.look_at:
        parts.append(Paragraph(f"Look at {course.look_at}"))
    return Section("model", "The model", "", tuple(parts))
