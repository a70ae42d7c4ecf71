"""What a fit says in words: the answer to a question, and the methods of a paper."""

from collections.abc import Sequence

from bayesmm.citation import Citation
from bayesmm.documented import documented_by
from bayesmm.fit_record import FitRecord
from bayesmm.results.answer.answer import answer
from bayesmm.results.answer.methods import methods
from bayesmm.results.answer.record import Answer
from bayesmm.results.tables.moments import PROB

__all__ = ["FitWords"]


@documented_by({"answer": answer, "methods": methods})
class FitWords(FitRecord):
    """What a record says of itself."""

    def answer(self, focus: str | Sequence[str] | None = None, prob: float = PROB) -> Answer:
        """Return the effect asked about in words; see `bayesmm.results.answer.answer.answer`."""
        return answer(self, focus, prob)

    def methods(self, prob: float = PROB) -> Citation:
        """Return the methods paragraph of a paper; see `bayesmm.results.answer.methods`."""
        return methods(self, prob)
