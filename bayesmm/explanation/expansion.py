"""The formula written out, term by term, as lme4 reads it."""

from collections.abc import Iterator
from dataclasses import dataclass

from bayesmm.explanation.terms import common_terms, offset_labels, varying_terms
from bayesmm.formula.formula import ModelFormula
from bayesmm.formula.syntax import show
from bayesmm.model.design import Design

__all__ = ["ExpandedBlock", "ExpandedFormula", "ExpandedTerm", "expand_formula"]


@dataclass(frozen=True, slots=True)
class ExpandedTerm:
    """One common term.

    Attributes
    ----------
    term : str
        As R labels it: ``"treat:Time"``; ``"1"`` for the intercept.
    columns : tuple of str
        Names of its coefficients, as in the tables: ``("treat[ozone]:Time",)``.
    """

    term: str
    columns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ExpandedBlock:
    """One block of group effects.

    Attributes
    ----------
    factor : str
        Grouping factor.
    effects : tuple of str
        Names of the q effects that each level has.
    correlated : bool
        Whether the q effects have a full covariance matrix.
    """

    factor: str
    effects: tuple[str, ...]
    correlated: bool


@dataclass(frozen=True, slots=True)
class ExpandedFormula:
    """A formula with every term written out.

    Attributes
    ----------
    formula : str
        The same model without ``*``, ``/``, ``^`` and ``||``.
    common : tuple of ExpandedTerm
        Common terms in R's order, the intercept first.
    blocks : tuple of ExpandedBlock
        Blocks of group effects in the order of the formula.
    offsets : tuple of str
        Known parts of the linear predictor.
    """

    formula: str
    common: tuple[ExpandedTerm, ...]
    blocks: tuple[ExpandedBlock, ...]
    offsets: tuple[str, ...]

    def lines(self) -> Iterator[str]:
        """Yield the formula, then its common effects, offsets and group effects."""
        yield self.formula
        columns = [name for term in self.common for name in term.columns]
        yield f"common effects: {', '.join(columns) or 'none'}"
        if self.offsets:
            yield f"offset: {' + '.join(self.offsets)}"
        for block in self.blocks:
            relation = ""
            if len(block.effects) > 1:
                relation = " (correlated)" if block.correlated else " (uncorrelated)"
            yield f"effects by {block.factor}: {', '.join(block.effects)}{relation}"


def expand_formula(design: Design) -> ExpandedFormula:
    """Return the formula of a design, written out.

    Parameters
    ----------
    design : Design
        The model.

    Returns
    -------
    ExpandedFormula
        Its `formula` is the same model; ``(x || g)`` becomes ``(1 | g) + (0 + x | g)``.
    """
    terms = [ExpandedTerm(":".join(term.variables), term.names) for term in common_terms(design)]
    if design.intercept:
        terms.insert(0, ExpandedTerm("1", ("Intercept",)))
    return ExpandedFormula(
        formula=design.formula if design.encoder is None else _written(design),
        common=tuple(terms),
        blocks=tuple(ExpandedBlock(b.factor, b.effects, b.correlated) for b in design.blocks),
        offsets=offset_labels(design),
    )


def _written(design: Design) -> str:
    formula: ModelFormula = design.encoder.formula
    groups = [label for index in range(len(design.blocks)) for label in _labels(design, index)]
    parts = ["1" if formula.intercept else "0", *(term.label for term in formula.terms)]
    parts += [f"offset({offset})" for offset in offset_labels(design)]
    return f"{formula.response.label} ~ {' + '.join([*parts, *groups])}"


def _labels(design: Design, index: int) -> Iterator[str]:
    """Yield the group terms of one block, a ``||`` of numbers taken apart.

    With a factor it stays: 0 + f has a column for each level, and 1 + f one less.
    """
    group = design.encoder.formula.groups[index]
    terms = varying_terms(design, index)
    if group.correlated or not all(term.numeric for term in terms):
        yield group.label
        return
    grouping = ":".join(show(column) for column in group.columns)
    if group.intercept:
        yield f"(1 | {grouping})"
    for term, columns in zip(group.terms, terms, strict=True):
        bar = "|" if len(columns.names) == 1 else "||"
        yield f"(0 + {term.label} {bar} {grouping})"
