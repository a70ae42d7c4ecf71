"""The name of a family in another language, or why there is none."""

from bayesmm.errors import UnsupportedModelError
from bayesmm.family.record import Family
from bayesmm.model.design import Design

__all__ = ["name_of", "refuse_bounds"]


def name_of(family: Family, language: str, title: str) -> str:
    """Return the name of a family in a language of `Words.names`.

    A language, called `title`, that does not have the family, or has it without its link or in
    other parameters, is an `UnsupportedModelError`.
    """
    name = family.words.names.get(language)
    if name is None and language in family.words.elsewhere:
        raise UnsupportedModelError(family.words.elsewhere[language])
    if name is None:
        raise UnsupportedModelError(f"{title} has no {family.name} family that is known here.")
    if family.link in family.words.unlinked.get(language, ()):
        raise UnsupportedModelError(f"{title} has no {family.link} link for its {name} family.")
    return name


def refuse_bounds(design: Design, title: str) -> None:
    """Raise for censored or truncated responses in a language called `title`."""
    if design.family.forms.columns:
        raise UnsupportedModelError(f"{title} has no censored or truncated responses here.")
