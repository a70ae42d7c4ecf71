"""The errors a user can meet; each says what was wrong, which values, and what to do."""

import unicodedata
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from itertools import islice

__all__ = [
    "BayesmmError",
    "BayesmmWarning",
    "DataError",
    "FormulaError",
    "PriorError",
    "SavedFitError",
    "UnsupportedModelError",
    "UsageError",
    "one_line",
    "refuse_unknown",
    "suggestion",
    "visible",
]

# Of more words the first are listed, and a similar one is looked for among so many.
_LISTED = 50
_COMPARED = 5_000
# Characters of a long formula that one line shows before and after the place.
_AROUND = 60


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
        line, before = visible(self.text), visible(self.text[: self.position])
        return f"{self.message}\n  {line}\n  {' ' * len(before)}^"


class DataError(BayesmmError):
    """The data cannot be used with this model; names the column, the value and the remedy."""


class PriorError(BayesmmError):
    """A prior does not exist, has impossible parameters, or belongs to no parameter."""


class SavedFitError(BayesmmError):
    """A folder is no saved fit, or one that is damaged, changed or newer than this bayesmm."""


class UnsupportedModelError(BayesmmError):
    """The chosen engine or function does not support this model."""


class UsageError(BayesmmError):
    """An argument has an impossible value; the message lists the possible ones."""


class BayesmmWarning(UserWarning):
    """Something was done, and the user should know what is not as expected."""


def one_line(mistake: BayesmmError) -> str:
    """Return an error as one line; the place in a formula is marked by ``<<here>>``."""
    message = str(mistake.args[0] if mistake.args else mistake)
    if isinstance(mistake, FormulaError) and mistake.text and mistake.position is not None:
        before, after = mistake.text[: mistake.position], mistake.text[mistake.position :]
        before = before if len(before) <= _AROUND else f"... {before[-_AROUND:]}"
        after = after if len(after) <= _AROUND else f"{after[:_AROUND]} ..."
        message += f" In: {before} <<here>> {after}"
    return " ".join(visible(message).split())


def visible(text: str) -> str:
    """Return a text as one line in which every character can be seen.

    A line break or a tab is a space; what has no ink, or would turn the line around, is written
    as an escape such as ``u200b`` after a backslash.
    """
    return "".join(map(_visible_character, text))


def _visible_character(character: str) -> str:
    if character in "\n\r\t":
        return " "
    if character.isprintable() or unicodedata.category(character) == "Zs":
        return character
    return character.encode("unicode_escape").decode()


def refuse_unknown(
    word: str, known: Collection[str], message: str, label: str, error: type[Exception] = UsageError
) -> None:
    """Raise for a word that is not known, with a message and what could have been written."""
    if word not in known:
        raise error(f"{message} {suggestion(word, known, label=label)}")


def suggestion(word: str, known: Iterable[str], *, label: str) -> str:
    """Return ``"Did you mean 'x'? <label>: a, b, c."`` for a word that is not known.

    `label` is what the known words are, as in ``"Columns"``.
    """
    words = [str(k) for k in known]
    close = get_close_matches(str(word), words[:_COMPARED], n=1, cutoff=0.6)
    lower = {w.lower(): w for w in words}
    if not close and str(word).lower() in lower:
        close = [lower[str(word).lower()]]
    head = f"Did you mean '{close[0]}'{_look_alikes(str(word), close[0])}? " if close else ""
    listed = ", ".join(islice(words, _LISTED)) if words else "none"
    more = f", ... ({len(words):,} in all)" if len(words) > _LISTED else ""
    return f"{head}{label}: {listed}{more}."


def _look_alikes(word: str, meant: str) -> str:
    """Return the characters in which two words differ, where the eye may not see it."""
    parts = []
    for text, other, whose in ((word, meant, "yours"), (meant, word, "this")):
        odd = [c for c in dict.fromkeys(text) if not c.isascii() and c not in other]
        named = ", ".join(f"U+{ord(c):04X} {unicodedata.name(c, '')}".strip() for c in odd[:3])
        parts += [f"{whose} has {named}"] if odd else []
    return f" ({'; '.join(parts)})" if parts else ""
