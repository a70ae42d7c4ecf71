"""The methods paragraph of a paper about this fit."""

from bayesmm.report.material import Material
from bayesmm.report.record import Items, Paragraph, Section
from bayesmm.results.answer.methods import methods_paragraph, methods_references

__all__ = ["methods_section"]


def methods_section(material: Material) -> Section:
    """Return what was done, to be copied, and what it cites."""
    fit = material.fit
    parts = (
        Paragraph(methods_paragraph(fit, material.prob)),
        Items("References", tuple(methods_references(fit))),
    )
    return Section("methods", "Methods, for a paper", "", parts)
