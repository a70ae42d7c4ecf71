"""Text: as it is shown, and as lines in which a piece of code is never broken."""

import re
from collections.abc import Iterator
from textwrap import wrap

__all__ = ["ShownText", "prose_lines"]

# A call or a subscript: a name with a bracket right behind it, and what it is assigned to.
_OPENS = re.compile(r"[\w\])][(\[]")
_NEXT = re.compile(r"[^\s(\[]*[(\[]")
_NAMED = re.compile(r"(\w+ = )?$")
_CLOSES = {"(": ")", "[": "]"}
# Stand for what textwrap breaks lines at, where it must not.
_GLUE = str.maketrans({" ": "\ue000", "-": "\ue001"})
_LOOSEN = str.maketrans({"\ue000": " ", "\ue001": "-"})


class ShownText(str):
    """Text that shows itself as it is at the prompt and in a notebook, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        """Return the text without quotes."""
        return str(self)


def prose_lines(text: str, width: int, first: str = "", further: str = "") -> list[str]:
    """Return a paragraph as lines; a line of code in it is whole, be it wider than the page.

    `first` and `further` are what the first line, and what all others begin with.
    """
    parts, end = [], 0
    for start, stop in _code(text):
        parts += [text[end:start], text[start:stop].translate(_GLUE)]
        end = stop
    glued = "".join([*parts, text[end:]])
    lines = wrap(
        glued, width, initial_indent=first, subsequent_indent=further, break_long_words=False
    )
    return [piece.translate(_LOOSEN) for line in lines for piece in _cut(line, width, further)]


def _cut(line: str, width: int, further: str) -> list[str]:
    """Return a line, in pieces where a single word that is no code is wider than the page."""
    if len(line) <= width or line != line.translate(_LOOSEN):
        return [line]
    return wrap(line, width, subsequent_indent=further, drop_whitespace=False)


def _code(text: str) -> Iterator[tuple[int, int]]:
    """Yield where calls, subscripts and assignments to subscripts begin and end."""
    place = 0
    while opening := _OPENS.search(text, place):
        end = _chain(text, opening.start() + 1)
        if end == opening.start() + 1:  # a bracket that nothing closes
            place = opening.end()
            continue
        if text.startswith(" = ", end):
            end = _chain(text, end + 3)
        start = text.rfind(" ", 0, opening.start() + 1) + 1
        yield start - len(_NAMED.search(text[:start])[0]), end
        place = end


def _chain(text: str, place: int) -> int:
    """Return the place behind all calls and subscripts that follow each other from here."""
    while opening := _NEXT.match(text, place):
        closed = _closed(text, opening.end() - 1)
        if closed is None:
            break
        place = closed
    return place


def _closed(text: str, opening: int) -> int | None:
    """Return the place behind the bracket that closes the one at `opening`; None without one."""
    waiting, quote = [], ""
    for k in range(opening, len(text)):
        character = text[k]
        if quote:
            quote = "" if character == quote and text[k - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character in _CLOSES:
            waiting.append(_CLOSES[character])
        elif waiting and character == waiting[-1]:
            waiting.pop()
            if not waiting:
                return k + 1
    return None
