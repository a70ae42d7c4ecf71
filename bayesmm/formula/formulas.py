"""The formulas of a model: that of the response, and those of further parameters."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bayesmm.errors import FormulaError
from bayesmm.formula.formula import (
    ModelFormula,
    PredictorFormula,
    parse_formula,
    parse_predictor,
    refuse_response,
)
from bayesmm.formula.functions import columns_of
from bayesmm.formula.groups import GroupTerm
from bayesmm.formula.parser import parse
from bayesmm.formula.syntax import Call, Name, show, unwrap
from bayesmm.formula.tokens import tokenise

__all__ = [
    "FormulaText",
    "ModelFormulas",
    "ParameterFormula",
    "formula_parts",
    "formula_text",
    "parse_formulas",
]

# One text, or one for each formula.
type FormulaText = str | Sequence[str]


@dataclass(frozen=True, slots=True)
class ParameterFormula:
    """The formula of a parameter of the family: ``sigma ~ Days``."""

    parameter: str  # the parameter as it was written: ``"sigma"``, ``"zi"``
    predictor: PredictorFormula
    # where it stands in the text of all formulas
    position: int = field(default=0, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ModelFormulas:
    """All formulas of a model."""

    text: str = field(compare=False)  # as the user wrote them, with ``;`` between
    response: ModelFormula
    further: tuple[ParameterFormula, ...] = ()  # those of further parameters, in the order written

    def __str__(self) -> str:
        """Return the formulas with R's spacing; parsing them gives an equal record."""
        return "; ".join(map(str, self.predictors))

    @property
    def predictors(self) -> tuple[PredictorFormula, ...]:
        """What each linear predictor is, that of the response first."""
        return (self.response, *(own.predictor for own in self.further))

    @property
    def groups(self) -> tuple[GroupTerm, ...]:
        """The group terms of all formulas."""
        return tuple(group for predictor in self.predictors for group in predictor.groups)

    @property
    def expanded(self) -> str:
        """The formulas with every term written out."""
        return "; ".join(predictor.expanded for predictor in self.predictors)

    def predictor_columns(self) -> Iterator[Name]:
        """Yield the columns that the linear predictors read, groupings left out."""
        for predictor in self.predictors:
            yield from predictor.predictor_columns()

    def factor_columns(self) -> Iterator[Name]:
        """Yield the columns that a formula itself makes factors."""
        for predictor in self.predictors:
            yield from predictor.factor_columns()

    def group_columns(self) -> Iterator[Name]:
        """Yield the columns of the groupings."""
        for predictor in self.predictors:
            yield from predictor.group_columns()

    def response_columns(self) -> Iterator[Name]:
        """Yield the columns of the response."""
        yield from self.response.response_columns()

    def columns(self) -> Iterator[Name]:
        """Yield all columns that are read, those of the response first."""
        yield from self.response_columns()
        yield from self.predictor_columns()
        yield from self.group_columns()

    def partial_columns(self) -> frozenset[str]:
        """Return the columns that need a value in some rows only, the upper ends of intervals."""
        response = self.response.response
        others = (
            n for node in response.nodes if node not in response.partial for n in columns_of(node)
        )
        needed = (*others, *self.predictor_columns(), *self.group_columns())
        own = (name.value for node in response.partial for name in columns_of(node))
        return frozenset(own) - {name.value for name in needed}


def formula_text(formula: FormulaText) -> str:
    """Return formulas as one text, with ``;`` between them."""
    if isinstance(formula, str):
        return formula
    if not isinstance(formula, Sequence):
        raise FormulaError(
            f"A formula is a text, or a list of texts with one for each parameter, not "
            f"{type(formula).__name__}."
        )
    for part in formula:
        if not isinstance(part, str):
            raise FormulaError(f"A formula is a text, not {type(part).__name__}.")
    if not formula:
        raise FormulaError("The list of formulas is empty; write 'response ~ predictors'.")
    return "; ".join(part.strip().removesuffix(";") for part in formula)


