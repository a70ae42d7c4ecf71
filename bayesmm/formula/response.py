"""The left side of a formula: the response, and what is known of each of its rows."""

from collections.abc import Mapping
from dataclasses import dataclass

from bayesmm.errors import FormulaError
from bayesmm.formula.additions import Additions, Censoring, Truncation, read_additions
from bayesmm.formula.checking import check_quantity
from bayesmm.formula.functions import bind, columns_of
from bayesmm.formula.options import Option
from bayesmm.formula.syntax import Binary, Call, Name, Node, show, unwrap

__all__ = ["Response", "parse_response"]


@dataclass(frozen=True, slots=True)
class Response:
    """The left side of a formula."""

    label: str  # as written: ``"Reaction"``, ``"p(incidence, size)"``
    # the same without backticks, and without what does not change what is counted or measured: its
    # name in tables and draws
    name: str
    value: Node  # the response, or the number of successes
    # number of trials, from ``p(y, n)`` or ``y | trials(n)``; of failures, from ``cbind``
    trials: Node | None = None
    failures: Node | None = None
    weights: Node | None = None  # precision weights, from ``y | weights(w)``
    # which responses are known by bounds only, from ``y | cens(status, upper)``
    censoring: Censoring | None = None
    truncation: Truncation | None = None  # bounds of what could be seen, from ``y | trunc(lb, ub)``
    rate: Node | None = None  # exposure of counts, from ``y | rate(time)``
    decision: Node | None = None  # which boundary was reached, from ``y | dec(choice)``
    # labels of the categories from the lowest, from ``ordered(y, levels = c("low", "high"))``
    order: tuple[str, ...] = ()
    # label of the category that the others are compared with, from ``relevel(y, ref = "none")``
    reference: str = ""
    # counts of the categories after the second, from ``cbind(a, b, c)``
    others: tuple[Node, ...] = ()

    @property
    def counts(self) -> tuple[Node, ...]:
        """The columns of ``cbind``, each the count of a category; else empty."""
        return () if self.failures is None else (self.value, self.failures, *self.others)

    @property
    def bounds(self) -> tuple[Node, ...]:
        """The bounds of truncation."""
        own = self.truncation
        return () if own is None else tuple(b for b in (own.lower, own.upper) if b is not None)

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every expression of the left side."""
        status = None if self.censoring is None else self.censoring.status
        parts = (self.value, self.trials, self.failures, self.weights, status, self.rate)
        parts = (*parts, self.decision)
        own = (p for p in parts if p is not None)
        return (*own, *self.others, *self.bounds, *self.partial)

    @property
    def of_two(self) -> Node:
        """What may have two labels: the response, or the decision that a time is of."""
        return self.value if self.decision is None else self.decision

    @property
    def partial(self) -> tuple[Node, ...]:
        """Expressions that need a value in some rows only: the upper ends of intervals."""
        upper = None if self.censoring is None else self.censoring.upper
        return () if upper is None else (upper,)


def parse_response(node: Node, text: str) -> Response:
    """Return the left side of a formula.

    That is arithmetic of columns, ``cbind``, ``p``, ``ordered``, ``relevel``, and what may follow
    ``|``; anything else is a `FormulaError`.
    """
    label = show(node)
    found = Additions()
    value = whole = node
    if isinstance(node, Binary) and node.operator in ("|", "||"):
        value = whole = node.left
        found = read_additions(node, text)
    value = unwrap(value)
    trials, failures, others = found.trials, None, ()
    if isinstance(value, Call) and value.function in ("p", "cbind"):
        if trials is not None:
            raise FormulaError(
                f"{value.function}() and trials() both give the trials; write one of them.",
                text,
                node.operator_position,
            )
        successes, second, *others = bind(value, text).quantities
        trials, failures = (second, None) if value.function == "p" else (None, second)
        value = successes
    order: tuple[str, ...] = ()
    if isinstance(value, Call) and value.function == "ordered":
        value, order = _ordered(value, text)
    reference = ""
    if isinstance(value, Call) and value.function == "relevel":
        value, reference = _releveled(value, text)
    counted = trials is not None or failures is not None or found.decision is not None
    name = value if order or reference else node if counted else whole
    response = Response(
        label,
        show(name, bare=True),
        value,
        trials,
        failures,
        found.weights,
        found.censoring,
        found.truncation,
        found.rate,
        found.decision,
        order,
        reference,
        tuple(others),
    )
    for part in response.nodes:
        check_quantity(part, text)
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
