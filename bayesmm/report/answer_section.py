"""The first section: the question, its answer in words, and the numbers in it."""

from bayesmm.report.material import Material
from bayesmm.report.record import Items, Paragraph, Part, Section

__all__ = ["answer_section"]


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
