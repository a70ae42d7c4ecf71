"""Group terms, ``(effects | groups)``: what varies by what, and whether it is correlated."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bayesmm.errors import FormulaError
from bayesmm.formula.expansion import Term, expand
from bayesmm.formula.syntax import Binary, Call, Name, Node, Number, Sum, show, unwrap

__all__ = ["MAX_GROUP_TERMS", "GroupTerm", "group_terms"]

MAX_GROUP_TERMS = 50


@dataclass(frozen=True, slots=True)
class GroupTerm:
    """Effects that vary by group, ``(effects | factor)``."""

    intercept: bool
    terms: tuple[Term, ...]  # terms whose coefficients vary
    columns: tuple[Name, ...]  # columns whose observed combinations are the groups
    correlated: bool  # False for ``||``
    # the p of ``(effects | p | factor)``: effects with the same are correlated across formulas
    shared: str = ""
    # where it stands in the formula
    shared_position: int = field(default=0, compare=False, repr=False)

    @property
    def factor(self) -> str:
        """Name of the grouping factor: ``"Subject"``, ``"batch:sample"``."""
        return ":".join(column.value for column in self.columns)

    @property
    def label(self) -> str:
        """The group term as a user would write it, with its intercept said."""
        effects = " + ".join(("1" if self.intercept else "0", *(t.label for t in self.terms)))
        groups = ":".join(show(column) for column in self.columns)
        bar = f"| {self.shared} |" if self.shared else ("|" if self.correlated else "||")
        return f"({effects} {bar} {groups})"

    @property
    def position(self) -> int:
        """Where its grouping factor stands in the formula."""
        return self.columns[0].position


def group_terms(bars: Sequence[Binary], text: str) -> tuple[GroupTerm, ...]:
    """Return the group terms of a formula, in the order written.

    Each of `bars` is ``effects | groups`` or ``effects || groups``. A grouping that is none, and an
    effect that varies twice by one factor, are a `FormulaError`.
    """
    groups: list[GroupTerm] = []
    for bar in bars:
        groups += _group_terms(bar, text)
        if len(groups) > MAX_GROUP_TERMS:
            raise FormulaError(
                f"The formula has more than {MAX_GROUP_TERMS} group terms.", text, bar.position
            )
    _refuse_repetition(groups, text)
    return tuple(groups)


def _group_terms(bar: Binary, text: str) -> Iterator[GroupTerm]:
    """Yield the group terms of ``(effects | groups)``, one per grouping factor."""
    left, shared, place = bar.left, "", 0
    if isinstance(left, Binary) and left.operator in ("|", "||"):
        shared, place = _label_of_effects(left, bar, text), left.right.position
        left = left.left
    effects = expand(left, text, inside_group=True)
    if not (effects.intercept or effects.terms):
        raise FormulaError(
            "The group term has no effect; write (1 | g) or (0 + x | g).", text, bar.position
        )
    groupings = _groupings(bar.right, text)
    if shared and len(groupings) > 1:
        each = " + ".join(
            f"({show(left)} | {shared}{k or ''} | {':'.join(map(show, columns))})"
            for k, columns in enumerate(groupings)
        )
        raise FormulaError(
            f"'{shared}' would stand for effects of several groupings; write one term for each: "
            f"{each}.",
            text,
            place,
        )
    for columns in groupings:
        names = [column.value for column in columns]
        if len(set(names)) < len(names):
            raise FormulaError(
                f"The grouping {':'.join(names)} names a column twice.", text, bar.right.position
            )
        correlated = bar.operator == "|"
        yield GroupTerm(effects.intercept, effects.terms, columns, correlated, shared, place)


def _label_of_effects(inner: Binary, bar: Binary, text: str) -> str:
    """Return the p of ``(effects | p | groups)``."""
    label = inner.right
    if "||" in (inner.operator, bar.operator):
        place = inner.operator_position if inner.operator == "||" else bar.operator_position
        raise FormulaError(
            f"'||' keeps effects apart that the label '{show(label)}' would correlate; write "
            f"({show(inner.left)} | {show(label)} | {show(bar.right)}) or "
            f"({show(inner.left)} || {show(bar.right)}).",
            text,
            place,
        )
    if isinstance(inner.left, Binary) and inner.left.operator in ("|", "||"):
        raise FormulaError(
            "A group term has at most two '|': (effects | label | grouping).",
            text,
            bar.operator_position,
        )
    if not isinstance(label, Name | Number):
        raise FormulaError(
            f"'{show(label)}' cannot be the label between two '|'; write one word, as in "
            "(1 | p | g): effects with the same label are correlated across formulas.",
            text,
            label.position,
        )
    return show(label)


def _groupings(node: Node, text: str) -> list[tuple[Name, ...]]:
    """Return the grouping factors: ``a/b`` is a and a:b, the factors of lme4."""
    node = unwrap(node)
    match node:
        case Name():
            return [(node,)]
        case Binary(":", left, right):
            outer, inner = _groupings(left, text), _groupings(right, text)
            if len(outer) * len(inner) > MAX_GROUP_TERMS:
                raise FormulaError("The grouping has too many parts.", text, node.position)
            return [a + b for a in outer for b in inner]
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


def _refuse_repetition(groups: Sequence[GroupTerm], text: str) -> None:
    """Raise when one effect varies twice by one grouping factor: the two cannot be told apart."""
    seen: set[tuple[frozenset[Name], frozenset[Node]]] = set()
    for group in groups:
        factor = frozenset(group.columns)
        effects = [frozenset(term.factors) for term in group.terms]
        for effect in ([frozenset()] if group.intercept else []) + effects:
            if (factor, effect) in seen:
                what = ":".join(show(node) for node in effect) or "The intercept"
                raise FormulaError(
                    f"{what} varies twice by {group.factor}: keep it in one group term, and write "
                    f"(0 + x | {group.factor}) for a term without the intercept.",
                    text,
                    group.position,
                )
            seen.add((factor, effect))
