"""Sums of pieces: the same to the bit however the rows are cut."""

import math
from itertools import pairwise

import numpy as np
import pytest

from bayesmm.model import pieces, row_sums
from bayesmm.model.pieces import PieceTotals, piece_sums
from bayesmm.model.row_sums import RunningSums, mean

PIECE = 8


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    monkeypatch.setattr(pieces, "PIECE", PIECE)


def test_totals_do_not_depend_on_how_rows_are_cut():
    """Fails if a piece that is cut is summed in two, twice or not at all."""
    generator = np.random.default_rng(3)
    for _ in range(200):
        columns = generator.normal(1e3, 1.0, (2, int(generator.integers(1, 60))))
        n = columns.shape[1]
        edges = [0, *np.sort(generator.integers(0, n + 1, generator.integers(0, 9))), n]
        totals = PieceTotals(2)
        for start, stop in pairwise(edges):
            totals.add(columns[:, start:stop])
        expected = [
            [float(own[k : k + PIECE].sum()) for k in range(0, n, PIECE)] for own in columns
        ]
        assert list(totals.found()) == expected == list(map(piece_sums, columns))


def test_means_of_rows_in_chunks_are_those_of_rows_in_memory(monkeypatch):
    """Fails if the two add other numbers: three values that cancel tell the orders apart."""
    monkeypatch.setattr(row_sums, "CHUNK", 2 * PIECE)
    column = np.random.default_rng(4).normal(size=5 * PIECE + 3)
    column[[1, 9, 30]] = 1e17, 1.0, -1e17
    running = RunningSums()
    for start in range(0, len(column), row_sums.CHUNK):
        running.add(column[start : start + row_sums.CHUNK])
    expected = math.fsum(piece_sums(column))
    assert running.found().only.total == expected == mean(column) * len(column)
    few = column[: row_sums.CHUNK]
    assert mean(few) == few.sum() / len(few)
