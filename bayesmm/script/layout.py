"""Long lines of code, broken inside their last pair of brackets."""

from collections.abc import Iterable, Iterator

__all__ = ["WIDTH", "folded"]

WIDTH = 92
_CLOSING = {"(": ")", "[": "]", "{": "}"}


def folded(lines: Iterable[str], indent: str = "    ", comma: str = ",") -> str:
    """Return lines as one text, those that are too long broken.

    `comma` stands after the last of several lines: a comma in Python, nothing in R.
    """
    return "\n".join(part for line in lines for part in _folded(line, indent, comma))


def _folded(line: str, indent: str, comma: str) -> Iterator[str]:
    start = _opening(line) if len(line) > WIDTH and not line.lstrip().startswith("#") else None
    if start is None:
        yield line
        return
    margin = line[: len(line) - len(line.lstrip())]
    end = _end(line, start)
    inside, tail = line[start + 1 : end], line[end:]
    yield line[: start + 1]
    if len(margin) + len(indent) + len(inside) <= WIDTH:
        yield f"{margin}{indent}{inside}"
    else:
        parts = list(_arguments(inside))
        for k, part in enumerate(parts, 1):
            after = comma if k == len(parts) else ","
            yield from _folded(f"{margin}{indent}{part}{after}", indent, comma)
    yield f"{margin}{tail}"


def _opening(line: str) -> int | None:
    """Return the place of the first bracket that is closed at the end of the line."""
    for place, sign in _signs(line):
        if sign in _CLOSING and line[_end(line, place) + 1 :].strip() in ("", ","):
            return place
    return None


def _end(line: str, start: int) -> int:
    """Return the place where the bracket at `start` is closed."""
    depth = 0
    for place, sign in _signs(line):
        if place < start:
            continue
        depth += (sign in _CLOSING) - (sign in _CLOSING.values())
        if depth == 0:
            return place
    return len(line)


def _arguments(inside: str) -> Iterator[str]:
    """Yield what stands between the commas outside of all brackets."""
    depth, begin = 0, 0
    for place, sign in _signs(inside):
        depth += (sign in _CLOSING) - (sign in _CLOSING.values())
        if sign == "," and depth == 0:
            yield inside[begin:place].strip()
            begin = place + 1
    yield inside[begin:].strip()


def _signs(line: str) -> Iterator[tuple[int, str]]:
    """Yield the brackets and commas of a line that are not inside a text or a name in backticks."""
    quote, escaped = "", False
    for place, character in enumerate(line):
        if quote:
            if escaped:
                escaped = False
            elif character == "\\":
                escaped = True
            elif character == quote:
                quote = ""
        elif character in "\"'`":
            quote = character
        elif character in "()[]{},":
            yield place, character
