"""The question and its answer in words, which come first; and the methods paragraph of a paper."""

from bayesmm.report.material import Material
from bayesmm.report.record import Items, Paragraph, Part, Section
from bayesmm.results.answer.methods import methods_paragraph, methods_references

__all__ = ["answer_section", "methods_section"]


def answer_section(material: Material) -> Section:
    """Return what was asked, the effect with its interval, for whom, and whether to trust it."""
    found, course = material.answer, material.course
    parts: list[Part] = []
    if course is not None:
        parts += [Paragraph(course.question), Paragraph(f"From {course.course}.")]
    parts.append(Paragraph(found.lead, leading=True))
    parts.append(Items("In more detail", found.further))
    if len(found.table):
        parts.append(found.shown())
    return Section(
        "answer",
        "The answer" if course is None else "The question, and the answer",
        "",
        tuple(parts),
    )


def methods_section(material: Material) -> Section:
    """Return what was done, to be copied, and what it cites."""
    fit = material.fit
    parts = (
        Paragraph(methods_paragraph(fit, material.prob)),
        Items("References", tuple(methods_references(fit))),
    )
    return Section("methods", "Methods, for a paper", "", parts)
