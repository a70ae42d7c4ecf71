"""Blocks of rows: what is summed does not depend on how the rows are cut, or on who sums them.

What must fail when the property is broken: the sums of every way are compared to the bit with those
of the same rows in memory, which know nothing of row groups, gaps or processors.
"""

import os
from itertools import pairwise

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from small_chunks import with_small_chunks

from bayesmm.errors import DataError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design
from bayesmm.model.cell_blocks import rows_of_block
from bayesmm.model.cell_sums import CellSums
from bayesmm.model.in_files.build import build_design_of_files
from bayesmm.model.in_files.column_values import level_values
from bayesmm.model.in_files.levels import LevelCodes
from bayesmm.model.in_files.stretches import RowBlock, RowStretch, blocks_of
from bayesmm.model.in_files.table_files import TableFiles, files_of
from bayesmm.model.in_files.table_source import TableSource, chunks_of_block, complete_rows_of
from bayesmm.model.summed_design import with_sums
from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells

GAUSSIAN = resolve_family("gaussian")
N = 5_300


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    """Let a few thousand rows be several chunks and blocks."""
    with_small_chunks(monkeypatch, 500)


def frame_of() -> pd.DataFrame:
    generator = np.random.default_rng(5)
    g, h = generator.integers(0, 25, N), generator.integers(0, 3, N)
    x = generator.normal(2.0, 1.0, N)
    own = pd.DataFrame({"y": x + generator.normal(size=N), "x": x, "g": g, "h": h})
    own["a"] = np.array(["p", "q", "r"])[generator.integers(0, 3, N)]
    return own


def cells_of_memory(formula: str, frame: pd.DataFrame) -> CellSums:
    design = with_sums(build_design(formula, frame, GAUSSIAN), add_to_cells)
    return design.in_sums.source.cells


