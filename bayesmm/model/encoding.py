"""Coding of new data with the state learnt from the data of the fit."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import DataError, refuse_unknown
from bayesmm.family.bounded import unbounded
from bayesmm.family.record import Family
from bayesmm.family.response_rows import Known
from bayesmm.formula.formula import ModelFormula, PredictorFormula
from bayesmm.formula.formulas import ModelFormulas
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import Call, Name, Node
from bayesmm.model.bounds import read_window
from bayesmm.model.coding import CodedTerm, Variable, fill_columns
from bayesmm.model.frames import column_names, read_columns
from bayesmm.model.group_parts import GroupPart
from bayesmm.model.known_levels import KnownLevels
from bayesmm.model.predictor import MEAN, Predictor, with_constants
from bayesmm.model.response import log_exposure, read_response
from bayesmm.model.variables import Rows, apply_variable, group_labels, quantity

__all__ = ["EncodedRows", "Encoder"]


@dataclass(frozen=True, slots=True, eq=False)
class EncodedRows:
    """New rows, coded as the rows of the fit."""

    # the common part of the linear predictor of each parameter, as in ``Design.predictors``
    predictors: tuple[Predictor, ...]
    # (n,): known numbers of the rows, as in ``Design.known``; without those that are not asked for
    # and of which the new data lack the columns
    known: Known
    # (n,): None where the model has none, and where they are not asked for and the new data lack
    # their columns
    weights: Array | None
    y: Array | None
    # per block the columns of its effects, shape (n, q), and the label of each row's group, shape
    # (n,), which may be one that the fit has not seen
    blocks: tuple[tuple[Array, NDArray[np.object_]], ...]

    @property
    def trials(self) -> Array | None:
        """Number of trials of each row, where it is known."""
        return self.known.get("trials")

    @property
    def mu(self) -> Predictor:
        """The linear predictor of the mean, or of what the family has for it."""
        return self.predictors[0]


@dataclass(frozen=True, slots=True, eq=False)
class Encoder:
    """Everything learnt from the data of a fit that new data need."""

    formulas: ModelFormulas
    family: Family
    variables: Mapping[Node, Variable]  # what each variable of a term is, with its levels
    states: Mapping[Call, object]  # what ``center``, ``scale``, ``poly``, ``bs`` and ``ns`` learnt
    # what is written of each parameter that has a formula, mu first
    written: Mapping[str, PredictorFormula]
    terms: Mapping[str, tuple[CodedTerm, ...]]  # terms of the common effects of each of them
    parts: tuple[tuple[GroupPart, ...], ...]  # what the formulas say of each block
    # labels of failure and success, when the response is a factor
    response_levels: tuple[str, ...] = ()
    # how the data of the fit name the levels of the groupings and factors, by column
    known: Mapping[str, KnownLevels] = field(default_factory=dict)

    @property
    def formula(self) -> ModelFormula:
        """The formula of the response."""
        return self.formulas.response

    @property
    def common(self) -> tuple[CodedTerm, ...]:
        """Terms of the common effects of mu."""
        return self.terms[MEAN]

    @property
    def groups(self) -> tuple[tuple[CodedTerm, ...], ...]:
        """Terms of each block, of all formulas that have a part in it."""
        return tuple(tuple(term for part in own for term in part.terms) for own in self.parts)

    @property
    def text_columns(self) -> tuple[str, ...]:
        """Columns whose levels are texts that only look like numbers: ``001``, ``1.10``."""
        return tuple(name for name, levels in self.known.items() if levels.looks_numeric)

    def encode(
        self, new_data: object, *, response: bool = False, groups: bool = True
    ) -> EncodedRows:
        """Return new rows as the model sees them.

        Without `groups`, `blocks` is empty and the columns of the groupings may be missing. A
        `DataError` says of a missing column or value, or a level of a fixed effect that is not
        known.
        """
        formulas = self.formulas
        known = column_names(new_data)
        needed = [column.value for column in self._needed(groups, response)]
        for name in needed:
            refuse_unknown(
                name, known, f"The new data have no column '{name}'.", "Columns", DataError
            )
        optional = [n.value for n in formulas.response_columns() if n.value in known]
        columns = read_columns(new_data, [*needed, *optional])
        n_rows = len(next(iter(columns.values()))) if columns else len(new_data)
        rows = Rows(columns, np.arange(n_rows, dtype=np.int64), self.known)
        _refuse_missing(rows, needed)
        states = MappingProxyType(self.states)  # so that nothing is learnt here
        nodes = dict.fromkeys(
            factor.node for term in self._terms(groups) for factor in term.factors
        )
        values = {node: apply_variable(node, self.variables[node], rows, states) for node in nodes}
        blocks = []
        for parts in self.parts if groups else ():
            own = [fill_columns(p.terms, values, n_rows, p.group.intercept)[0] for p in parts]
            codes, labels = group_labels(parts[0].group.columns, rows)
            blocks.append((np.hstack(own), np.array(labels, dtype=object)[codes]))
        written = formulas.response.response
        if response:
            read = read_response(written, self.family, rows, states, self.response_levels or ())
            y, known_numbers, weights = read.y, read.known, read.weights
        else:
            y, trials = None, self._optional(written.trials, rows, states)
            known_numbers = {} if trials is None else {"trials": trials}
            if all(self._has(node, rows) for node in written.bounds):
                own = unbounded(self.family)
                known_numbers |= read_window(written, own, rows, states, n_rows, trials)
            weights = self._optional(written.weights, rows, states)
        predictors = self.predictors(values, rows, states)
        return EncodedRows(predictors, known_numbers, weights, y, tuple(blocks))

    def predictors(
        self, values: Mapping[Node, NDArray], rows: Rows, states: Mapping[Call, object]
    ) -> tuple[Predictor, ...]:
        """Return the common part of the linear predictor of each parameter of the family.

        `values` are numbers or level codes of each variable, `states` what the functions of offsets
        have learnt.
        """
        links = {MEAN: self.family.link_of_mu} | {own.name: own.link for own in self.family.further}
        always = {own.name for own in self.family.further if own.always}
        grouped = {part.predictor for parts in self.parts for part in parts}
        found = {}
        thresholds = bool(self.family.thresholds)
        relative = {own.name for own in self.family.further if own.relative}
        for name, own in self.written.items():
            X, names = fill_columns(self.terms[name], values, len(rows), intercept=False)
            known = [quantity(node, rows, states) for node in own.offsets]
            rate = self.formula.response.rate
            # without a column of the exposure the response is one per unit of it
            if name == MEAN and rate is not None and self._has(rate, rows):
                known.append(quantity(log_exposure(rate), rows, states))
            offset = sum(known) if known else None
            level = thresholds and name == MEAN
            absent = level or name in relative
            found[name] = Predictor(
                *(name, links[name], own.intercept and not absent, X, names, offset),
                grouped=name in grouped,
                thresholds=level,
                always=name in always,
            )
        return with_constants(found.pop(MEAN), self.family, found)

    def _terms(self, groups: bool) -> Iterator[CodedTerm]:
        """Yield the terms of the common effects, and of the groups."""
        for terms in self.terms.values():
            yield from terms
        for parts in self.parts if groups else ():
            yield from (term for part in parts for term in part.terms)

    def _needed(self, groups: bool, response: bool) -> Iterator[Name]:
        """Yield the columns that must be there."""
        offsets = (node for own in self.written.values() for node in own.offsets)
        for node in (*(f.node for t in self._terms(groups) for f in t.factors), *offsets):
            yield from columns_of(node)
        if groups:
            yield from self.formulas.group_columns()
        if response:
            yield from self.formulas.response_columns()

    @staticmethod
    def _optional(node: Node | None, rows: Rows, states: Mapping[Call, object]) -> Array | None:
        """Return an expression when the new data have its columns without gaps."""
        if node is None or not Encoder._has(node, rows):
            return None
        return quantity(node, rows, states)

    @staticmethod
    def _has(node: Node, rows: Rows) -> bool:
        """Return whether rows have all columns of an expression, without gaps."""
        names = {name.value for name in columns_of(node)}
        return all(n in rows.columns and not rows.columns[n].isna().any() for n in names)


def _refuse_missing(rows: Rows, names: Iterable[str]) -> None:
    """Raise when a needed value of the new data is missing."""
    for name in dict.fromkeys(names):
        missing = rows.columns[name].isna().to_numpy()
        if missing.any():
            raise DataError(
                f"Column '{name}' of the new data is missing a value {rows.where(missing)}; leave "
                "such rows out."
            )
