"""The formula as data: what an lme4 formula says, before any data are seen."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from bayesmm.errors import FormulaError
from bayesmm.formula.expansion import Term, expand
from bayesmm.formula.functions import FUNCTIONS, bind, check_quantity, columns_of
from bayesmm.formula.parser import parse
from bayesmm.formula.syntax import Binary, Call, Formula, Name, Node, Sum, show, unwrap

__all__ = ["GroupTerm", "ModelFormula", "Response", "parse_formula"]


@dataclass(frozen=True, slots=True)
class Response:
    """The left side of a formula.

    Attributes
    ----------
    label : str
        As written: ``"Reaction"``, ``"p(incidence, size)"``.
    value : Node
        The response, or the number of successes.
    trials, failures : Node or None
        Number of trials, from ``p(y, n)`` or ``y | trials(n)``; of failures, from ``cbind``.
    weights : Node or None
        Precision weights, from ``y | weights(w)``.
    """

    label: str
    value: Node
    trials: Node | None = None
    failures: Node | None = None
    weights: Node | None = None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Every expression of the left side."""
        parts = (self.value, self.trials, self.failures, self.weights)
        return tuple(part for part in parts if part is not None)


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """Effects that vary by group, ``(effects | factor)``.

    Attributes
    ----------
    intercept : bool
        Whether an intercept varies.
    terms : tuple of Term
        Terms whose coefficients vary.
    columns : tuple of Name
        Columns whose observed combinations are the groups.
    correlated : bool
        False for ``||``.
    """

    intercept: bool
    terms: tuple[Term, ...]
    columns: tuple[Name, ...]
    correlated: bool

    @property
    def factor(self) -> str:
        """Name of the grouping factor: ``"Subject"``, ``"batch:sample"``."""
        return ":".join(column.value for column in self.columns)

    @property
    def label(self) -> str:
        """The group term as a user would write it, with its intercept said."""
        effects = " + ".join(("1" if self.intercept else "0", *(t.label for t in self.terms)))
        groups = ":".join(show(column) for column in self.columns)
        return f"({effects} {'|' if self.correlated else '||'} {groups})"

    @property
    def position(self) -> int:
        """Where its grouping factor stands in the formula."""
        return self.columns[0].position


@dataclass(frozen=True, slots=True)
class ModelFormula:
    """What a formula says: eta = intercept + terms + offsets + groups.

    Attributes
    ----------
    text : str
        The formula as the user wrote it.
    tree : Formula
        Its syntax tree; ``str()`` of the record prints it with R's spacing.
    response : Response
        The left side.
    intercept : bool
        Whether there is a common intercept.
    terms : tuple of Term
        Common terms, by order of interaction as in R.
    groups : tuple of GroupTerm
        Group terms in the order written; ``(x | a/b)`` is ``(x | a)`` and ``(x | a:b)``.
    offsets : tuple of Node
        Expressions whose sum is a known part of the linear predictor.
    """

    text: str = field(compare=False)
    tree: Formula = field(repr=False)
    response: Response
    intercept: bool
    terms: tuple[Term, ...]
    groups: tuple[GroupTerm, ...]
    offsets: tuple[Node, ...]

    def __str__(self) -> str:
        """Return the formula with R's spacing; parsing it gives an equal record."""
        return show(self.tree)

    @property
    def expanded(self) -> str:
        """The formula with every term written out."""
        parts = ["1" if self.intercept else "0", *(term.label for term in self.terms)]
        parts += [f"offset({show(offset)})" for offset in self.offsets]
        parts += [group.label for group in self.groups]
        return f"{self.response.label} ~ {' + '.join(parts)}"

    def predictor_columns(self) -> Iterator[Name]:
        """Yield the columns that the linear predictor reads, groupings left out."""
        terms = [*self.terms, *(term for group in self.groups for term in group.terms)]
        for node in (*(f for term in terms for f in term.factors), *self.offsets):
            yield from columns_of(node)

    def group_columns(self) -> Iterator[Name]:
        """Yield the columns of the groupings."""
        for group in self.groups:
            yield from group.columns

    def response_columns(self) -> Iterator[Name]:
        """Yield the columns of the left side."""
        for node in self.response.nodes:
            yield from columns_of(node)


