"""Sums on the workers of a Dask cluster: processes on this machine, each with some partitions.

What must fail when the property is broken: a partition that is made here, and not by a worker,
raises; a row that is summed twice, left out or added in another order moves a bit, and all are
compared with the sums of the same rows in memory.
"""

import os

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow import parquet
from small_chunks import with_small_chunks

from bayesmm.errors import DataError
from bayesmm.family.known import resolve_family
from bayesmm.fit_sampling import add_rows_to_cells
from bayesmm.model.build import build_design
from bayesmm.model.in_files import any_data
from bayesmm.model.in_files.any_data import design_of_data, owned_data
from bayesmm.model.summed_design import with_sums

pytest.importorskip("distributed")
pytestmark = [
    pytest.mark.slow,
    # the loops of Dask close at the end of the process
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
]
GAUSSIAN = resolve_family("gaussian")
N, PARTITIONS = 5_300, 7
FORMULAS = ("y ~ x + (1 + x | g)", "y ~ scale(x) + t + (1 | g)", "y ~ z + (1 | t)")


def frame_of() -> pd.DataFrame:
    generator = np.random.default_rng(7)
    g = generator.integers(0, 40, N)
    x = generator.normal(2.0, 1.0, N)
    y = 1 + 0.5 * x + generator.normal(size=40)[g] + generator.normal(size=N)
    own = pd.DataFrame({"y": y, "x": x, "z": generator.normal(size=N), "g": g})
    own["t"] = np.array(["a", "b", "c"])[g % 3]
    own.loc[[5, 4_000], "x"] = np.nan
    return own


def part_of(number: int, not_in: int) -> pd.DataFrame:
    """Return a partition; refuse to make one in the process that fits."""
    assert os.getpid() != not_in, "a partition was made outside the workers"
    return frame_of().iloc[np.array_split(np.arange(N), PARTITIONS)[number]]


def small_chunks() -> None:
    """Let a chunk have few rows in this process, as in the one that fits."""
    with_small_chunks(pytest.MonkeyPatch(), 500)


@pytest.fixture(scope="module")
def client():
    from distributed import Client, LocalCluster

    with (
        pytest.MonkeyPatch.context() as patch,
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
        ) as cluster,
        Client(cluster) as own,
    ):
        with_small_chunks(patch, 500)
        patch.setattr(any_data, "_FEW", 1_000)
        own.run(small_chunks)
        yield own


def test_workers_sum_their_partitions(client):
    from dask import dataframe

    frame = frame_of()
    rows = dataframe.from_map(part_of, range(PARTITIONS), not_in=os.getpid(), meta=frame.head(0))
    for formula in FORMULAS:
        assert_sums_of_memory(formula, frame, rows)


def test_workers_read_files_themselves(client, tmp_path):
    from dask import dataframe

    frame = frame_of()
    for k, part in enumerate(np.array_split(np.arange(N), PARTITIONS)):
        table = pa.Table.from_pandas(frame.iloc[part], preserve_index=False)
        parquet.write_table(table, tmp_path / f"part{k}.parquet")
    assert_sums_of_memory(FORMULAS[0], frame, dataframe.read_parquet(tmp_path))


def test_workers_with_another_version_are_refused(client, monkeypatch):
    from dask import dataframe

    from bayesmm.model.in_files import other_sources

    monkeypatch.setattr(other_sources, "_version", lambda: "0.0.0")
    rows = dataframe.from_pandas(frame_of(), npartitions=3)
    with pytest.raises(DataError, match=r"and here is bayesmm 0\.0\.0"):
        design_of_data(FORMULAS[0], owned_data(rows), GAUSSIAN, add=add_rows_to_cells)


def assert_sums_of_memory(formula: str, frame: pd.DataFrame, rows) -> None:
    memory = with_sums(build_design(formula, frame, GAUSSIAN), add_rows_to_cells).in_sums
    there = design_of_data(formula, owned_data(rows), GAUSSIAN, add=add_rows_to_cells)
    assert (there.n_obs, there.n_dropped) == (memory.n_obs, memory.n_dropped)
    assert [b.levels for b in there.blocks] == [b.levels for b in memory.blocks]
    for name in ("origin", "totals", "least", "most", "cells", "table"):
        own, other = (getattr(d.source.cells, name) for d in (memory, there))
        assert np.array_equal(own, other), (formula, name)
