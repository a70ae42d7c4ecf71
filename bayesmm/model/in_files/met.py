"""Levels and sums within cells from one pass, for models whose columns are all numbers.

Which levels there are is not known before the last row is read: each gets a number when it is met
first, and the final one at the end.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array, Integers
from bayesmm.family.record import Family
from bayesmm.formula.formulas import ModelFormulas
from bayesmm.formula.functions import columns_of
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import Name, Node
from bayesmm.model.cell_blocks import (
    AddRows,
    BlockOfCells,
    CellTable,
    JoinedCells,
    origin_of,
    rows_at_once,
)
from bayesmm.model.cell_sums import CellSums, cells_fit
from bayesmm.model.coding import CodedTerm, NumericVariable, code_terms
from bayesmm.model.column_places import distinct_columns
from bayesmm.model.complete_rows import refuse_infinite
from bayesmm.model.frames import read_columns
from bayesmm.model.group_parts import group_parts
from bayesmm.model.in_files.column_values import is_finite, plain_numbers
from bayesmm.model.in_files.met_levels import MetLevels
from bayesmm.model.in_files.table_source import Chunk
from bayesmm.model.parameter_formulas import name_formulas
from bayesmm.model.predictor import MEAN
from bayesmm.model.response import read_response
from bayesmm.model.rows_in_files import ColumnSums, RowsInFiles
from bayesmm.model.transforms import States
from bayesmm.model.variables import Rows, quantity

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["MetCells", "MetSums", "met_sums"]


@dataclass(frozen=True, slots=True, eq=False)
class MetBlock:
    """What is found in a block."""

    levels: tuple[MetLevels, ...]  # of each grouping
    # the sums; None where the table of all combinations of levels would be too long
    cells: BlockOfCells | None


class MetSums:
    """Makes the sums of a block of rows, of levels that are numbered as they are met.

    `terms` are the distinct columns of X and Z: a term, and which of its columns; `groupings` the
    columns of the groupings, `floats` those that may hold an infinite number, `states` what
    ``center`` and ``scale`` learnt. `add` adds rows to a table of cells.
    """

    def __init__(
        self,
        formulas: ModelFormulas,
        family: Family,
        terms: Sequence[tuple[CodedTerm, int]],
        groupings: Sequence[str],
        floats: Sequence[str],
        states: States,
        add: AddRows,
    ) -> None:
        self.terms = tuple(terms)
        self.levels = tuple(map(MetLevels, groupings))
        self.origin = np.zeros(len(self.terms) + 1)
        self._family, self._response = family, formulas.response.response
        self._measured = _measured(self._response, family)
        self._nodes = tuple(dict.fromkeys(f.node for term, _ in terms for f in term.factors))
        names = [c.value for node in self._nodes for c in columns_of(node)]
        names += [name.value for name in formulas.response_columns()]
        self._names = tuple(dict.fromkeys([*names, *floats]))
        self._floats = tuple(floats)
        self._add, self._states = add, states

    def begin(self, chunk: Chunk) -> None:
        """Take the origin of the sums, and the levels that are met first, from the first chunk."""
        self.origin = origin_of(self._columns(chunk))
        for own in self.levels:
            own.of(chunk, np.empty((2, len(chunk.table)), dtype=np.int64))

    def fits(self, levels: Sequence[MetLevels]) -> bool:
        """Return whether the table of all combinations of these levels can be kept."""
        return cells_fit([len(own) for own in levels], len(self.terms) + 1)

    def __call__(self, chunks: Iterator[Chunk]) -> MetBlock:
        """Return the sums of a block."""
        levels = tuple(own.copy() for own in self.levels)
        if not self.fits(levels):
            return MetBlock(levels, None)
        table = CellTable([0] * len(levels), self.origin, self._add)
        table.reach(list(map(len, levels)))
        room = np.empty((len(levels), 2, rows_at_once()), dtype=np.int64)
        for chunk in chunks:
            columns, rest, missed = self._columns(chunk), chunk, None
            known = levels[0].known(chunk) if len(levels) == 1 else None
            if known is not None:
                missed = table.add_known(columns, *known)
                if not len(missed):
                    continue
                rest = chunk.take(missed)
            codes = [own.of(rest, at) for own, at in zip(levels, room, strict=True)]
            if not self.fits(levels):
                return MetBlock(levels, None)
            table.reach(list(map(len, levels)))
            table.add(columns, codes, missed)
        return MetBlock(levels, table.found())

    def _columns(self, chunk: Chunk) -> list[Array]:
        """Return the distinct columns, y last."""
        numbers = {name: plain_numbers(chunk.table.column(name)) for name in self._floats}
        finite = chunk.finite or all(map(is_finite, numbers.values()))
        wanted = dict.fromkeys((*self._nodes, self._measured))
        found = {node: numbers[node.value] for node in wanted if _stands_in(node, numbers)}
        rows = None
        if not finite or len(found) < len(wanted):  # else nothing is to be computed or reported
            rows = Rows(_as_series(chunk.table, self._names), chunk.positions)
        if not finite:
            refuse_infinite(rows)
        values = {
            node: (found[node] if node in found else quantity(node, rows, self._states))[:, None]
            for node in self._nodes
        }
        columns = [
            next(own for at, own in enumerate(term.columns(values)) if at == k)
            for term, k in self.terms
        ]
        if self._measured in found:
            y = found[self._measured]
        else:
            y = read_response(self._response, self._family, rows, self._states).y
        return [*columns, y]


class MetCells:
    """The sums of all blocks, taken in their order: levels have the numbers of the first meeting.

    `sums` makes those of a block.
    """

    def __init__(self, sums: MetSums) -> None:
        self.levels = [own.copy() for own in sums.levels]
        self._n_shared = [len(own.examples) for own in sums.levels]
        self._sums = sums
        self._joined: JoinedCells | None = JoinedCells([0] * len(self.levels), sums.origin)

    @property
    def fits(self) -> bool:
        """Whether the table of all combinations of levels could be kept."""
        return self._joined is not None

    def take(self, block: MetBlock) -> None:
        """Take the next block."""
        every = zip(self.levels, block.levels, self._n_shared, strict=True)
        numbers = [own.met_in(other, n_shared) for own, other, n_shared in every]
        if block.cells is None or not self._sums.fits(self.levels):
            self._joined = None
        if self._joined is not None:
            self._joined.take(block.cells, numbers)

    def examples(self) -> "tuple[list[pa.Table], list[Integers]]":
        """Return a row of each level of every grouping, and where it stands among all."""
        tables = [table for own in self.levels for table in own.examples]
        return tables, [places for own in self.levels for places in own.positions]

    @cached_property
    def cells(self) -> CellSums:
        """The sums, with levels numbered as they were met."""
        return self._joined.found([own.column for own in self.levels])

    def sums(self) -> dict[Node, RowsInFiles]:
        """Return the sums of the variables."""
        found, cells = {}, self.cells
        for place, (term, _) in enumerate(self._sums.terms):
            if len(term.factors) == 1:
                own: ColumnSums = cells.column(cells.way(place))
                one = RowsInFiles(cells.n_rows, (own,), is_matrix=True)
                found[term.factors[0].node] = one
        return found

    def found(self, codes_of: Callable[[str, "pa.ChunkedArray"], Integers]) -> CellSums:
        """Return the sums with the final numbers of the levels, which `codes_of` gives."""
        return self.cells.renumbered(
            {own.column: codes_of(own.column, own.values) for own in self.levels}
        )


def met_sums(
    formulas: ModelFormulas,
    family: Family,
    numeric: Sequence[Node],
    first: Rows,
    floats: Sequence[str],
    states: States,
    add: AddRows,
) -> MetSums | None:
    """Return what takes the sums of a model in one pass; None where it needs the levels before.

    `numeric` are the variables that are numbers, of those that have a term of their own, `first` is
    a row, `floats` the columns that may hold an infinite number, `states` what ``center`` and
    ``scale`` learnt.
    """
    groups, own = formulas.groups, formulas.response
    gaussian = family.linear and family.precision_weights
    if not gaussian or own.offsets or own.response.weights is not None or not own.intercept:
        return None
    if any(len(group.columns) > 1 for group in groups):
        return None
    written = name_formulas(formulas, family).predictors
    every = {
        factor
        for own in (*(p.terms for p in written.values()), *(group.terms for group in groups))
        for term in own
        for factor in term.factors
    }
    if not every <= set(numeric):
        return None
    if any(quantity(node, first, states).ndim > 1 for node in numeric):
        return None
    variables = {node: NumericVariable((str(k),)) for k, node in enumerate(numeric)}
    mean = written[MEAN]
    common = code_terms(mean.terms, mean.intercept, variables)
    _, columns = distinct_columns(common, group_parts(written, variables))
    alone = {term.factors[0].node for term, _ in columns if len(term.factors) == 1}
    if not every <= alone:
        return None
    groupings = tuple(dict.fromkeys(group.columns[0].value for group in groups))
    return MetSums(formulas, family, columns, groupings, floats, states, add)


def _as_series(table: "pa.Table", names: Sequence[str]) -> dict[str, pd.Series]:
    """Return columns as `read_columns` does, those of float64 without its detours."""
    import pyarrow as pa  # noqa: PLC0415

    plain = {name for name in names if table.schema.field(name).type == pa.float64()}
    found = {name: pd.Series(plain_numbers(table.column(name)), copy=False) for name in plain}
    others = [name for name in names if name not in plain]
    return found | read_columns(table, others) if others else found


def _measured(response: Response, family: Family) -> Node | None:
    """Return the response where its numbers are taken as they stand: any, and nothing beside."""
    alone = response == Response(response.label, response.name, response.value)
    return response.value if alone and family.response == "real" and not family.decisions else None


def _stands_in(node: Node | None, numbers: Mapping[str, NDArray]) -> bool:
    """Return whether the numbers of a variable are a column that is read as it is."""
    own = numbers.get(node.value) if isinstance(node, Name) else None
    return own is not None and own.dtype == np.float64
