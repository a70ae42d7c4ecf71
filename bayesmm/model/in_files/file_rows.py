"""The rows of a model that are in files: their sums, and the ways to read them again."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.formula.syntax import Node, show
from bayesmm.model.ahead import in_order
from bayesmm.model.cell_sums import CellSums, Ways
from bayesmm.model.centred_columns import Centrings
from bayesmm.model.column_places import column_places
from bayesmm.model.design import Design
from bayesmm.model.in_files.cell_rows import CellRows
from bayesmm.model.in_files.cells import CellProducts
from bayesmm.model.in_files.coding import RowCoder
from bayesmm.model.in_files.kept_sums import (
    arrays_of_design,
    arrays_of_rows,
    design_of_arrays,
    rows_of_arrays,
)
from bayesmm.model.in_files.look import Look
from bayesmm.model.in_files.summaries import SummarisedRows, summarise_parts
from bayesmm.model.in_files.table_source import Chunk, TableSource
from bayesmm.model.prior_columns import prior_columns
from bayesmm.model.summed_design import summed_design, ways_of
from bayesmm.model.transforms import Scaling, States, calls_learnt

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["FileRows", "kept_look"]

type Cells = CellProducts | CellRows

# Names of what is kept.
_VARIABLE, _CHANGED = "variable.{}", "changed.{}."
_STATE, _WITHIN = "state.{}", "within."


class FileRows:
    """The rows of a design that are in files; a `bayesmm.model.design.RowSource`.

    `coder` codes their rows, `look` is what the first pass found, and `base` the same rows with the
    columns of the formula, None when these are; `centrings` say how the columns are changed, None
    for those of the formula.
    """

    def __init__(
        self,
        files: TableSource,
        coder: RowCoder,
        look: Look,
        base: "FileRows | None" = None,
        centrings: Centrings | None = None,
    ) -> None:
        self.files = files
        self.look = look
        self.coder = coder
        self._base = base
        self._centrings = centrings
        self.cells: CellSums | None = base.cells if base else None
        self.ways: Ways | None = None
        self._summary: SummarisedRows | None = None
        self._cells: Cells = base._cells if base else _cells(coder.design)
        self._changed: dict[str, Design] = {}
        self._kept: Mapping[str, Array] = {}

    @property
    def n_read(self) -> int:
        """Number of all rows."""
        return self.look.n_read

    @property
    def label(self) -> str:
        """The files in words."""
        return self.files.label

    @property
    def examples(self) -> pd.DataFrame:
        """Rows with every level of every factor and grouping."""
        return self.coder.examples

    def parts(self) -> Iterator[Design]:
        """Yield small designs of the rows in their order."""

        def coded(chunk: Chunk) -> Design:
            return prior_columns(self.coder.of(chunk), self._centrings)

        return in_order(coded, self.files.chunks(self.coder.names))

    def summarised(self) -> Design:
        """Return the design of all rows, from their sums or one pass over them."""
        if self.cells is not None:
            return self._summed(self.cells)
        if self._base is None:
            self._cells = _cells(self.coder.design)
        self._summary = summarise_parts(self._known, self._added_up())
        design = self._summary.design
        if isinstance(self._cells, CellRows):
            design = self._cells.summarised(design)
        return replace(design, source=self)

    def _summed(self, cells: CellSums) -> Design:
        """Return the design of all rows from sums within cells."""
        known = self._known
        places = column_places(known)
        self.ways = ways_of(cells, places, known.mu.intercept, self._centrings)
        if self._base is None:
            self._cells.take(cells, self.ways)
        return replace(summed_design(known, cells, places, self.ways), source=self)

    @property
    def _known(self) -> Design:
        """What is known of the model before all rows are; with other columns not their change."""
        known = self.coder.design
        return known if self._base is None else replace(known, centrings=None)

    def _added_up(self) -> Iterator[Design]:
        for part in self.parts():
            if self._base is None:
                self._cells.add(part)
            yield part

    def changed(self, design: Design, centrings: Centrings) -> Design:
        """Return the design with other columns of the same space, from one pass over the rows."""
        key = _key(centrings)
        if key not in self._changed:
            source = FileRows(self.files, self.coder, self.look, self, centrings)
            prefix = _CHANGED.format(key)
            if self.cells is None and f"{prefix}y.sizes" in self._kept:
                found = source.restored(self._kept, prefix)
            else:
                found = source.summarised()
            self._changed[key] = found
        own = self._changed[key]
        return replace(own, notes=design.notes, n_dropped=design.n_dropped, family=design.family)

    def leading(self, block: int) -> Design:
        """Return the rows of the first levels of a block; of a loaded fit they are read again."""
        if self._summary is None:
            self.summarised()
        return self._summary.leading[block]

    def condensed(self, design: Design) -> Design:
        """Return few rows with the likelihood of all rows."""
        return self._cells.rows(design, self._centrings)

    def kept(self, design: Design) -> Iterator[tuple[str, Array]]:
        """Yield names and numbers of all that was found of the rows of a design of this source."""
        yield "rows", np.array([self.look.n_read, self.look.n_obs], dtype=np.float64)
        yield "positions", self.look.positions.astype(np.float64)
        for call, state in self.look.states.items():
            yield _STATE.format(show(call)), np.array([state.location, state.scale])
        for node, sums in self.look.sums.items():
            yield from arrays_of_rows(_VARIABLE.format(show(node)), sums)
        if self.cells is not None:  # all else follows from these
            for name, array in self.cells.kept():
                yield f"{_WITHIN}{name}", array
            return
        yield from arrays_of_design("", design)
        for key, own in self._changed.items():
            yield from arrays_of_design(_CHANGED.format(key), own)
        for name, array in self._cells.kept():
            yield f"cells.{name}", array

    def restored(self, arrays: Mapping[str, Array], prefix: str = "") -> Design:
        """Return the design of this source from what was kept of it."""
        if not prefix:
            self._kept = arrays
            start = len(_WITHIN)
            within = {n[start:]: a for n, a in arrays.items() if n.startswith(_WITHIN)}
            if within:
                levels = {block.factor: block.n_groups for block in self.coder.design.blocks}
                self.cells = CellSums.restored(levels, within)
                return self._summed(self.cells)
            self._cells.restore({n[6:]: a for n, a in arrays.items() if n.startswith("cells.")})
        return replace(design_of_arrays(prefix, self._known, arrays), source=self)


def kept_look(nodes: Iterable[Node], examples: "pa.Table", arrays: Mapping[str, Array]) -> Look:
    """Return what the first pass had found, from what was kept of it.

    `nodes` are the variables of the formulas, and the response; `examples` rows with every level;
    `arrays` come from `FileRows.kept`.
    """
    nodes = tuple(nodes)
    names = {node: _VARIABLE.format(show(node)) for node in nodes}
    sums = {n: rows_of_arrays(own, arrays) for n, own in names.items() if f"{own}.sizes" in arrays}
    n_read, n_obs = map(int, arrays["rows"])
    calls = dict.fromkeys(call for node in nodes for call in calls_learnt(node))
    kept = {call: arrays[_STATE.format(show(call))] for call in calls}
    states: States = {call: Scaling(*map(float, own)) for call, own in kept.items()}
    return Look(n_read, n_obs, examples, arrays["positions"].astype(np.int64), sums, states)


def _cells(design: Design) -> Cells:
    return CellProducts(design) if design.family.linear else CellRows(design)


def _key(centrings: Centrings) -> str:
    """Return a word for a change of columns."""
    every = (*centrings.predictors, *centrings.blocks)
    numbers = (b"-" if own is None else own.matrix.tobytes() for own in every)
    return hashlib.sha256(b"|".join(numbers)).hexdigest()[:16]
