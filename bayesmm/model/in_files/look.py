"""The first pass over files: levels, numbers of rows, and means of the variables."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.record import Family
from bayesmm.formula.formulas import ModelFormulas
from bayesmm.formula.functions import bind, columns_of
from bayesmm.formula.syntax import Call, Node, show
from bayesmm.model.cell_blocks import AddRows
from bayesmm.model.complete_rows import refuse_infinite
from bayesmm.model.frames import read_columns
from bayesmm.model.in_files.joining import joined_blocks
from bayesmm.model.in_files.levels import Seen
from bayesmm.model.in_files.met import MetCells, met_sums
from bayesmm.model.in_files.table_source import TableSource
from bayesmm.model.row_sums import RunningSums
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.model.transforms import LEARNT_OF_SUMS, Scaling, States, calls_learnt
from bayesmm.model.variables import Rows, is_factor, quantity

if TYPE_CHECKING:
    import pyarrow as pa


__all__ = ["Look", "beside_terms", "look_at", "variables_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """What the first pass found."""

    # number of rows, and of those that are complete
    n_read: int
    n_obs: int
    # a row for each level of every factor and grouping, and for each combination of them that the
    # formula reads
    examples: "pa.Table"
    positions: NDArray[np.int64]  # where each of them stands among all rows
    sums: Mapping[Node, RowsInFiles]  # of the variables of numbers
    states: States  # what ``center`` and ``scale`` learnt
    met: MetCells | None = None  # the sums within cells, where they were taken too


def look_at(
    files: TableSource,
    formulas: ModelFormulas,
    names: Sequence[str],
    categorical: Sequence[str],
    family: Family,
    two_values: Sequence[str] = (),
    add: AddRows | None = None,
) -> Look:
    """Return what one pass over the rows finds.

    `names` are the columns that the model reads. Both values of a response in the columns
    `two_values` are among the examples. `add` adds rows to a table of cells: then the sums are
    taken too, where the model allows it. A function that learns from all rows is not supported.
    """
    nodes = variables_of(formulas)
    states = _learn_states(files, names, [*nodes, *beside_terms(formulas)])
    if add is not None:
        found = _met(files, formulas, names, categorical, family, states, add)
        if found is not None:
            return found
    n_read = n_obs = 0
    examples: list[pa.Table] = []
    places: list[NDArray[np.int64]] = []
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
                places.append(chunk.places()[new])
        wanted = dict.fromkeys(c.value for node in numeric for c in columns_of(node))
        rows = Rows(read_columns(chunk.table, wanted), chunk.positions)
        for node in numeric:
            value = quantity(node, rows, states)
            sums[node].add(value[:, None] if value.ndim == 1 else value)
        if not examples:  # a model without factors: any row
            examples.append(chunk.table.slice(0, 1))
            places.append(np.asarray(chunk.positions[:1]))
    _refuse_none(n_read, n_obs, names)
    every = {node: own.found() for node, own in sums.items()}
    return Look(n_read, n_obs, _joined(examples), np.concatenate(places), every, states)


def _met(
    files: TableSource,
    formulas: ModelFormulas,
    names: Sequence[str],
    categorical: Sequence[str],
    family: Family,
    states: States,
    add: AddRows,
) -> Look | None:
    """Return what one pass finds that also takes the sums; None where it cannot."""
    first = next(files.chunks(names))
    _refuse_none(first.n_read, len(first.table), names)
    row = Rows(read_columns(first.table.slice(0, 1), names), first.positions[:1])
    numeric = [n for n in variables_of(formulas) if not is_factor(n, row, categorical)]
    sums = met_sums(formulas, family, numeric, row, _floats(first.table), states, add)
    if sums is None:
        return None
    sums.begin(first)
    met, n_read = joined_blocks(files, names, sums, lambda: MetCells(sums))
    if not met.fits:
        return None
    examples, places = met.examples()
    if not examples:  # no groupings: any row
        examples, places = [first.table.slice(0, 1)], [np.asarray(first.positions[:1])]
    positions = np.concatenate(places)
    n_obs = met.cells.n_rows
    return Look(n_read, n_obs, _joined(examples), positions, met.sums(), states, met)


def _refuse_none(n_read: int, n_obs: int, names: Sequence[str]) -> None:
    """Raise when there is no row."""
    if not n_read:
        raise DataError("The data have no rows.")
    if not n_obs:
        raise DataError(
            f"None of the {n_read:,} rows has a value in every column of the formula "
            f"({', '.join(names)})."
        )


def _joined(examples: "Sequence[pa.Table]") -> "pa.Table":
    import pyarrow as pa  # noqa: PLC0415

    return pa.concat_tables(examples).unify_dictionaries()


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


def beside_terms(formulas: ModelFormulas) -> tuple[Node, ...]:
    """Return the response, its weights, and its offsets."""
    response = formulas.response.response
    weights = () if response.weights is None else (response.weights,)
    return response.value, *weights, *formulas.response.offsets


def _combinations(formulas: ModelFormulas, factors: Sequence[Node]) -> list[Seen]:
    """Return the columns of which every combination is looked for."""
    groups = (tuple(c.value for c in group.columns) for group in formulas.groups)
    columns = (next(iter(columns_of(node))).value for node in factors)
    common = tuple(dict.fromkeys(columns))
    return [Seen(own) for own in dict.fromkeys([*([common] if common else []), *groups])]


def _floats(table: "pa.Table") -> list[str]:
    import pyarrow as pa  # noqa: PLC0415

    return [field.name for field in table.schema if pa.types.is_floating(field.type)]


def _learn_states(files: TableSource, names: Sequence[str], nodes: Iterable[Node]) -> States:
    """Return what the functions in some expressions learn of all complete rows.

    `names` are the columns that the model reads. A function that learns more than sums say is not
    supported.
    """
    waiting = list(dict.fromkeys(call for node in nodes for call in calls_learnt(node)))
    for call in waiting:
        if call.function not in LEARNT_OF_SUMS:
            raise UnsupportedModelError(
                f"{show(call)} learns from all rows at once, and these are in files that are "
                "larger than memory; write what it gives as a column of the files, or as "
                "arithmetic with numbers of your own: I((x - 10) / 2)."
            )
    states: States = {}
    while waiting:  # scale(center(x)): what is inside comes first
        ready = [call for call in waiting if _inside(call) <= states.keys()]
        waiting = [call for call in waiting if call not in ready]
        states |= _learnt(files, names, ready, states)
    return states


def _inside(call: Call) -> set[Call]:
    return set(calls_learnt(bind(call).quantities[0]))


def _learnt(
    files: TableSource, names: Sequence[str], calls: Sequence[Call], known: States
) -> States:
    """Return what some calls learn in one pass."""
    quantities = {call: bind(call).quantities[0] for call in calls}
    wanted = dict.fromkeys(c.value for node in quantities.values() for c in columns_of(node))
    sums = {call: RunningSums() for call in calls}
    found: States = {}
    for chunk in files.chunks(names):
        if not len(chunk.table):  # the next pass says so
            return dict.fromkeys(calls, Scaling(0.0, 1.0))
        rows = Rows(read_columns(chunk.table, wanted), chunk.positions)
        for call, node in quantities.items():
            sums[call].add(quantity(node, rows, known))
    for call, own in sums.items():
        try:
            found[call] = LEARNT_OF_SUMS[call.function](own.found(), **bind(call).options)
        except DataError as error:
            raise DataError(f"{show(call)}: {error}") from error
    return found