def parse_formulas(formula: FormulaText) -> ModelFormulas:
    """Read the formulas of a model: that of the response first, then those of parameters.

    As ``"y ~ x; sigma ~ z"``, or ``["y ~ x", "sigma ~ z"]``. When any part of the text has no
    meaning, a `FormulaError` has the place and what to write instead.
    """
    text = formula_text(formula)
    first, *others = formula_parts(text)
    try:
        response = parse_formula(first)
        further = tuple(_parameter_formula(part, response, text) for part in others)
    except FormulaError as error:
        # The blanks that keep places right are no part of the formula.
        raise FormulaError(error.message, text, error.position) from None
    _refuse_doubles(further, text)
    formulas = ModelFormulas(text, response, further)
    _check_labels(formulas)
    return formulas


def formula_parts(text: str) -> list[str]:
    """Return each formula with blanks for what stands before it, so that places are those of all.

    The first is the text itself where it is alone.
    """
    ends = [
        token.start for token in tokenise(text) if (token.kind, token.text) == ("operator", ";")
    ]
    starts = [0, *(end + 1 for end in ends)]
    parts = []
    for start, end in zip(starts, [*ends, len(text)], strict=True):
        if start and not text[start:end].strip():
            raise FormulaError(
                "There is no formula after ';'; write one of a parameter, as in 'sigma ~ x'.",
                text,
                min(start - 1, end),
            )
        parts.append(" " * start + text[start:end])
    return parts


def _parameter_formula(part: str, response: ModelFormula, text: str) -> ParameterFormula:
    """Return the formula of a parameter, after that of the response."""
    try:
        left = unwrap(parse(part).response)
    except FormulaError as error:
        message = error.message.replace("'response ~ predictors'", "'sigma ~ predictors'")
        raise FormulaError(message, text, error.position) from None
    own = response.response
    # a column of cbind() may be a category, of which the family says whether it has a formula
    if (left == own.value and not own.counts) or show(left) == own.label:
        raise FormulaError(
            f"The response {show(left)} has a formula already; one after ';' is of a parameter of "
            "the family, as in 'sigma ~ x'.",
            part,
            left.position,
        )
    if isinstance(left, Call) and len(left.arguments) == 1:
        inner = show(left.arguments[0].value)
        raise FormulaError(
            f"'{show(left)}' is no parameter: write '{inner} ~ ...'; its link is that of its "
            "linear predictor.",
            part,
            left.position,
        )
    if not isinstance(left, Name):
        raise FormulaError(
            f"'{show(left)}' is no parameter of a family; after ';' write one, as in 'sigma ~ x'.",
            part,
            left.position,
        )
    predictor = parse_predictor(part)
    if predictor.specific:
        raise FormulaError(
            "cs() is of the thresholds, and stands in the formula of the response only.",
            part,
            predictor.specific[0].position,
        )
    refuse_response(response.response, predictor, part)
    return ParameterFormula(left.value, predictor, left.position)


def _refuse_doubles(further: Sequence[ParameterFormula], text: str) -> None:
    """Raise when a parameter has two formulas."""
    seen: set[str] = set()
    for own in further:
        if own.parameter in seen:
            raise FormulaError(
                f"The parameter {own.parameter} has two formulas; write one with all its terms.",
                text,
                own.position,
            )
        seen.add(own.parameter)


def _check_labels(formulas: ModelFormulas) -> None:
    """Raise when a label of effects that are correlated stands twice in a formula, or for two."""
    groupings: dict[str, GroupTerm] = {}
    for predictor in formulas.predictors:
        own: set[str] = set()
        for group in (g for g in predictor.groups if g.shared):
            if group.shared in own:
                raise FormulaError(
                    f"The label '{group.shared}' stands twice in one formula; write its effects "
                    f"in one term, as in (1 + x | {group.shared} | {group.factor}).",
                    formulas.text,
                    group.shared_position,
                )
            own.add(group.shared)
            first = groupings.setdefault(group.shared, group)
            if first.factor != group.factor:
                raise FormulaError(
                    f"The label '{group.shared}' stands for effects of {first.factor} and of "
                    f"{group.factor}; effects that are correlated are of one grouping: give those "
                    f"of {group.factor} another label.",
                    formulas.text,
                    group.shared_position,
                )
