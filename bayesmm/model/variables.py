"""The variables of a formula on a frame: what each is, and its values row by row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.formula.functions import FUNCTIONS, bind, columns_of
from bayesmm.formula.options import Contrast
from bayesmm.formula.syntax import Call, Name, Node, quoted, show
from bayesmm.model.coding import Category, NumericVariable, Variable
from bayesmm.model.columns import Levels, few, kind_of, label_of, read_levels, read_numbers
from bayesmm.model.known_levels import KnownLevels
from bayesmm.model.number_texts import (
    as_numbers,
    is_date,
    is_numeral,
    is_written_number,
    numbers_meant,
    remedy,
)
from bayesmm.model.transforms import States, compute

__all__ = ["Rows", "apply_variable", "group_labels", "is_factor", "learn_variable", "quantity"]


@dataclass(slots=True, eq=False, repr=False)
class Rows:
    """Some rows of some columns, with their positions in the user's frame for messages."""

    columns: Mapping[str, pd.Series]
    positions: NDArray[np.int64]
    known: Mapping[str, KnownLevels] | None = None
    _levels: dict[str, Levels] = field(default_factory=dict, init=False)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.positions)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """Return a column as numbers; of new data also one whose texts are all numbers."""
        series = self.columns[name]
        return read_numbers(name, as_numbers(series) if self.known is not None else series)

    def levels(self, name: str) -> Levels:
        """Return a column as a factor; of new data with the names of the data of the fit."""
        if self.known is not None and name in self.known:
            return self.known[name].matched(name, self.columns[name])
        if name not in self._levels:
            self._levels[name] = read_levels(name, self.columns[name])
        return self._levels[name]

    def where(self, bad: NDArray[np.bool_], node: Node | None = None) -> str:
        """Say how many rows are bad, which is the first and what stands there."""
        first = int(np.flatnonzero(bad)[0])
        names = dict.fromkeys(name.value for name in columns_of(node)) if node is not None else ()
        values = [f"{name} = {label_of(self.columns[name].iloc[first])}" for name in names]
        there = f", where {', '.join(values)}" if values else ""
        count = int(np.count_nonzero(bad))
        return (
            f"in {count:,} row{'s' if count > 1 else ''}, first in row {self.positions[first]} "
            f"(counted from 0){there}"
        )


def quantity(node: Node, rows: Rows, states: States) -> NDArray[np.float64]:
    """Return the numbers of an expression, shape (n,) or (n, k).

    The `DataError` about a value that is not finite names the expression, the row and the columns'
    values.
    """
    value = np.asarray(compute(node, rows.numbers, states), dtype=np.float64)
    if value.ndim == 0:
        value = np.full(len(rows), float(value))
    with np.errstate(over="ignore", invalid="ignore"):
        total = value.sum()  # in half the time of a look at every number
    finite = np.isfinite(value) if not np.isfinite(total) else np.True_
    if not finite.all():
        bad = ~(finite if value.ndim == 1 else finite.all(axis=1))
        raise DataError(
            f"{show(node)} is not a finite number {rows.where(bad, node)}. Leave such rows out, "
            "or use another transformation."
        )
    return value


def learn_variable(
    node: Node, rows: Rows, states: States, notes: list[str]
) -> tuple[Variable, NDArray]:
    """Return what a variable of a term is, and its values: numbers (n, k) or level codes (n,).

    `node` is a column or a call; `states` receives what the transforms learn, `notes` what the user
    should know.
    """
    column = _factor_column(node, rows)
    if column is None:
        value = quantity(node, rows, states)
        label = _label(node)
        if value.ndim == 1:
            return NumericVariable((label,)), value[:, None]
        width = value.shape[1]
        # As in R, a basis of one column has the name of the call.
        names = (f"{label}[{j + 1}]" for j in range(width)) if width > 1 else (label,)
        return NumericVariable(tuple(names)), value
    levels = rows.levels(column)
    if len(levels.labels) < 2:
        raise DataError(
            f"Factor '{column}' has one level ({few(levels.labels)}) in the rows used; leave it "
            "out of the formula."
        )
    if isinstance(node, Name):
        _refuse_numbers_as_text(column, rows, levels)
    notes += _notes_on_levels(node, column, rows, levels)
    contrast = Contrast()
    if isinstance(node, Call) and node.function == "C":
        contrast = bind(node).options.get("contrast", contrast)
    return Category(_label(node), column, levels.labels, contrast), levels.codes


