"""The formula written out, term by term, as lme4 reads it."""

from collections.abc import Iterator
from dataclasses import dataclass

from bayesmm.explanation.terms import common_terms, offset_labels, varying_terms
from bayesmm.formula.syntax import quoted, show
from bayesmm.model.design import Design
from bayesmm.model.group_parts import GroupPart
from bayesmm.model.names import effect_labels, prefixed
from bayesmm.model.predictor import MEAN

__all__ = ["ExpandedBlock", "ExpandedFormula", "ExpandedTerm", "expand_formula"]


@dataclass(frozen=True, slots=True)
class ExpandedTerm:
    """One common term."""

    term: str  # as R labels it: ``"treat:Time"``; ``"1"`` for the intercept
    # names of its coefficients, as in the tables: ``("treat[ozone]:Time",)``
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpandedBlock:
    """One block of group effects."""

    factor: str
    effects: tuple[str, ...]  # names of the q effects that each level has
    correlated: bool  # whether the q effects have a full covariance matrix


@dataclass(frozen=True, slots=True)
class ExpandedFormula:
    """A formula with every term written out."""

    formula: str  # the same model without ``*``, ``/``, ``^`` and ``||``
    common: tuple[ExpandedTerm, ...]  # common terms in R's order, the intercept first
    blocks: tuple[ExpandedBlock, ...]  # blocks of group effects in the order of the formula
    offsets: tuple[str, ...]  # known parts of the linear predictor

    def lines(self) -> Iterator[str]:
        """Yield the formula, then its common effects, offsets and group effects."""
        yield self.formula
        columns = [name for term in self.common for name in term.columns]
        yield f"common effects: {', '.join(columns) or 'none'}"
        if self.offsets:
            yield f"offset: {' + '.join(self.offsets)}"
        for own in self.blocks:
            relation = ""
            if len(own.effects) > 1:
                relation = " (correlated)" if own.correlated else " (uncorrelated)"
            yield f"effects by {own.factor}: {', '.join(own.effects)}{relation}"


def expand_formula(design: Design) -> ExpandedFormula:
    """Return the formula of a design, written out.

    It is that of the same model; ``(x || g)`` becomes ``(1 | g) + (0 + x | g)``.
    """
    terms = []
    for own in design.linear_predictors:
        parameter = own.parameter
        terms += [ExpandedTerm("1", (prefixed("Intercept", parameter),))] if own.intercept else []
        terms += [
            ExpandedTerm(":".join(t.variables), tuple(prefixed(n, parameter) for n in t.names))
            for t in common_terms(design, parameter)
        ]
    return ExpandedFormula(
        formula=design.formula if design.encoder is None else _written(design),
        common=tuple(terms),
        blocks=tuple(
            ExpandedBlock(b.factor, effect_labels(b), b.covariance.correlated)
            for b in design.blocks
        ),
        offsets=tuple(
            label for p in design.linear_predictors for label in offset_labels(design, p.parameter)
        ),
    )


def _written(design: Design) -> str:
    specific = {own.parameter for own in design.specific_predictors}
    written = (own for own in design.encoder.written if own not in specific)
    return "; ".join(_formula(design, parameter) for parameter in written)


def _formula(design: Design, parameter: str) -> str:
    written = design.encoder.written[parameter]
    left = design.encoder.formula.response.label if parameter == MEAN else quoted(parameter)
    # of categories, each of which has a formula of its own here, that of the response says nothing
    empty = parameter == MEAN and design.mu_is_empty
    parts = ["1" if written.intercept or empty else "0", *(term.label for term in written.terms)]
    for specific in design.specific_predictors[:1] if parameter == MEAN else ():
        parts += [f"cs({t.label})" for t in design.encoder.written[specific.parameter].terms]
    parts += [f"offset({show(offset, bare=True)})" for offset in written.offsets]
    for index, own in enumerate(design.encoder.parts):
        for part in own:
            if part.predictor == parameter:
                parts += _labels(design, index, part)
    return f"{left} ~ {' + '.join(parts)}"


def _labels(design: Design, index: int, part: GroupPart) -> Iterator[str]:
    """Yield the group terms of one part of a block, a ``||`` of numbers taken apart.

    With a factor it stays: 0 + f has a column for each level, and 1 + f one less.
    """
    group = part.group
    terms = varying_terms(design, index, part.predictor)
    if group.correlated or not all(term.numeric for term in terms):
        yield group.label
        return
    grouping = ":".join(show(column) for column in group.columns)
    if group.intercept:
        yield f"(1 | {grouping})"
    for term, columns in zip(group.terms, terms, strict=True):
        bar = "|" if len(columns.names) == 1 else "||"
        yield f"(0 + {term.label} {bar} {grouping})"