def assert_same_sums(one: CellSums, other: CellSums) -> None:
    assert dict(one.levels) == dict(other.levels)
    for name in ("origin", "totals", "least", "most", "cells", "table"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


def written(folder, frame: pd.DataFrame, cuts: list[int], group_size: int) -> str:
    folder.mkdir()
    table = pa.Table.from_pandas(frame, preserve_index=False)
    edges = [0, *cuts, len(frame)]
    for k, (start, stop) in enumerate(pairwise(edges)):
        own = table.slice(start, stop - start)
        parquet.write_table(own, folder / f"part{k}.parquet", row_group_size=group_size)
    return str(folder)


class OneStream(TableSource):
    """The rows of files, as a source gives them that knows of no stretches."""

    def __init__(self, files: TableFiles) -> None:
        self.names, self._files = files.names, files

    label = "one stream"

    def batches(self, names):
        return self._files.batches(names)

    def empty(self, names):
        return self._files.empty(names)

    def count(self):
        return self._files.count()


@pytest.mark.parametrize("gaps", [(), (0,), (N - 1,), tuple(range(990, 1_700)), (4, 999, 1_000)])
@pytest.mark.parametrize("formula", ["y ~ x + (x | g) + (1 | h)", "y ~ x * a + (1 | g)", "y ~ x"])
def test_sums_do_not_depend_on_how_the_rows_are_cut(tmp_path, monkeypatch, formula, gaps):
    frame = frame_of()
    frame.loc[list(gaps), "x"] = np.nan
    expected = cells_of_memory(formula, frame)
    ways = (([], N, 1), ([1_000, 2_001], 137, 3), ([1, 2, 2_999], 5_000, 8))
    for k, (cuts, group_size, processors) in enumerate(ways):
        folder = written(tmp_path / str(k), frame, cuts, group_size)
        monkeypatch.setattr(os, "process_cpu_count", lambda n=processors: n)
        for source in (files_of(folder), OneStream(files_of(folder))):
            design = build_design_of_files(formula, source, GAUSSIAN, add=add_to_cells)
            assert_same_sums(design.source.cells, expected)
            assert (design.n_obs, design.n_dropped) == (N - len(gaps), len(gaps))


def test_a_column_that_varies_between_blocks_only_varies():
    """Fails if what is constant in each block is taken for constant in all."""
    frame = frame_of()
    frame["v"] = frame["g"] + 0.5 * (frame.index >= rows_of_block())
    frame["w"] = frame["g"] ** 2
    cells = cells_of_memory("y ~ v + w + (1 | g)", frame)
    assert [cells.constant_within("g", k) for k in range(2)] == [False, True]


def test_rows_left_out_at_the_end_of_a_stream_are_counted(tmp_path):
    """Fails if the rows after the last whole chunk are not, because no complete one is there."""
    frame = frame_of().head(1_004)
    frame.loc[1_000:, "x"] = np.nan
    files = files_of(written(tmp_path / "rows", frame, [], 300))
    for add in (None, add_to_cells):
        design = build_design_of_files("y ~ x + (1 | g)", files, GAUSSIAN, add=add)
        assert (design.n_obs, design.n_dropped) == (1_000, 4)
    assert [chunk.n_read for chunk in files.chunks(("x", "y"))] == [500, 1_004]


def test_blocks_have_every_complete_row_once():
    generator = np.random.default_rng(1)
    for _ in range(200):
        n_rows = generator.integers(1, 900, generator.integers(1, 30)).tolist()
        complete = [int(generator.integers(0, n + 1)) for n in n_rows]
        stretches = [
            RowStretch(k, *own) for k, own in enumerate(zip(n_rows, complete, strict=True))
        ]
        found = []
        for block in blocks_of(stretches):
            every = [(own.place, i) for own in block.stretches for i in range(own.n_complete)]
            found.append(every[block.skip : block.skip + block.n_rows])
            assert block.first == sum(n_rows[: block.stretches[0].place])
        assert [len(own) for own in found[:-1]] == [rows_of_block()] * (len(found) - 1)
        expected = [(k, i) for k, n in enumerate(complete) for i in range(n)]
        assert [row for own in found for row in own] == expected


def test_rows_that_were_counted_and_are_not_there_are_missed():
    table = pa.table({"x": [1.0, 2.0, 3.0]})
    block = RowBlock((RowStretch(0, 5, 5),), first=0, skip=1, n_rows=4)
    with pytest.raises(DataError, match="2 rows that were counted were not there"):
        list(chunks_of_block(block, table.to_batches()))


def test_minus_zero_is_the_level_zero(tmp_path):
    """Fails if the two are told apart, or one of them has the effects of another level."""
    frame = frame_of()
    frame["f"] = (frame["g"] % 4 - 1) / 2
    zeros = frame.index[frame["f"] == 0]
    frame.loc[zeros[::3], "f"] = -0.0
    folder = written(tmp_path / "rows", frame, [2_000], 700)
    for formula in ("y ~ x + (1 | f)", "y ~ x * a + (1 | f)", "y ~ x + (1 | f:h)"):
        design = build_design_of_files(formula, files_of(folder), GAUSSIAN, add=add_to_cells)
        assert_same_sums(design.source.cells, cells_of_memory(formula, frame))
        assert design.blocks[0].levels == build_design(formula, frame, GAUSSIAN).blocks[0].levels
    assert np.signbit(level_values(pa.chunked_array([[-0.0]])).to_numpy()).tolist() == [False]


@pytest.mark.parametrize("kind", ["whole", "text", "category", "float"])
def test_a_value_that_is_no_level_is_refused(kind):
    """Fails if it gets the code of another level."""
    make = {
        "whole": lambda values: pa.chunked_array([values]),
        "text": lambda values: pa.chunked_array([[f"s{v}" for v in values]]),
        "category": lambda values: pa.chunked_array(
            [pa.array(map(str, values))]
        ).dictionary_encode(),
        "float": lambda values: pa.chunked_array([[v / 4 for v in values]]),
    }[kind]
    codes = LevelCodes("g", make([5, 3, 9]), np.array([1, 0, 2]))
    assert codes.of(make([9, 9, 3])).tolist() == [2, 2, 0]
    for other in (4, 10**9, -3):
        with pytest.raises(DataError, match=r"Column 'g' has the value .* none of the levels"):
            codes.of(make([9, other]))


def test_a_category_that_stands_for_no_value_is_a_gap(tmp_path):
    """Fails if rows are read as a level that has no name."""
    frame, indices = frame_of().head(1_300), pa.array(np.arange(1_300) % 3, pa.int32())
    for values in (["u", None, "v"], [0.5, float("nan"), 1.5]):
        column = pa.DictionaryArray.from_arrays(indices, pa.array(values))
        rows = complete_rows_of(pa.table({"d": column}), 10)
        assert rows.positions.tolist() == [10 + k for k in range(1_300) if k % 3 != 1]
    table = pa.Table.from_pandas(frame, preserve_index=False).append_column("d", column)
    parquet.write_table(table, tmp_path / "all.parquet")
    for formula in ("y ~ x + (1 | d)", "y ~ x * a + (1 | d)"):
        files = files_of(tmp_path / "all.parquet")
        design = build_design_of_files(formula, files, GAUSSIAN, add=add_to_cells)
        assert (len(design.blocks[0].levels), design.n_dropped) == (2, 433)
