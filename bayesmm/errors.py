"""The errors a user can meet; each says what was wrong, which values, and what to do."""

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "BayesmmError",
    "DataError",
    "FormulaError",
    "PriorError",
    "UnsupportedModelError",
    "UsageError",
    "suggestion",
]


class BayesmmError(Exception):
    """Base of every error that the user can mend; the command line prints it as one line."""


class FormulaError(BayesmmError):
    """The formula cannot be read; ``position`` is the index of the offending character.

    Parameters
    ----------
    message : str
        What is wrong and what to write instead.
    text : str, optional
        The formula; with `position` it is shown with a caret under the place.
    position : int, optional
        Index into `text` of the first character that is wrong.
    """

    def __init__(self, message: str, text: str | None = None, position: int | None = None) -> None:
        self.message = message
        self.text = text
        self.position = position
        super().__init__(message)

    def __str__(self) -> str:
        """Return the message, with the formula and a caret under the place when it is known."""
        if self.text is None or self.position is None:
            return self.message
        line = self.text.replace("\n", " ").replace("\t", " ")
        return f"{self.message}\n  {line}\n  {' ' * self.position}^"


class DataError(BayesmmError):
    """The data cannot be used with this model; names the column, the value and the remedy."""


class PriorError(BayesmmError):
    """A prior does not exist, has impossible parameters, or belongs to no parameter."""


class UnsupportedModelError(BayesmmError):
    """The chosen engine or function does not support this model."""


class UsageError(BayesmmError):
    """An argument has an impossible value; the message lists the possible ones."""


def suggestion(word: str, known: Iterable[str], *, label: str) -> str:
    """Return ``"Did you mean 'x'? <label>: a, b, c."`` for a word that is not known.

    Parameters
    ----------
    word : str
        What the user wrote.
    known : iterable of str
        What could have been written.
    label : str
        What the known words are, as in ``"Columns"``.
    """
    words = [str(k) for k in known]
    close = get_close_matches(str(word), words, n=1, cutoff=0.6)
    lower = {w.lower(): w for w in words}
    if not close and str(word).lower() in lower:
        close = [lower[str(word).lower()]]
    head = f"Did you mean '{close[0]}'? " if close else ""
    return f"{head}{label}: {', '.join(words) if words else 'none'}."
