"""Linear combinations of named quantities, read from text: strict, and nothing is evaluated."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn

from bayesmm.errors import UsageError, suggestion

__all__ = ["Combination", "LinearHypothesis", "parse_hypothesis"]

_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_SIGN = re.compile(r"<=|>=|==|[-+*/()<>=]")
_RELATIONS = ("<", ">", "<=", ">=", "=", "==")
# After a name none of these may follow: 'Days' is not the start of 'Days:treat[ozone]'.
_GOES_ON = re.compile(r"[\w.\[(:|]")


@dataclass(frozen=True, slots=True)
class Combination:
    """constant + sum of coefficient * quantity."""

    coefficients: Mapping[str, float] = field(default_factory=dict)
    constant: float = 0.0

    def plus(self, other: "Combination", factor: float = 1.0) -> "Combination":
        """Return self + factor * other."""
        names = dict.fromkeys((*self.coefficients, *other.coefficients))
        return Combination(
            {
                name: self.coefficients.get(name, 0.0) + factor * other.coefficients.get(name, 0.0)
                for name in names
            },
            self.constant + factor * other.constant,
        )

    def times(self, factor: float) -> "Combination":
        """Return factor * self."""
        return Combination().plus(self, factor)


@dataclass(frozen=True, slots=True)
class LinearHypothesis:
    """What is compared: ``difference`` = left - right, and the ``relation`` to 0."""

    text: str
    difference: Combination
    relation: str


def parse_hypothesis(text: str, names: Iterable[str]) -> LinearHypothesis:
    """Read ``combination relation combination``.

    A combination is made of ``+``, ``-``, ``*``, ``/``, parentheses, numbers and names, and
    must be linear in the names. Names are matched whole, the longest first, so that brackets,
    colons and spaces in them need no quotes.

    A `UsageError` names the place in a text that is no such comparison, as ``"2 * Days - 10 > 0"``
    is.
    """
    return _Reader(text, tuple(names)).comparison()


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    position: int


class _Reader:
    """Recursive descent over the tokens of one comparison."""

    def __init__(self, text: str, names: tuple[str, ...]) -> None:
        self._text = text
        self._names = names
        self._tokens = list(_tokens(text, names))
        self._next = 0

    def comparison(self) -> LinearHypothesis:
        left = self._sum()
        relation = self._take(*_RELATIONS)
        if relation is None:
            self._fail(f"a comparison needs one of {', '.join(_RELATIONS[:-1])} here")
        right = self._sum()
        if self._peek() is not None:
            self._fail("nothing can follow here")
        difference = left.plus(right, -1.0)
        if not any(difference.coefficients.values()):
            raise UsageError(f"'{self._text}' compares no parameter.")
        return LinearHypothesis(
            self._text.strip(), difference, "=" if relation == "==" else relation
        )

    def _sum(self) -> Combination:
        total = self._product()
        while sign := self._take("+", "-"):
            total = total.plus(self._product(), 1.0 if sign == "+" else -1.0)
        return total

    def _product(self) -> Combination:
        value = self._factor()
        while operator := self._take("*", "/"):
            place = self._next
            other = self._factor()
            if operator == "/":
                if other.coefficients or other.constant == 0:
                    self._fail("only a number other than 0 can divide", place)
                value = value.times(1 / other.constant)
            elif other.coefficients and value.coefficients:
                self._fail("a product of two parameters is not linear", place)
            else:
                scaled, number = (value, other) if value.coefficients else (other, value)
                value = scaled.times(number.constant)
        return value

    def _factor(self) -> Combination:
        if sign := self._take("+", "-"):
            return self._factor().times(1.0 if sign == "+" else -1.0)
        if self._take("("):
            inside = self._sum()
            if not self._take(")"):
                self._fail("a ')' is missing here")
            return inside
        token = self._peek()
        if token is None or token.kind == "sign":
            self._fail("a number or the name of a parameter is missing here")
        self._next += 1
        if token.kind == "number":
            return Combination(constant=float(token.text))
        return Combination({token.text: 1.0})

    def _peek(self) -> _Token | None:
        return self._tokens[self._next] if self._next < len(self._tokens) else None

    def _take(self, *signs: str) -> str | None:
        """Return the next token and step over it if it is one of these signs."""
        token = self._peek()
        if token is None or token.kind != "sign" or token.text not in signs:
            return None
        self._next += 1
        return token.text

    def _fail(self, what: str, place: int | None = None) -> NoReturn:
        rest = self._tokens[self._next if place is None else place :]
        position = rest[0].position if rest else len(self._text)
        raise UsageError(f"Hypothesis: {what}.\n  {self._text}\n  {' ' * position}^")


def _tokens(text: str, names: tuple[str, ...]) -> Iterable[_Token]:
    patterns = {name: _pattern(name) for name in names}
    position = 0
    while position < len(text):
        if text[position].isspace():
            position += 1
            continue
        token, end = _token_at(text, position, patterns)
        yield token
        position = end


def _token_at(text: str, position: int, patterns: Mapping[str, re.Pattern]) -> tuple[_Token, int]:
    for name in sorted(patterns, key=len, reverse=True):
        match = patterns[name].match(text, position)
        if match and not _GOES_ON.match(text, match.end()):
            return _Token("name", name, position), match.end()
    for kind, pattern in (("number", _NUMBER), ("sign", _SIGN)):
        if match := pattern.match(text, position):
            return _Token(kind, match.group(), position), match.end()
    word = re.compile(r"[^\s<>=*/+-]+").match(text, position)
    unknown = word.group() if word else text[position]
    raise UsageError(
        f"'{unknown}' is not the name of a parameter. "
        f"{suggestion(unknown, patterns, label='Parameters')}\n"
        f"  {text}\n  {' ' * position}^"
    )


def _pattern(name: str) -> re.Pattern:
    """Return what matches a name, spaces inside it being free."""
    return re.compile(r"\s*".join(map(re.escape, name.split())))
