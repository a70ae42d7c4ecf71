"""The code that repeats the fit."""

from bayesmm.report.material import Material
from bayesmm.report.record import Section

__all__ = ["code_section"]


def code_section(material: Material) -> Section | None:
    """Return the fit as code, here and in other packages; None where no code makes it."""
    return None
