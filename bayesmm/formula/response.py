"""The left side of a formula: the response, its trials and its weights."""

from collections.abc import Mapping
from dataclasses import dataclass

from bayesmm.errors import FormulaError
from bayesmm.formula.checking import check_quantity
from bayesmm.formula.functions import FUNCTIONS, bind, columns_of
from bayesmm.formula.options import Option
from bayesmm.formula.syntax import Binary, Call, Name, Node, Sum, show, unwrap

__all__ = ["Response", "parse_response"]


@dataclass(frozen=True, slots=True)
class Response:
    """The left side of a formula.

    Attributes
    ----------
    label : str
        As written: ``"Reaction"``, ``"p(incidence, size)"``.
    name : str
        The same without backticks and without weights: its name in tables and draws.
    value : Node
        The response, or the number of successes.
    trials, failures : Node or None
        Number of trials, from ``p(y, n)`` or ``y | trials(n)``; of failures, from ``cbind``.
    weights : Node or None
        Precision weights, from ``y | weights(w)``.
    order : tuple of str
        Labels of the categories from the lowest, from ``ordered(y, levels = c("low", "high"))``.
    reference : str
        Label of the category that the others are compared with, from ``relevel(y, ref = "none")``.
    """

    label: str
    name: str
    value: Node
    trials: Node | None = None
    failures: Node | None = None
    weights: Node | None = None
    order: tuple[str, ...] = ()
    reference: str = ""

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every expression of the left side."""
        parts = (self.value, self.trials, self.failures, self.weights)
        return tuple(part for part in parts if part is not None)


def parse_response(node: Node, text: str) -> Response:
    """Return the left side of a formula.

    Parameters
    ----------
    node : Node
        Its syntax tree.
    text : str
        The formula, for messages.

    Raises
    ------
    FormulaError
        When it is no arithmetic of columns, ``cbind``, ``p``, ``ordered``, ``relevel``,
        ``| trials(n)`` or ``| weights(w)``.
    """
    label = show(node)
    additions: dict[str, Node] = {}
    value = node
    if isinstance(node, Binary) and node.operator in ("|", "||"):
        value = node.left
        additions = _additions(node, text)
    value = unwrap(value)
    if isinstance(value, Call) and value.function in ("p", "cbind"):
        if "trials" in additions:
            raise FormulaError(
                f"{value.function}() and trials() both give the trials; write one of them.",
                text,
                node.operator_position,
            )
        successes, second = bind(value, text).quantities
        additions["trials" if value.function == "p" else "failures"] = second
        value = successes
    order: tuple[str, ...] = ()
    if isinstance(value, Call) and value.function == "ordered":
        value, order = _ordered(value, text)
    reference = ""
    if isinstance(value, Call) and value.function == "relevel":
        value, reference = _releveled(value, text)
    for part in (value, *additions.values()):
        check_quantity(part, text)
    only_weights = additions.keys() == {"weights"}
    name = show(value if only_weights or order or reference else node, bare=True)
    response = Response(label, name, value, **additions, order=order, reference=reference)
    if not any(columns_of(value)):
        raise FormulaError("The response is no column of the data.", text, node.position)
    return response


def _ordered(call: Call, text: str) -> tuple[Name, tuple[str, ...]]:
    """Return the column of ``ordered(y, levels = c(...))`` and its categories in their order."""
    column, options = _column_and_options(call, text)
    order = options.get("levels")
    if order is None:
        raise FormulaError(
            "ordered() needs the categories from the lowest to the highest: "
            f'{show(Call("ordered", call.arguments[:1]))[:-1]}, levels = c("lowest", "highest")).',
            text,
            call.position,
        )
    if len(set(order)) < len(order):
        twice = next(label for label in order if order.count(label) > 1)
        raise FormulaError(f"'{twice}' stands twice among the levels.", text, call.position)
    return column, order


def _releveled(call: Call, text: str) -> tuple[Name, str]:
    """Return the column of ``relevel(y, ref = "none")`` and the reference."""
    column, options = _column_and_options(call, text)
    if "ref" not in options:
        raise FormulaError(
            "relevel() needs the category that the others are compared with: "
            f'{show(Call("relevel", call.arguments[:1]))[:-1]}, ref = "none").',
            text,
            call.position,
        )
    return column, str(options["ref"])


def _column_and_options(call: Call, text: str) -> tuple[Name, Mapping[str, Option]]:
    """Return the column that a function of categories is of, and its options."""
    bound = bind(call, text)
    (column,) = map(unwrap, bound.quantities)
    if not isinstance(column, Name):
        raise FormulaError(
            f"{call.function}() takes one column, not {show(column)}.", text, column.position
        )
    return column, bound.options


def _additions(node: Binary, text: str) -> dict[str, Node]:
    """Return what stands after ``|`` of the response."""
    right = unwrap(node.right)
    parts = right.parts if isinstance(right, Sum) else (("+", right),)
    found: dict[str, Node] = {}
    for sign, part in parts:
        known = isinstance(part, Call) and part.function in FUNCTIONS
        if not known or FUNCTIONS[part.function].gives != "addition" or sign != "+":
            raise FormulaError(
                "After '|' of the response only trials(n) and weights(w) can stand.",
                text,
                part.position,
            )
        if part.function in found:
            raise FormulaError(f"{part.function}() stands twice.", text, part.position)
        found[part.function] = bind(part, text).quantities[0]
    return found
