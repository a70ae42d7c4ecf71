"""Levels of a grouping that are numbered as they are met, chunk by chunk."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from bayesmm.model.in_files.met_levels import MetLevels
from bayesmm.model.in_files.table_source import Chunk

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