def parse_formula(text: str) -> ModelFormula:
    """Read a formula in the language of lme4.

    Parameters
    ----------
    text : str
        ``"response ~ predictors"``; see ``docs/FORMULAS.md`` for the language.

    Returns
    -------
    ModelFormula
        The model that it names, every term written out.

    Raises
    ------
    FormulaError
        When any part of the text has no meaning; with the place and what to write instead.
    """
    if not isinstance(text, str):
        raise FormulaError(f"A formula is a text, not {type(text).__name__}.")
    tree = parse(text)
    response = _response(tree.response, text)
    right = expand(tree.predictors, text)
    groups = tuple(group for bar in right.bars for group in _group_terms(bar, text))
    _refuse_repetition(groups, text)
    for term in right.terms:
        if response.value in term.factors:
            raise FormulaError(
                f"The response {show(response.value)} is also a predictor.", text, term.position
            )
    if not (right.intercept or right.terms or groups):
        raise FormulaError(
            "The model has nothing to estimate; write '~ 1' for an intercept only.",
            text,
            tree.predictors.position,
        )
    offsets = tuple(bind(call, text).quantities[0] for call in right.offsets)
    return ModelFormula(text, tree, response, right.intercept, right.terms, groups, offsets)


def _response(node: Node, text: str) -> Response:
    """Return the left side of a formula."""
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
    for part in (value, *additions.values()):
        check_quantity(part, text)
    response = Response(label, value, **additions)
    if not any(columns_of(value)):
        raise FormulaError("The response is no column of the data.", text, node.position)
    return response


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


def _group_terms(bar: Binary, text: str) -> Iterator[GroupTerm]:
    """Yield the group terms of ``(effects | groups)``, one per grouping factor."""
    if isinstance(bar.left, Binary) and bar.left.operator in ("|", "||"):
        raise FormulaError(
            "A group term has one '|'; correlations across formulas, as in (x | id | g), are not "
            "supported.",
            text,
            bar.operator_position,
        )
    effects = expand(bar.left, text, inside_group=True)
    if not (effects.intercept or effects.terms):
        raise FormulaError(
            "The group term has no effect; write (1 | g) or (0 + x | g).", text, bar.position
        )
    for columns in _groupings(bar.right, text):
        names = [column.value for column in columns]
        if len(set(names)) < len(names):
            raise FormulaError(
                f"The grouping {':'.join(names)} names a column twice.", text, bar.right.position
            )
        yield GroupTerm(effects.intercept, effects.terms, columns, bar.operator == "|")


def _groupings(node: Node, text: str) -> list[tuple[Name, ...]]:
    """Return the grouping factors: ``a/b`` is a and a:b, the factors of lme4."""
    node = unwrap(node)
    match node:
        case Name("."):
            raise FormulaError("'.' is not expanded here; name the column.", text, node.position)
        case Name():
            return [(node,)]
        case Binary(":", left, right):
            return [a + b for a in _groupings(left, text) for b in _groupings(right, text)]
        case Binary("/", left, right):
            outer = _groupings(left, text)
            return outer + [outer[-1] + inner for inner in _groupings(right, text)]
        case Sum(parts):
            separate = " + ".join(f"(1 | {show(part)})" for _, part in parts)
            hint = f"write a group term for each: {separate}"
        case Binary("*", left, right):
            a, b = show(left), show(right)
            hint = f"write (1 | {a}) + (1 | {b}) + (1 | {a}:{b})"
        case Call("factor" | "as.factor", (argument,)):
            hint = f"a grouping is a factor anyway; write (1 | {show(argument.value)})"
        case Call(function):
            hint = f"{function}() is no grouping; make the column first"
        case _:
            hint = "write (1 | g), (1 | a:b) or (1 | a/b)"
    raise FormulaError(
        f"'{show(node)}' cannot be the grouping after '|': {hint}.", text, node.position
    )


def _refuse_repetition(groups: tuple[GroupTerm, ...], text: str) -> None:
    """Raise when one effect varies twice by one grouping factor: the two cannot be told apart."""
    seen: set[tuple[frozenset[Name], frozenset[Node]]] = set()
    for group in groups:
        factor = frozenset(group.columns)
        effects = [frozenset(term.factors) for term in group.terms]
        for effect in ([frozenset()] if group.intercept else []) + effects:
            if (factor, effect) in seen:
                what = ":".join(show(node) for node in effect) or "the intercept"
                raise FormulaError(
                    f"{what} varies twice by {group.factor}: keep it in one group term, and write "
                    f"(0 + x | {group.factor}) for a term without the intercept.",
                    text,
                    group.position,
                )
            seen.add((factor, effect))
