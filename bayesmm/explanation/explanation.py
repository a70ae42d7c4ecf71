"""An explained model; prints as one page."""

from bayesmm.explanation.page import explanation_html, page_text
from bayesmm.explanation.record import ExplanationRecord

__all__ = ["Explanation"]


class Explanation(ExplanationRecord):
    """What a formula, data and a family mean, before anything is sampled; prints as one page."""

    __slots__ = ()

    def __str__(self) -> str:
        """Return the page as plain text."""
        return page_text(self)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        return explanation_html(self)