def apply_variable(node: Node, variable: Variable, rows: Rows, states: States) -> NDArray:
    """Return the values of a variable for new rows, coded as in the data of the fit.

    A level that the data of the fit do not have is a `DataError`.
    """
    if isinstance(variable, NumericVariable):
        value = quantity(node, rows, states)
        return value[:, None] if value.ndim == 1 else value
    levels = rows.levels(variable.column)
    index = {label: i for i, label in enumerate(variable.levels)}
    if unknown := [label for label in levels.labels if label not in index]:
        raise DataError(
            f"Column '{variable.column}' has levels that the data of the fit do not have: "
            f"{few(unknown)}. Known levels: {few(variable.levels, 20)}."
        )
    return np.array([index[label] for label in levels.labels], dtype=np.int64)[levels.codes]


def group_labels(columns: tuple[Name, ...], rows: Rows) -> tuple[NDArray[np.int64], list[str]]:
    """Return the groups of ``a:b``: codes, shape (n,), and labels of the cells that occur.

    The cells are ordered by the levels of the first column, then of the second.
    """
    first, *others = (rows.levels(column.value) for column in columns)
    codes, labels = first.codes, list(first.labels)
    for levels in others:
        width = len(levels.labels)
        codes, cells = pd.factorize(codes * width + levels.codes, sort=True)
        labels = [f"{labels[cell // width]}:{levels.labels[cell % width]}" for cell in cells]
    return codes.astype(np.int64, copy=False), labels


def is_factor(node: Node, rows: Rows, categorical: Sequence[str] = ()) -> bool:
    """Return whether a variable of a term is a factor, not numbers."""
    if isinstance(node, Name) and node.value in categorical:
        return True
    return _factor_column(node, rows) is not None


def _factor_column(node: Node, rows: Rows) -> str | None:
    """Return the column of a factor, or None when the variable is a number."""
    if isinstance(node, Name):
        name = node.value
        return name if kind_of(name, rows.columns[name]) in ("category", "boolean") else None
    if FUNCTIONS[node.function].gives != "category":
        return None
    return next(columns_of(node)).value


def _label(node: Node) -> str:
    """Return the name of a variable, as R prints it but without backticks."""
    return show(node, bare=True)


def _refuse_numbers_as_text(column: str, rows: Rows, levels: Levels) -> None:
    """Raise when numbers or dates are meant by texts, which nobody means as categories."""
    series = rows.columns[column]
    if isinstance(series.dtype, pd.CategoricalDtype) or kind_of(column, series) == "boolean":
        return
    if all(map(is_date, levels.labels)):
        raise DataError(
            f"Column '{column}' holds dates as text ({few(levels.labels, 2)}); "
            f"{remedy(column, series, levels.labels)}. If they are categories, write "
            f"factor({quoted(column)})."
        )
    counts = np.bincount(levels.codes, minlength=len(levels.labels))
    if numbers_meant(levels.labels, counts.tolist()):
        odd = [label for label in levels.labels if not is_numeral(label)]
        if all(map(is_written_number, odd)):
            what = (
                f", with commas or gaps in them ({few(odd)})" if odd else f" ({few(levels.labels)})"
            )
        else:
            what = f", among it {few(odd, 12)}"
        raise DataError(
            f"Column '{column}' holds numbers as text{what}; "
            f"{remedy(column, series, levels.labels)}. If they are categories, write "
            f"factor({quoted(column)})."
        )


def _notes_on_levels(node: Node, column: str, rows: Rows, levels: Levels) -> list[str]:
    """Return what the user should know about how a factor was read."""
    notes = []
    series = rows.columns[column]
    declared = isinstance(series.dtype, pd.CategoricalDtype)
    text = isinstance(node, Name) and not declared and kind_of(column, series) == "category"
    if text and all(map(is_numeral, levels.labels)):
        notes.append(
            f"Factor '{column}': text whose levels are numbers ({few(levels.labels)}), read as "
            "categories."
        )
    if levels.unused:
        notes.append(f"Factor '{column}': levels without rows left out: {few(levels.unused)}.")
    if getattr(series.dtype, "ordered", False):
        notes.append(
            f"Factor '{column}' is ordered; it is coded against its first level "
            f"({levels.labels[0]}), not by polynomial contrasts as in R."
        )
    return notes
