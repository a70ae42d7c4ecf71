"""Syntax tree of a formula: frozen nodes, compared by structure, and printed as R prints them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from bayesmm.formula.tokens import NAME

__all__ = [
    "Argument",
    "Binary",
    "Call",
    "Formula",
    "Name",
    "Node",
    "Number",
    "Parentheses",
    "String",
    "Sum",
    "Unary",
    "quoted",
    "show",
    "unwrap",
]


def _position() -> int:
    """Index into the text where the node starts; two nodes are equal wherever they stand."""
    return field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Name:
    """A column, or a word such as ``Sum`` where the language expects one."""

    value: str
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Number:
    """A number, with the digits as written."""

    text: str
    position: int = _position()

    @property
    def value(self) -> float:
        """The number itself."""
        return float(self.text.rstrip("L"))


@dataclass(frozen=True, slots=True)
class String:
    """A quoted text."""

    value: str
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Sum:
    """A chain of ``+`` and ``-``, flat so that long formulas do not nest deeply."""

    parts: tuple[tuple[str, "Node"], ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right`` for every other operator; ``**`` is stored as ``^``."""

    operator: str
    left: "Node"
    right: "Node"
    position: int = _position()
    operator_position: int = _position()


@dataclass(frozen=True, slots=True)
class Unary:
    """A sign before an expression."""

    operator: str
    operand: "Node"
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Parentheses:
    """An expression in parentheses, kept because a group term is one."""

    inner: "Node"
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Argument:
    """One argument of a call, with its name when it was written with one."""

    value: "Node"
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Call:
    """A function of the language and its arguments."""

    function: str
    arguments: tuple[Argument, ...]
    position: int = _position()


@dataclass(frozen=True, slots=True)
class Formula:
    """``response ~ predictors``."""

    response: "Node"
    predictors: "Node"


type Node = Name | Number | String | Sum | Binary | Unary | Parentheses | Call

# R's spacing: `x^2`, `a:b` and `x/2` are tight, `x * 2` is not.
_TIGHT = frozenset("^:/")


def quoted(name: str) -> str:
    """Return a column name as it is written in a formula, in backticks where it needs them."""
    if NAME.fullmatch(name):
        return name
    body = name.replace("\\", "\\\\").replace("`", "\\`")
    return f"`{body}`"


def show(node: Node | Formula, *, bare: bool = False) -> str:
    """Return the text of a node with R's spacing; parsing it gives an equal node.

    If `bare`, columns go without backticks, as in the names of the tables.
    """
    return "".join(_pieces(node, str if bare else quoted))


def unwrap(node: Node) -> Node:
    """Return the node inside any parentheses."""
    while isinstance(node, Parentheses):
        node = node.inner
    return node


def _pieces(node: Node | Formula, name: Callable[[str], str]) -> Iterator[str]:
    """Yield the text of a node in pieces; `name` writes a column."""
    match node:
        case Name(value):
            yield name(value)
        case Number(text):
            yield text
        case String(value):
            body = value.replace("\\", "\\\\").replace('"', '\\"')
            yield f'"{body}"'
        case Sum(parts):
            for index, (sign, part) in enumerate(parts):
                yield f" {sign} " if index else ""
                yield from _pieces(part, name)
        case Binary(operator, left, right):
            yield from _pieces(left, name)
            yield operator if operator in _TIGHT else f" {operator} "
            yield from _pieces(right, name)
        case Unary(operator, operand):
            yield operator
            yield from _pieces(operand, name)
        case Parentheses(inner):
            yield "("
            yield from _pieces(inner, name)
            yield ")"
        case Call(function, arguments):
            yield f"{quoted(function)}("
            for index, argument in enumerate(arguments):
                yield ", " if index else ""
                yield "" if argument.name is None else f"{quoted(argument.name)} = "
                yield from _pieces(argument.value, name)
            yield ")"
        case Formula(response, predictors):
            yield from _pieces(response, name)
            yield " ~ "
            yield from _pieces(predictors, name)
