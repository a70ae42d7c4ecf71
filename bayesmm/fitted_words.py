"""What a fit says in words: the answer to a question, and the methods of a paper."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from bayesmm.documented import documented_by
from bayesmm.fit_record import FitRecord
from bayesmm.results.tables.moments import PROB
from bayesmm.verbs import Verbs

if TYPE_CHECKING:
    from bayesmm.citation import Citation
    from bayesmm.results.answer.record import Answer

__all__ = ["FitWords"]


_VERBS = Verbs(
    answer="bayesmm.results.answer.answer:answer",
    methods="bayesmm.results.answer.methods:methods",
)


@documented_by(_VERBS)
class FitWords(FitRecord):
    """What a record says of itself."""

    def answer(self, focus: str | Sequence[str] | None = None, prob: float = PROB) -> "Answer":
        """Return the effect asked about in words; see `bayesmm.results.answer.answer.answer`."""
        return _VERBS.answer(self, focus, prob)

    def methods(self, prob: float = PROB) -> "Citation":
        """Return the methods paragraph of a paper; see `bayesmm.results.answer.methods`."""
        return _VERBS.methods(self, prob)
