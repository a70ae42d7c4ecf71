"""Tokens of the formula language, each with its place in the text."""

import re
from dataclasses import dataclass

from bayesmm.errors import FormulaError

__all__ = ["MAX_CHARACTERS", "NAME", "Token", "tokenise"]

# A formula of 2 000 predictors fits; a hostile text of megabytes ends here.
MAX_CHARACTERS = 20_000

# R's names: a letter (here also an underscore) or a dot that starts no number, then more.
NAME = re.compile(r"(?:[^\W\d]|\.(?=[\w.])(?!\d))[\w.]*")
_NUMBER = re.compile(r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?L?", re.ASCII)
_QUOTED = re.compile(r"""(?P<quote>[`"'])(?P<body>(?:(?!(?P=quote))[^\\]|\\.)*)(?P=quote)""", re.S)
_ESCAPE = re.compile(r"\\([`\"'\\])")
# The longest first. Operators that the language does not have are tokens too, so that the
# parser can say what to write instead.
_OPERATOR = re.compile(r"%[^%\s]*%|\|\||\*\*|[=!<>]=|&&|[~+\-*/:^()|,=<>!&\[\]{}@$;]")
_SPACE = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Token:
    """One word of a formula."""

    kind: str  # ``name``, ``number``, ``string``, ``operator`` or ``end``
    text: str  # the word; a name without its backticks, a string without its quotes
    # where it stands in the text: ``text[start:end]``
    start: int
    end: int


def tokenise(text: str) -> tuple[Token, ...]:
    """Return the tokens of a formula, the last of kind ``end``; nothing is skipped but space.

    A character that belongs to no token, an open quote, and a text that is too long are a
    `FormulaError`.
    """
    if len(text) > MAX_CHARACTERS:
        raise FormulaError(
            f"The formula has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read."
        )
    tokens = []
    place = 0
    while place < len(text):
        if space := _SPACE.match(text, place):
            place = space.end()
            continue
        token = _token_at(text, place)
        tokens.append(token)
        place = token.end
    tokens.append(Token("end", "", len(text), len(text)))
    return tuple(tokens)


def _token_at(text: str, place: int) -> Token:
    """Return the token that starts at `place`."""
    for kind, pattern in (("number", _NUMBER), ("name", NAME), ("operator", _OPERATOR)):
        if found := pattern.match(text, place):
            return Token(kind, found.group(), place, found.end())
    if found := _QUOTED.match(text, place):
        body = _ESCAPE.sub(r"\1", found["body"])
        if found["quote"] != "`":
            return Token("string", body, place, found.end())
        if not body.strip():
            raise FormulaError("The backticks hold no column name.", text, place)
        return Token("name", body, place, found.end())
    character = text[place]
    if character in "`\"'":
        raise FormulaError(f"The quote {character} is not closed.", text, place)
    if character == ".":
        return Token("dot", character, place, place + 1)
    raise FormulaError(
        f"The character {character!r} has no meaning in a formula; a column name that holds it "
        "is written between backticks: `my column`.",
        text,
        place,
    )
