"""The formula as data: what an lme4 formula says, before any data are seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bayesmm.errors import FormulaError
from bayesmm.formula.expansion import Term, expand
from bayesmm.formula.functions import FUNCTIONS, bind, columns_of
from bayesmm.formula.groups import GroupTerm, group_terms
from bayesmm.formula.parser import parse
from bayesmm.formula.response import Response, parse_response
from bayesmm.formula.syntax import Call, Formula, Name, Node, Sum, show, unwrap

__all__ = [
    "ModelFormula",
    "PredictorFormula",
    "parse_formula",
    "parse_predictor",
    "refuse_response",
]


@dataclass(frozen=True, slots=True)
class PredictorFormula:
    """What a formula says of one linear predictor: eta = intercept + terms + offsets + groups."""

    text: str = field(compare=False)  # the formula as the user wrote it
    # its syntax tree; ``str()`` of the record prints it with R's spacing
    tree: Formula = field(repr=False)
    intercept: bool
    terms: tuple[Term, ...]  # common terms, by order of interaction as in R
    # group terms in the order written; ``(x | a/b)`` is ``(x | a)`` and ``(x | a:b)``
    groups: tuple[GroupTerm, ...]
    offsets: tuple[Node, ...]  # expressions whose sum is a known part of the linear predictor
    # terms whose effects differ between the thresholds of ordered categories, from ``cs()``
    specific: tuple[Term, ...]

    def __str__(self) -> str:
        """Return the formula with R's spacing; parsing it gives an equal record."""
        return show(self.tree)

    @property
    def expanded(self) -> str:
        """The formula with every term written out."""
        parts = ["1" if self.intercept else "0", *(term.label for term in self.terms)]
        parts += [f"cs({term.label})" for term in self.specific]
        parts += [f"offset({show(offset)})" for offset in self.offsets]
        parts += [group.label for group in self.groups]
        return f"{show(self.tree.response)} ~ {' + '.join(parts)}"

    @property
    def every_term(self) -> tuple[Term, ...]:
        """The common terms, those of ``cs()``, and those of the groups."""
        own = (term for group in self.groups for term in group.terms)
        return (*self.terms, *self.specific, *own)

    def predictor_columns(self) -> Iterator[Name]:
        """Yield the columns that the linear predictor reads, groupings left out."""
        for node in (*(f for term in self.every_term for f in term.factors), *self.offsets):
            yield from columns_of(node)

    def factor_columns(self) -> Iterator[Name]:
        """Yield the columns that the formula itself makes factors: ``factor(x)``, ``C(x, Sum)``."""
        for node in (f for term in self.every_term for f in term.factors):
            if isinstance(node, Call) and FUNCTIONS[node.function].gives == "category":
                yield from columns_of(node)

    def group_columns(self) -> Iterator[Name]:
        """Yield the columns of the groupings."""
        for group in self.groups:
            yield from group.columns


@dataclass(frozen=True, slots=True)
class ModelFormula(PredictorFormula):
    """What the formula of a response says."""

    response: Response

    def response_columns(self) -> Iterator[Name]:
        """Yield the columns of the left side."""
        for node in self.response.nodes:
            yield from columns_of(node)


def parse_formula(text: str) -> ModelFormula:
    """Read a formula in the language of lme4.

    ``"response ~ predictors"``, every term written out; see ``docs/FORMULAS.md`` for the language.
    When any part of the text has no meaning, a `FormulaError` has the place and what to write
    instead.
    """
    if not isinstance(text, str):
        raise FormulaError(f"A formula is a text, not {type(text).__name__}.")
    tree = parse(text)
    response = parse_response(tree.response, text)
    model = ModelFormula(*_right_side(tree, text), response)
    refuse_response(response, model, text)
    if response.weights is not None:
        _refuse_columns(response, [(response.weights, "its own weight")], text)
    return model


def parse_predictor(text: str) -> PredictorFormula:
    """Read a formula of a parameter; what stands before ``~`` is not read."""
    tree = parse(text)
    return PredictorFormula(*_right_side(tree, text))


def _right_side(tree: Formula, text: str) -> tuple:
    """Return the fields of a `PredictorFormula`."""
    right = expand(tree.predictors, text)
    groups = group_terms(right.bars, text)
    if not (right.intercept or right.terms or right.specific or groups):
        raise FormulaError(
            "The model has nothing to estimate; write '~ 1' for an intercept only.",
            text,
            tree.predictors.position,
        )
    offsets = tuple(bind(call, text).quantities[0] for call in right.offsets)
    return text, tree, right.intercept, right.terms, groups, offsets, right.specific


def refuse_response(response: Response, model: PredictorFormula, text: str) -> None:
    """Raise when the response stands on a right side too, transformed or not.

    A response of several columns, such as ``I(y - baseline)`` or ``cbind(s, f)``, may have some of
    them on the right side, as long as that side does not hold the whole response.
    """
    places = [(node, "a predictor") for term in model.every_term for node in term.factors]
    places += [(node, "an offset") for node in model.offsets]
    places += [(column, "a grouping") for column in model.group_columns()]
    _refuse_columns(response, places, text)


def _refuse_columns(response: Response, places: Sequence[tuple[Node, str]], text: str) -> None:
    label = show(response.value)
    own = {name.value for name in columns_of(response.value)}
    for node, what in places:
        used = {name.value for name in columns_of(node)}
        whole = node in (response.value, response.failures, *response.others)
        whole = whole or (len(own) == 1 and own <= used)
        if whole and not _is_total(node, response):
            first = next(columns_of(node))
            through = "" if isinstance(node, Name) else f", in {show(node)}"
            raise FormulaError(
                f"The response {label} is also {what}{through}.", text, first.position
            )


def _is_total(node: Node, response: Response) -> bool:
    """Return whether an expression is the trials of ``cbind(s, f)``, which are s + f."""
    while isinstance(node, Call):
        node = bind(node).quantities[0]
    node = unwrap(node)
    parts = node.parts if isinstance(node, Sum) else ()
    both = {response.value, response.failures}
    return (
        len(parts) == 2 and all(sign == "+" for sign, _ in parts) and {p for _, p in parts} == both
    )
