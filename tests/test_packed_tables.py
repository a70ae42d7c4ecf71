"""Tables from strangers: sizes are compared before anything is unpacked, and nothing is run.

Broken on purpose: without `refuse_packed` these files take gigabytes.
"""

import pickle

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import bayesmm
from bayesmm.errors import DataError
from bayesmm.reading import packed


@pytest.fixture(autouse=True)
def small(monkeypatch):
    """Less is free, so that the files of these tests are made in no time."""
    monkeypatch.setattr(packed, "_FREE", 2**20)


def write(path, table):
    pq.write_table(table, path, compression="zstd")
    assert path.stat().st_size < 2**14
    return path


def test_many_rows_of_one_value(tmp_path):
    zeros = np.zeros(300_000)
    path = write(tmp_path / "bomb.parquet", pa.table({"y": zeros, "g": zeros.astype(int)}))
    with pytest.raises(DataError, match="would unpack to 4,800,000, which no table of data does"):
        bayesmm.read_table(path)


def test_a_long_text_in_many_rows(tmp_path):
    column = pa.DictionaryArray.from_arrays(
        pa.array(np.zeros(100, dtype=np.int32)), pa.array(["x" * 2**15])
    ).cast(pa.string())
    path = write(tmp_path / "bomb.parquet", pa.table({"g": column}))
    with pytest.raises(DataError, match="would unpack to 3,276,800"):
        bayesmm.read_table(path)


def test_lists_of_zeros(tmp_path):
    n = 300_000
    nested = pa.ListArray.from_arrays(pa.array([0, n], pa.int32()), pa.array(np.zeros(n)))
    path = write(tmp_path / "bomb.parquet", pa.table({"y": nested}))
    with pytest.raises(DataError, match="would unpack to"):
        bayesmm.read_table(path)


def test_a_usual_table_is_read_as_it_is(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"y": rng.normal(size=5000), "c": 1.0, "g": rng.choice(["a", "b"], 5000)})
    frame.to_parquet(tmp_path / "d.parquet")
    pd.testing.assert_frame_equal(bayesmm.read_table(tmp_path / "d.parquet"), frame)


class Planted:
    """What runs when it is unpickled."""

    def __reduce__(self):
        return (exec, ("raise SystemExit('it was run')",))


def test_a_type_of_somebody_is_not_unpickled(tmp_path):
    """pyarrow once ran what the metadata of a table brought with them (CVE-2023-47248)."""
    field = pa.field(
        "y", pa.float64(),
        metadata={"ARROW:extension:name": "arrow.py_extension_type",
                  "ARROW:extension:metadata": pickle.dumps(Planted())},
    )  # fmt: skip
    table = pa.table([pa.array([1.0, 2.0])], schema=pa.schema([field]))
    pq.write_table(table, tmp_path / "d.parquet")
    with (
        pa.OSFile(str(tmp_path / "d.arrow"), "wb") as file,
        pa.ipc.new_file(file, table.schema) as writer,
    ):
        writer.write_table(table)
    for name in ("d.parquet", "d.arrow"):
        try:
            assert len(bayesmm.read_table(tmp_path / name)) == 2
        except DataError as refused:
            assert "cannot be read as a table" in str(refused)


@pytest.mark.parametrize("ending", ["pkl", "joblib", "npy"])
def test_files_that_run_code_are_refused_by_name(tmp_path, ending):
    path = tmp_path / f"d.{ending}"
    path.write_bytes(pickle.dumps(Planted()))
    with pytest.raises(DataError, match="can run code when it is read"):
        bayesmm.read_table(path)
