"""Chunks of files as small designs with the columns of the whole one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.arrays import Integers
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import Name, Node
from bayesmm.model.block import Block
from bayesmm.model.cell_blocks import BlockOfCells, JoinedCells
from bayesmm.model.coding import Category, fill_columns
from bayesmm.model.design import Design
from bayesmm.model.frames import read_columns
from bayesmm.model.group_parts import GroupPart
from bayesmm.model.in_files.levels import LevelCodes
from bayesmm.model.in_files.table_source import Chunk
from bayesmm.model.response import read_response
from bayesmm.model.summed_design import PartSums
from bayesmm.model.variables import Rows, apply_variable

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["CodedSums", "RowCoder"]


class RowCoder:
    """Codes rows of files as the design of the examples codes these.

    `examples` are the rows that it was learnt of, as they stand in the files, and `rows` the same
    as they were read.
    """

    def __init__(self, design: Design, examples: "pa.Table", rows: Rows) -> None:
        self.design = design
        encoder = self._encoder = design.encoder
        factors = [v.column for v in encoder.variables.values() if isinstance(v, Category)]
        groups = [name.value for name in encoder.formulas.group_columns()]
        self._levels = {
            name: LevelCodes(name, examples.column(name), rows.levels(name).codes)
            for name in dict.fromkeys([*factors, *groups])
        }
        self._cells = [_cells(own[0].group.columns, rows) for own in encoder.parts]
        numbers = [
            *encoder.formulas.response_columns(),
            *(c for node in encoder.formulas.response.offsets for c in columns_of(node)),
            *(c for node in self._numeric() for c in columns_of(node)),
        ]
        self._numbers = tuple(dict.fromkeys(name.value for name in numbers))
        self.names = tuple(rows.columns)
        self.examples = pd.DataFrame(dict(rows.columns))

    def codes_of(self, name: str, column: "pa.ChunkedArray") -> Integers:
        """Return the codes of a column of a factor or grouping, shape (n,)."""
        return self._levels[name].of(column)

    def of(self, chunk: Chunk) -> Design:
        """Return the design of some rows."""
        encoder, design = self._encoder, self.design
        rows = Rows(read_columns(chunk.table, self._numbers), chunk.positions)
        codes = {name: own.of(chunk.table.column(name)) for name, own in self._levels.items()}
        states = encoder.states
        values: dict[Node, NDArray] = {
            node: codes[v.column]
            if isinstance(v, Category)
            else apply_variable(node, v, rows, states)
            for node, v in encoder.variables.items()
        }
        own = read_response(
            encoder.formula.response, encoder.family, rows, states, encoder.response_levels
        )
        blocks = tuple(
            self._block(block, parts, cells, codes, values, len(rows))
            for block, parts, cells in zip(design.blocks, encoder.parts, self._cells, strict=True)
        )
        return replace(
            design,
            y=np.array(own.y, dtype=np.float64, order="C"),
            known=own.known,
            weights=own.weights,
            predictors=encoder.predictors(values, rows, states),
            blocks=blocks,
            rows=chunk.places(),
        )

    def _numeric(self) -> list[Node]:
        variables = self._encoder.variables
        return [node for node, v in variables.items() if not isinstance(v, Category)]

    @staticmethod
    def _block(
        block: Block,
        parts: tuple[GroupPart, ...],
        cells: tuple[tuple[str, int, Integers | None], ...],
        codes: Mapping[str, Integers],
        values: Mapping[Node, NDArray],
        n_rows: int,
    ) -> Block:
        """Return a block with the columns of some rows."""
        Z = [fill_columns(p.terms, values, n_rows, p.group.intercept)[0] for p in parts]
        found = np.zeros(n_rows, dtype=np.int64)
        for column, width, known in cells:
            found = found * width + codes[column]
            if known is not None:
                found = np.searchsorted(known, found)
        columns = type(block.columns)(found, np.hstack(Z) if len(Z) > 1 else Z[0])
        return replace(block, columns=columns)


class CodedSums:
    """Makes the sums within cells of a block of rows of files.

    `coder` codes the rows, and `sums` adds them.
    """

    def __init__(self, coder: RowCoder, sums: PartSums) -> None:
        self._coder, self._sums = coder, sums

    def __call__(self, chunks: Iterator[Chunk]) -> BlockOfCells:
        """Return the sums of a block."""
        return self._sums.of(map(self._coder.of, chunks))

    def begin(self) -> JoinedCells:
        """Return what takes the sums of the blocks, in their order."""
        return self._sums.begin()


def _cells(columns: tuple[Name, ...], rows: Rows) -> tuple[tuple[str, int, Integers | None], ...]:
    """Return, column by column of ``a:b``, its number of levels and the cells that occur.

    As `bayesmm.model.variables.group_labels` numbers them.
    """
    found: list[tuple[str, int, Integers | None]] = []
    codes = np.zeros(len(rows), dtype=np.int64)
    for place, column in enumerate(columns):
        levels = rows.levels(column.value)
        codes = codes * len(levels.labels) + levels.codes
        known = None
        if place:
            known, codes = np.unique(codes, return_inverse=True)
        found.append((column.value, len(levels.labels), known))
    return tuple(found)
