"""The first pass over files: levels, numbers of rows, and means of the variables."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.formula.formulas import ModelFormulas
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import Node, show
from bayesmm.model.complete_rows import refuse_infinite
from bayesmm.model.frames import read_columns
from bayesmm.model.in_files.levels import Seen
from bayesmm.model.in_files.table_files import TableFiles
from bayesmm.model.row_sums import RunningSums
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.model.transforms import States
from bayesmm.model.variables import Rows, is_factor, quantity

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Look", "look_at", "variables_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the first pass found.

    Attributes
    ----------
    n_read, n_obs : int
        Number of rows, and of those that are complete.
    examples : pyarrow.Table
        A row for each level of every factor and grouping, and for each combination of them that
        the formula reads.
    positions : ndarray of int64
        Where each of them stands among all rows.
    sums : mapping of Node to RowsInFiles
        Of the variables of numbers.
    """

    n_read: int
    n_obs: int
    examples: "pa.Table"
    positions: NDArray[np.int64]
    sums: Mapping[Node, RowsInFiles]


def look_at(
    files: TableFiles,
    formulas: ModelFormulas,
    names: Sequence[str],
    categorical: Sequence[str],
    two_values: Sequence[str] = (),
) -> Look:
    """Return what one pass over the rows finds.

    Parameters
    ----------
    files : TableFiles
        The files.
    formulas : ModelFormulas
        The model.
    names : sequence of str
        The columns that it reads.
    categorical : sequence of str
        Columns of numbers that are categories.
    two_values : sequence of str
        Columns of a response of two values: both are among the examples.

    Raises
    ------
    DataError
        When no row is complete, or a value is infinite.
    UnsupportedModelError
        For a function that learns from all rows.
    """
    import pyarrow as pa  # noqa: PLC0415

    nodes = variables_of(formulas)
    n_read = n_obs = 0
    examples: list[pa.Table] = []
    places: list[NDArray[np.int64]] = []
    states: States = {}
    seen: list[Seen] | None = None
    numeric: tuple[Node, ...] = ()
    sums: dict[Node, RunningSums] = {}
    for chunk in files.chunks(names):
        n_read, n_obs = chunk.n_read, n_obs + len(chunk.table)
        if not len(chunk.table):
            break
        rows = Rows(read_columns(chunk.table, _floats(chunk.table)), chunk.positions)
        refuse_infinite(rows)
        if seen is None:
            first = Rows(read_columns(chunk.table.slice(0, 1), names), chunk.positions[:1])
            numeric = tuple(n for n in nodes if not is_factor(n, first, categorical))
            seen = _combinations(formulas, [n for n in nodes if n not in numeric])
            seen += [Seen((name,)) for name in two_values]
            sums = {node: RunningSums() for node in numeric}
        for own in seen:
            new = own.new_rows(chunk.table)
            if len(new):
                examples.append(chunk.table.take(new))
                places.append(chunk.positions[new])
        wanted = dict.fromkeys(c.value for node in numeric for c in columns_of(node))
        rows = Rows(read_columns(chunk.table, wanted), chunk.positions)
        for node in numeric:
            value = quantity(node, rows, states)
            _refuse_learning(states)
            sums[node].add(value[:, None] if value.ndim == 1 else value)
        if not examples:  # a model without factors: any row
            examples.append(chunk.table.slice(0, 1))
            places.append(chunk.positions[:1])
    if not n_read:
        raise DataError("The data have no rows.")
    if not n_obs:
        raise DataError(
            f"None of the {n_read:,} rows has a value in every column of the formula "
            f"({', '.join(names)})."
        )
    return Look(
        n_read,
        n_obs,
        pa.concat_tables(examples).unify_dictionaries(),
        np.concatenate(places),
        {node: own.found() for node, own in sums.items()},
    )


def variables_of(formulas: ModelFormulas) -> tuple[Node, ...]:
    """Return the variables of all terms, in the order of the formulas."""
    return tuple(
        dict.fromkeys(
            factor
            for predictor in formulas.predictors
            for terms in (predictor.terms, *(group.terms for group in predictor.groups))
            for term in terms
            for factor in term.factors
        )
    )


def _combinations(formulas: ModelFormulas, factors: Sequence[Node]) -> list[Seen]:
    """Return the columns of which every combination is looked for."""
    groups = (tuple(c.value for c in group.columns) for group in formulas.groups)
    columns = (next(iter(columns_of(node))).value for node in factors)
    common = tuple(dict.fromkeys(columns))
    return [Seen(own) for own in dict.fromkeys([*([common] if common else []), *groups])]


def _floats(table: "pa.Table") -> list[str]:
    import pyarrow as pa  # noqa: PLC0415

    return [field.name for field in table.schema if pa.types.is_floating(field.type)]


def _refuse_learning(states: Mapping[object, object]) -> None:
    for call in states:
        raise UnsupportedModelError(
            f"{show(call)} learns from all rows at once, and these are in files that are larger "
            "than memory; write what it gives as a column of the files, or as arithmetic with "
            "numbers of your own: I((x - 10) / 2)."
        )
