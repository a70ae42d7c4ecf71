"""From terms to columns as R's ``model.matrix`` makes them: contrasts, dummies and products."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import DataError, suggestion
from bayesmm.formula.expansion import Term
from bayesmm.formula.options import Contrast
from bayesmm.formula.syntax import Node

__all__ = ["Category", "CodedTerm", "NumericVariable", "Variable", "code_terms", "fill_columns"]


@dataclass(frozen=True, slots=True)
class NumericVariable:
    """A variable of numbers; `names` are those of its columns."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Category:
    """A variable of categories."""

    label: str  # as in the formula: ``"treat"``, ``"factor(Year)"``
    column: str
    levels: tuple[str, ...]
    contrast: Contrast  # how the levels become columns where the model holds their mean already


type Variable = NumericVariable | Category


@dataclass(frozen=True, slots=True)
class CodedFactor:
    """One variable of one term, as columns."""

    node: Node
    names: tuple[str, ...]
    # index of the level of each column; None for a variable of numbers
    kept: tuple[int, ...] | None = None
    # index of the level whose rows are -1 in every column (sum contrasts)
    against: int | None = None

    def columns(self, value: NDArray) -> Iterator[Array]:
        """Yield the columns, given numbers of shape (n, k) or level codes of shape (n,)."""
        if self.kept is None:
            yield from value.T
            return
        for level in self.kept:
            column = (value == level).astype(np.float64)
            if self.against is not None:
                column -= value == self.against
            yield column


@dataclass(frozen=True, slots=True)
class CodedTerm:
    """One term, as columns: all products of its variables' columns, the first fastest."""

    factors: tuple[CodedFactor, ...]

    @property
    def width(self) -> int:
        """Number of columns."""
        return prod(len(factor.names) for factor in self.factors)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the columns: ``("time:treat[ozone]",)``."""
        every = product(*(factor.names for factor in reversed(self.factors)))
        return tuple(":".join(reversed(parts)) for parts in every)

    def columns(self, values: Mapping[Node, NDArray]) -> Iterator[Array]:
        """Yield the columns, each of shape (n,), one at a time: all together may be too many."""
        yield from _products(self.factors, values)


def _products(factors: Sequence[CodedFactor], values: Mapping[Node, NDArray]) -> Iterator[Array]:
    """Yield the products of the columns of some factors, those of the first fastest."""
    *faster, slowest = factors
    for column in slowest.columns(values[slowest.node]):
        if faster:
            yield from (others * column for others in _products(faster, values))
        else:
            yield column


def code_terms(
    terms: Sequence[Term], intercept: bool, variables: Mapping[Node, Variable]
) -> tuple[CodedTerm, ...]:
    """Return the terms with the coding that R chooses for each factor.

    A factor of a term is coded by its contrasts when the rest of the term stands in an earlier
    term (the empty rest always does), and by a dummy for each level otherwise; without an
    intercept the first factor of the first term that has one gets all dummies. This is the rule
    of R's ``terms`` and ``model.matrix``.

    `terms` are in R's order.
    """
    coded = []
    earlier: list[frozenset[Node]] = []
    owed = not intercept  # the dummy that the missing intercept leaves to the first factor
    for term in terms:
        members = frozenset(term.factors)
        factors = []
        for node in term.factors:
            variable = variables[node]
            if isinstance(variable, NumericVariable):
                factors.append(CodedFactor(node, variable.names))
                continue
            rest = members - {node}
            full = owed or (bool(rest) and not any(rest <= other for other in earlier))
            owed = False
            factors.append(_coded_category(node, variable, full))
        coded.append(CodedTerm(tuple(factors)))
        earlier.append(members)
    return tuple(coded)


def fill_columns(
    terms: Sequence[CodedTerm], values: Mapping[Node, NDArray], n_rows: int, intercept: bool
) -> tuple[Array, tuple[str, ...]]:
    """Return the columns of some terms, shape (n, k) in C order, and their names.

    `values` are numbers of shape (n, k) or level codes of shape (n,) of each variable. With
    `intercept` a column of ones named ``Intercept`` comes first.
    """
    names = (*(("Intercept",) if intercept else ()), *(n for term in terms for n in term.names))
    matrix = np.empty((n_rows, len(names)))
    if intercept:
        matrix[:, 0] = 1.0
    columns = (column for term in terms for column in term.columns(values))
    for j, column in enumerate(columns, start=int(intercept)):
        matrix[:, j] = column
    return matrix, names


def _coded_category(node: Node, variable: Category, full: bool) -> CodedFactor:
    """Return a category coded by dummies of every level, or by its contrasts."""
    levels, contrast = variable.levels, variable.contrast
    kept = list(range(len(levels)))
    against = None
    if not full and contrast.kind == "sum":
        against = kept.pop()
    elif not full:
        reference = contrast.reference
        if reference is not None and reference not in levels:
            raise DataError(
                f"{variable.label}: '{reference}' is not a level of '{variable.column}'. "
                + suggestion(reference, levels, label="Levels")
            )
        kept.remove(0 if reference is None else levels.index(reference))
    names = tuple(f"{variable.label}[{levels[level]}]" for level in kept)
    return CodedFactor(node, names, tuple(kept), against)
