"""The design of a gaussian model whose rows are known by their sums within cells."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.model import row_sums
from bayesmm.model.ahead import in_order
from bayesmm.model.block_columns import Indicator
from bayesmm.model.cell_blocks import (
    MOST_AT_ONCE,
    AddRows,
    BlockOfCells,
    CellTable,
    JoinedCells,
    origin_of,
    rows_of_block,
)
from bayesmm.model.cell_sums import CellSums, Ways, cells_fit, is_many
from bayesmm.model.centred_columns import Centring, Centrings
from bayesmm.model.column_places import ColumnPlaces, column_places
from bayesmm.model.design import Design
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.model.sums_of_rows import SumsOfRows

__all__ = ["PartSums", "summed_design", "sums_suffice", "ways_of", "with_sums"]


def ways_of(
    cells: CellSums, places: ColumnPlaces, intercept: bool, centrings: Centrings | None
) -> Ways:
    """Return how the columns follow from the sums.

    `places` are those of the columns of the formula, beside an intercept or not; `centrings` is how
    they are changed.
    """

    def way(own: Sequence[int], first: int, centring: Centring | None) -> Array:
        every = [cells.way(-1)] * first + [cells.way(place) for place in own]
        raw = np.array(every).reshape(len(every), 1 + len(cells.origin))
        return raw[first:] if centring is None else (centring.matrix.T @ raw)[first:]

    changes = centrings or Centrings((None,), (None,) * len(places.blocks))
    return Ways(
        way(places.common, int(intercept), changes.common),
        tuple(way(own, 0, c) for own, c in zip(places.blocks, changes.blocks, strict=True)),
    )


def summed_design(known: Design, cells: CellSums, places: ColumnPlaces, ways: Ways) -> Design:
    """Return a design whose arrays of rows are sums.

    `known` has the names and levels.
    """
    n = cells.n_rows

    def matrix(own: Array, **more: NDArray) -> RowsInFiles:
        columns = tuple(cells.column(way) for way in own)
        centre = np.array([cells.mean(way) for way in own])
        return RowsInFiles(n, columns, is_matrix=True, centre=centre, **more)

    response = cells.way(len(cells.origin) - 1)
    common = ways.common[:, 1:]
    X = matrix(ways.common, products=common @ cells.about_means @ common.T)
    blocks = []
    for block, own, at in zip(known.blocks, ways.blocks, places.blocks, strict=True):
        constant = np.array([cells.constant_within(block.factor, place) for place in at])
        counts = RowsInFiles(n, None, counts=cells.counts(block.factor))
        blocks.append(
            replace(block, columns=Indicator(counts, matrix(own, constant_within=constant)))
        )
    nothing = np.empty((n, 0))
    return replace(
        known,
        y=RowsInFiles(n, (cells.column(response),)),
        rows=RowsInFiles(n, None),
        predictors=(
            replace(known.mu, X=X if known.mu.names else nothing),
            *(replace(own, X=nothing) for own in known.predictors[1:]),
        ),
        blocks=tuple(blocks),
    )


class RowsInMemory:
    """The rows of a design in memory, known by their sums; a `RowSource`."""

    label = "rows in memory"

    def __init__(
        self,
        design: Design,
        cells: CellSums,
        places: ColumnPlaces,
        centrings: Centrings | None = None,
    ) -> None:
        self.n_read = design.n_obs + design.n_dropped
        self.cells = cells
        self.ways = ways_of(cells, places, design.mu.intercept, centrings)
        self._design = design
        self._places = places
        self._centrings = centrings

    @property
    def examples(self) -> pd.DataFrame:
        """No rows: the frame that the design was made of has them."""
        return pd.DataFrame()

    def parts(self) -> Iterator[Design]:
        """Yield the rows."""
        yield self._design

    def summed(self) -> Design:
        """Return the design of the sums."""
        known = replace(self._design, sums=None)
        known = known if self._centrings is None else replace(known, centrings=None)
        return replace(summed_design(known, self.cells, self._places, self.ways), source=self)

    def changed(self, design: Design, centrings: Centrings) -> Design:
        """Return the design with other columns of the same space."""
        own = RowsInMemory(self._design, self.cells, self._places, centrings).summed()
        return replace(own, notes=design.notes, n_dropped=design.n_dropped, family=design.family)

    def leading(self, block: int) -> Design:
        """Return all rows, of which the first levels are a part."""
        del block
        return self._design

    def condensed(self, design: Design) -> Design:
        """Return the rows themselves."""
        del design
        return self._design


def sums_suffice(known: Design, cells: CellSums, places: ColumnPlaces) -> bool:
    """Return whether the columns of a model, centred too, follow from sums with enough digits."""
    ways = ways_of(cells, places, known.mu.intercept, known.centrings)
    return all(cells.keeps_digits(way) for own in (ways.common, *ways.blocks) for way in own)


def with_sums(design: Design, add: AddRows) -> Design:
    """Return a design in memory with its sums within cells, where it has many rows.

    Engines and default priors then read the sums, as they do when the rows are in files, and find
    the same to the last bit. A model that sums do not hold stays as it is.

    `add` adds rows to a table of cells.
    """
    # sums of other arrays, as of those that a fit has copied, are none of these
    summed = design.source is not None or design.in_sums is not design
    places = column_places(design) if is_many(design.n_obs) and not summed else None
    levels = {block.factor: block.n_groups for block in design.blocks}
    if places is None or not cells_fit(tuple(levels.values()), places.count + 1):
        return design
    sums = PartSums(places, levels, next(_chunks(design, 0)), add)
    starts = range(0, design.n_obs, rows_of_block())
    joined = sums.begin()
    for block in in_order(lambda start: sums.of(_chunks(design, start)), starts, MOST_AT_ONCE):
        joined.take(block)
    cells = joined.found(tuple(levels))
    if not sums_suffice(design, cells, places):
        return design
    twin = RowsInMemory(design, cells, places).summed()
    return replace(design, sums=SumsOfRows.of(design, twin))


class PartSums:
    """Makes the sums of a block of rows that come as small designs.

    `places` say where the distinct columns are, `levels` are the numbers of levels of each
    grouping, and `first` is the first chunk of all rows, about whose means the sums are taken.
    `add` adds rows to a table of cells.
    """

    def __init__(
        self, places: ColumnPlaces, levels: dict[str, int], first: Design, add: AddRows
    ) -> None:
        self._places, self._levels, self._add = places, levels, add
        self._origin = origin_of(_distinct(first, places))

    def of(self, parts: Iterator[Design]) -> BlockOfCells:
        """Return the sums of the rows of some designs."""
        table = CellTable(tuple(self._levels.values()), self._origin, self._add)
        for part in parts:
            codes = {block.factor: block.columns.codes for block in part.blocks}
            table.add(_distinct(part, self._places), [codes[name] for name in self._levels])
        return table.found()

    def begin(self) -> JoinedCells:
        """Return what takes the sums of the blocks, in their order."""
        return JoinedCells(tuple(self._levels.values()), self._origin)


def _distinct(part: Design, places: ColumnPlaces) -> list[Array]:
    """Return the distinct columns of some rows, and y."""
    found: dict[int, Array] = dict(zip(places.common, part.mu.X.T, strict=True))
    for own, block in zip(places.blocks, part.blocks, strict=True):
        found |= {k: z for k, z in zip(own, block.columns.Z.T, strict=True) if k not in found}
    columns = [found[k] for k in range(places.count)]
    return [*columns, part.y]


def _chunks(design: Design, first: int) -> Iterator[Design]:
    """Yield the rows of a block of a design in memory, a chunk at a time."""
    end = min(first + rows_of_block(), design.n_obs)
    for start in range(first, end, row_sums.CHUNK):
        part = slice(start, min(start + row_sums.CHUNK, end))
        yield replace(
            design,
            y=design.y[part],
            predictors=tuple(replace(own, X=own.X[part]) for own in design.predictors),
            blocks=tuple(replace(b, columns=b.columns.take(part)) for b in design.blocks),
            rows=design.rows[part],
        )
