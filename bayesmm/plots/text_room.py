"""How wide a text is, and the same text within a width: in lines, and shortened if it must be."""

import re
from functools import lru_cache

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

__all__ = ["LINE", "fits", "inches", "wrap"]

LINE = 1.25  # height of a line in sizes of the letters
_POINTS = 72.0  # per inch
_SPARE = 1.03  # renderers round every letter to pixels
_HEAD = 0.6  # of a shortened text is its beginning: names differ at either end
# A word, or a part of one with the signs behind it; a number is not cut at its point or comma.
_PART = re.compile(r"\s*(?:[^\s\-_/:;,.&]|(?<=\d)[.,](?=\d))*[\-_/:;,.&]*")
_DOTS = "\N{HORIZONTAL ELLIPSIS}"
_PATHS = TextToPath()


@lru_cache(maxsize=20_000)
def inches(text: str, size: float) -> float:
    """Return the width of the longest line of a text [inch] in letters of a size [point]."""
    font = FontProperties(size=size)
    widths = (
        _PATHS.get_text_width_height_descent(line, font, ismath=False)[0]
        for line in text.split("\n")
        if line
    )
    return _SPARE * max(widths, default=0.0) / _POINTS


def fits(text: str, width: float, size: float, lines: int) -> bool:
    """Return whether a text stands in a width in so many lines without a broken or lost word."""
    return len(broken := _lines(text, width, size)) <= lines and all(
        inches(line, size) <= width for line in broken
    )


def wrap(text: str, width: float, size: float, lines: int = 2) -> str:
    """Return a text in lines that are not wider than a width.

    Lines end between words, after a hyphen or another sign within them, and only where a word
    alone is too wide within it. A text that needs more lines is shortened in its middle.

    Every line of `text` is wrapped by itself, into as many `lines` at most. `width` is in inches,
    `size` is that of the letters [point].
    """
    return "\n".join(_wrapped(line, width, size, lines) for line in text.split("\n"))


def _wrapped(text: str, width: float, size: float, most: int) -> str:
    if inches(text, size) <= width:
        return text
    broken = _broken(text, width, size)
    if len(broken) <= most:
        return "\n".join(broken)
    low, high = 1, len(text) - 1  # letters that are kept: the first can be, the last cannot
    while high - low > 1:
        middle = (low + high) // 2
        enough = len(_broken(_shortened(text, middle), width, size)) <= most
        low, high = (middle, high) if enough else (low, middle)
    return "\n".join(_broken(_shortened(text, low), width, size))


def _shortened(text: str, kept: int) -> str:
    head = round(_HEAD * kept)
    tail = text[len(text) - (kept - head) :] if kept > head else ""
    return f"{text[:head].rstrip()}{_DOTS}{tail.lstrip()}"


def _broken(text: str, width: float, size: float) -> list[str]:
    """Return lines, with words that are too wide broken where they reach the end."""
    found: list[str] = []
    for line in _lines(text, width, size):
        rest = line
        while inches(rest, size) > width and len(rest) > 1:
            count = 1
            while count < len(rest) - 1 and inches(rest[: count + 1], size) <= width:
                count += 1
            found.append(rest[:count])
            rest = rest[count:]
        found.append(rest)
    return found


def _lines(text: str, width: float, size: float) -> list[str]:
    """Return lines of whole parts of words; one part alone may be too wide."""
    lines = [""]
    for part in re.findall(_PART, text):
        longer = lines[-1] + part
        if not lines[-1] or inches(longer, size) <= width:
            lines[-1] = longer if lines[-1] else part.lstrip()
        else:
            lines.append(part.lstrip())
    return [line for line in lines if line]
