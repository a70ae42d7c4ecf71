"""Coding of new data with the state learnt from the data of the fit."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError, suggestion
from bayesmm.family.record import Family
from bayesmm.formula.formula import ModelFormula
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import Call, Name, Node
from bayesmm.model.coding import CodedTerm, Variable, fill_columns
from bayesmm.model.frames import column_names, read_columns
from bayesmm.model.known_levels import KnownLevels
from bayesmm.model.predictor import MEAN, Predictor, with_constants
from bayesmm.model.response import read_response
from bayesmm.model.variables import Rows, apply_variable, group_labels, quantity

__all__ = ["EncodedRows", "Encoder"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class EncodedRows:
    """New rows, coded as the rows of the fit.

    Attributes
    ----------
    predictors : tuple of Predictor
        The common part of the linear predictor of each parameter, as in ``Design.predictors``.
    trials, weights, y : ndarray, shape (n,), or None
        None where the model has none; trials, weights and y also where they are not asked for
        and the new data lack their columns.
    blocks : tuple of (Z, labels)
        Per block the columns of its effects, shape (n, q), and the label of each row's group,
        shape (n,), which may be one that the fit has not seen.
    """

    predictors: tuple[Predictor, ...]
    trials: Array | None
    weights: Array | None
    y: Array | None
    blocks: tuple[tuple[Array, NDArray[np.object_]], ...]

    @property
    def mu(self) -> Predictor:
        """The linear predictor of the mean, or of what the family has for it."""
        return self.predictors[0]


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """Everything learnt from the data of a fit that new data need.

    Attributes
    ----------
    formula : ModelFormula
        The formula.
    family : Family
        The family of the response.
    variables : mapping of Node to Variable
        What each variable of a term is, with its levels.
    states : mapping of Call to state
        What ``center``, ``scale``, ``poly``, ``bs`` and ``ns`` learnt.
    common : tuple of CodedTerm
        Terms of the common effects.
    groups : tuple of tuple of CodedTerm
        Terms of each block.
    response_levels : tuple of str
        Labels of failure and success, when the response is a factor.
    known : mapping of str to KnownLevels
        How the data of the fit name the levels of the groupings and factors, by column.
    """

    formula: ModelFormula
    family: Family
    variables: Mapping[Node, Variable]
    states: Mapping[Call, object]
    common: tuple[CodedTerm, ...]
    groups: tuple[tuple[CodedTerm, ...], ...]
    response_levels: tuple[str, ...] = ()
    known: Mapping[str, KnownLevels] = field(default_factory=dict)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Columns whose levels are texts that only look like numbers: ``001``, ``1.10``."""
        return tuple(name for name, levels in self.known.items() if levels.looks_numeric)

    def encode(
        self, new_data: object, *, response: bool = False, groups: bool = True
    ) -> EncodedRows:
        """Return new rows as the model sees them.

        Parameters
        ----------
        new_data : DataFrame
            At least the columns of the predictors.
        response : bool
            Whether the response is needed.
        groups : bool
            Whether the groups are needed; without, `blocks` is empty and the columns of the
            groupings may be missing.

        Raises
        ------
        DataError
            For a missing column or value, or a level of a fixed effect that is not known.
        """
        formula = self.formula
        known = column_names(new_data)
        needed = [column.value for column in self._needed(groups, response)]
        for name in needed:
            if name not in known:
                raise DataError(
                    f"The new data have no column '{name}'. "
                    + suggestion(name, known, label="Columns")
                )
        optional = [n.value for n in formula.response_columns() if n.value in known]
        columns = read_columns(new_data, [*needed, *optional])
        n_rows = len(next(iter(columns.values()))) if columns else len(new_data)
        rows = Rows(columns, np.arange(n_rows, dtype=np.int64), self.known)
        _refuse_missing(rows, needed)
        states = MappingProxyType(self.states)  # so that nothing is learnt here
        terms = (*self.common, *(t for block in self.groups if groups for t in block))
        nodes = dict.fromkeys(factor.node for term in terms for factor in term.factors)
        values = {node: apply_variable(node, self.variables[node], rows, states) for node in nodes}
        X, names = fill_columns(self.common, values, n_rows, intercept=False)
        offset = self.offset(rows, states)
        mu = Predictor(MEAN, self.family.link, formula.intercept, X, names, offset)
        blocks = []
        for group, coded in zip(formula.groups if groups else (), self.groups, strict=False):
            Z, _ = fill_columns(coded, values, n_rows, group.intercept)
            codes, labels = group_labels(group.columns, rows)
            blocks.append((Z, np.array(labels, dtype=object)[codes]))
        y = trials = weights = None
        if response:
            read = read_response(
                formula.response, self.family, rows, states, self.response_levels or ()
            )
            y, trials, weights = read.y, read.trials, read.weights
        else:
            trials = self._optional(formula.response.trials, rows, states)
            weights = self._optional(formula.response.weights, rows, states)
        predictors = with_constants(mu, self.family)
        return EncodedRows(predictors, trials, weights, y, tuple(blocks))

    def offset(self, rows: Rows, states: Mapping[Call, object]) -> Array | None:
        """Return the sum of the offsets of the formula, or None when it has none."""
        if not self.formula.offsets:
            return None
        return sum(quantity(node, rows, states) for node in self.formula.offsets)

    def _needed(self, groups: bool, response: bool) -> Iterable[Name]:
        """Yield the columns that must be there."""
        terms = (*self.common, *(t for block in self.groups if groups for t in block))
        for node in (*(f.node for t in terms for f in t.factors), *self.formula.offsets):
            yield from columns_of(node)
        if groups:
            yield from self.formula.group_columns()
        if response:
            yield from self.formula.response_columns()

    @staticmethod
    def _optional(node: Node | None, rows: Rows, states: Mapping[Call, object]) -> Array | None:
        """Return an expression when the new data have its columns without gaps."""
        if node is None:
            return None
        names = {name.value for name in columns_of(node)}
        if any(n not in rows.columns or rows.columns[n].isna().any() for n in names):
            return None
        return quantity(node, rows, states)


def _refuse_missing(rows: Rows, names: Iterable[str]) -> None:
    """Raise when a needed value of the new data is missing."""
    for name in dict.fromkeys(names):
        missing = rows.columns[name].isna().to_numpy()
        if missing.any():
            raise DataError(
                f"Column '{name}' of the new data is missing a value {rows.where(missing)}; leave "
                "such rows out."
            )
