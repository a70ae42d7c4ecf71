"""Levels of a grouping that are numbered as they are met, chunk by chunk."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bayesmm.model.cell_blocks import CellTable
from bayesmm.model.in_files.met_levels import MetLevels
from bayesmm.model.in_files.table_source import Chunk
from bayesmm.sampling.compiled.collapsed.cell_kernel import add_to_cells

N = 1_000
KINDS = {
    "from zero": (0, 300, np.int32),
    "from one": (1, 300, np.int64),
    "below zero": (-150, 150, np.int16),
    "far from zero": (10**9, 10**9 + 300, np.int64),
    "too far apart": (-(2**40), 2**40, np.int64),
}


@pytest.mark.parametrize("kind", KINDS)
def test_numbers_are_those_of_the_first_meeting(kind):
    """Fails if a number is given twice, moves when the table grows, or comes in another order.

    The range of the values grows from chunk to chunk, to both sides.
    """
    least, most, dtype = KINDS[kind]
    generator, middle = np.random.default_rng(7), (least + most) // 2
    met, own, expected = MetLevels("g"), [], {}
    for k, share in enumerate((0.05, 0.2, 0.2, 0.7, 1.0)):
        half = max(1, int(share * (most - least) / 2))
        values = generator.integers(middle - half, middle + half, N).astype(dtype)
        start = k * N
        chunk = Chunk(pa.table({"g": values}), range(start, start + N), start + N)
        found = met.of(chunk, np.empty((2, N), dtype=np.int64))
        new = dict.fromkeys(v for v in values.tolist() if v not in expected)
        pairs = zip(values.tolist(), found.tolist(), strict=True)
        numbers = {v: number for v, number in pairs if v in new}
        assert sorted(numbers.values()) == list(range(len(expected), len(expected) + len(new)))
        expected |= numbers
        assert [expected[v] for v in values.tolist()] == found.tolist()
        own.append(values)
    every = np.concatenate(own)
    assert len(met) == len(expected) == len(np.unique(every))
    in_order = met.values.to_pylist()
    assert [expected[v] for v in in_order] == list(range(len(met)))
    first = pd.Series(range(len(every))).groupby(every).first()
    assert np.concatenate(met.positions).tolist() == first[in_order].tolist()


def test_places_of_a_chunk_are_its_positions():
    """Fails if rows that stand one after the other have other places than written out."""
    table = pa.table({"g": np.arange(3)})
    assert Chunk(table, range(5, 8), 8).places().tolist() == [5, 6, 7]
    some = np.array([1, 4, 6])
    assert Chunk(table, some, 8).places() is some


@pytest.mark.parametrize("kind", KINDS)
def test_levels_that_are_shared_keep_their_numbers(kind):
    """Fails if what a copy meets is known to the first, or a number is that of another level."""
    least, most, dtype = KINDS[kind]
    generator = np.random.default_rng(8)

    def chunk_of(first: int) -> Chunk:
        values = generator.integers(least, most, 150).astype(dtype)
        return Chunk(pa.table({"g": values}), range(first, first + 150), first + 150)

    room = np.empty((2, 150), dtype=np.int64)
    shared = MetLevels("g")
    shared.of(chunk_of(0), room)
    n_first = len(shared)
    one, other = shared.copy(), shared.copy()
    one.of(chunk_of(150), room)
    other.of(chunk_of(300), room)
    assert len(shared) == n_first < min(len(one), len(other))
    here = {value: k for k, value in enumerate(one.values.to_pylist())}
    numbers = one.met_in(other, len(shared.examples))
    new = [value for value in other.values.to_pylist() if value not in here]
    here |= {value: len(here) + k for k, value in enumerate(new)}
    assert numbers.tolist() == [here[value] for value in other.values.to_pylist()]
    assert one.met_in(shared, len(shared.examples)).tolist() == list(range(n_first))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_whose_level_is_not_known_are_told_and_added(kind):
    """Fails if a row is left out or added twice, or a number beyond the table is looked up."""
    least, most, dtype = KINDS[kind]
    generator = np.random.default_rng(9)
    values = generator.integers(least, most, N).astype(dtype)
    x, y = generator.normal(size=(2, N))
    met, room = MetLevels("g"), np.empty((2, N), dtype=np.int64)
    met.of(Chunk(pa.table({"g": values[:60]}), range(60), 60), room)
    chunk = Chunk(pa.table({"g": values}), range(N), N)
    known = met.known(chunk)
    assert (known is None) == (kind == "too far apart")
    if known is None:
        return
    columns, origin = [x, x * x, y], np.array([0.5, 1.0, 0.0])
    table, every = (CellTable([N], origin, add_to_cells) for _ in range(2))
    missed = table.add_known(columns, *known)
    assert missed.tolist() == np.flatnonzero(~np.isin(values, values[:60])).tolist()
    table.add(columns, [met.of(chunk.take(missed), room)], missed)
    every.add(columns, [met.of(chunk, room)])
    one, other = table.found(), every.found()
    for name in ("cells", "table", "extremes"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert one.totals == other.totals
