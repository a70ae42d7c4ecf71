"""A forged folder is refused in words, without much memory or time; its checksums fit.

Broken on purpose: with a `refuse_links` or a `refuse_bombs` of `bayesmm.storage.fences` that
refuses nothing, these tests fail.
"""

import json
import os
import struct

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from saved_fits import CASES, RECORD, fit_of, rewrite

import bayesmm
from bayesmm.errors import BayesmmWarning, SavedFitError, UsageError
from bayesmm.storage.files import checksum


def signed(saved):
    """Give the parts the checksums that they have now."""
    for part, name in (("draws", "draws.zarr"), ("data", "data.parquet")):
        rewrite(saved, lambda r, part=part, name=name: r[part].update(
            sha256=checksum(saved / name)))  # fmt: skip


def refused(saved, words):
    with pytest.raises(SavedFitError, match=words):
        bayesmm.load(saved)


def metadata(saved, array, change):
    file = saved / "draws.zarr" / array / "zarr.json"
    said = json.loads(file.read_text())
    change(said)
    file.write_text(json.dumps(said))
    signed(saved)


# --- links and special files ---------------------------------------------------------------------


@pytest.mark.parametrize("name", [RECORD, "data.parquet", "draws.zarr", "draws.zarr/posterior",
                                  "draws.zarr/posterior/sigma/c/0/0"])  # fmt: skip
def test_links(saved, tmp_path, name):
    (saved / name).rename(tmp_path / "elsewhere")
    (saved / name).symlink_to(tmp_path / "elsewhere")
    refused(saved, r"no file of its own|no folder of its own|is a link or a special file")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("name", [RECORD, "data.parquet", "draws.zarr/posterior/pipe"])
def test_special_files(saved, name):
    (saved / name).unlink(missing_ok=True)
    os.mkfifo(saved / name)
    refused(saved, r"no file of its own|is a link or a special file")


# --- arrays --------------------------------------------------------------------------------------


def test_consolidated_metadata(saved):
    """The list of codecs is that of each array's own file; there is no other."""
    inner = json.loads((saved / "draws.zarr/posterior/sigma/zarr.json").read_text())
    inner["codecs"] = [{"name": "numcodecs.pickle"}]
    metadata(saved, ".", lambda said: said.update(
        consolidated_metadata={"kind": "inline", "must_understand": False,
                               "metadata": {"posterior/sigma": inner}}))  # fmt: skip
    refused(saved, r"says \['consolidated_metadata'\], which no saved fit does")


FORGED = {
    "many values": lambda said: said.update(shape=[4, 10**9]),
    "many values in a file": lambda said: (
        said.update(shape=[20_000, 20_000]),
        said["chunk_grid"]["configuration"].update(chunk_shape=[20_000, 20_000]),
    ),
    "many files": lambda said: (
        said.update(shape=[4, 10**6]),
        said["chunk_grid"]["configuration"].update(chunk_shape=[1, 1]),
    ),
    "a negative length": lambda said: said.update(shape=[4, -50]),
    "no lengths": lambda said: said.update(shape="4 50"),
    "true as a length": lambda said: said.update(shape=[True, 50]),
    "no shape": lambda said: said.pop("shape"),
    "other dimensions": lambda said: said.update(shape=[4, 50, 1]),
    "objects": lambda said: said.update(data_type="object"),
    "records": lambda said: said.update(data_type={"name": "structured"}),
    "another codec": lambda said: said["codecs"].append({"name": "gzip"}),
    "a codec by name": lambda said: said.update(codecs=["numcodecs.pickle"]),
    "transformers": lambda said: said.update(storage_transformers=[{"name": "x"}]),
    "another key": lambda said: said.update(must_understand=False),
    "another format": lambda said: said.update(zarr_format=2),
}


@pytest.mark.parametrize("name", FORGED)
def test_forged_arrays(saved, name):
    metadata(saved, "posterior/sigma", FORGED[name])
    refused(saved, r"draws\.zarr")


@pytest.mark.parametrize("content", ["{", "[]", "[" * 100_000, '{"node_type": ' * 5000, "\xff"])
def test_metadata_that_are_none(saved, content):
    (saved / "draws.zarr/posterior/zarr.json").write_text(content, encoding="latin-1")
    signed(saved)
    refused(saved, r"zarr\.json' is damaged")


def test_a_file_that_unpacks_to_two_gigabytes(saved):
    file = saved / "draws.zarr/posterior/sigma/c/0/0"
    content = bytearray(file.read_bytes())
    content[4:8] = struct.pack("<I", 2**31 - 1)
    file.write_bytes(content)
    signed(saved)
    refused(saved, "is not of the size that its array says")


def test_a_text_of_four_billion_words(saved):
    file = saved / "draws.zarr/posterior/g__factor_dim/c/0"
    content = bytearray(file.read_bytes())
    content[:4] = struct.pack("<I", 2**32 - 1)
    file.write_bytes(content)
    signed(saved)
    refused(saved, "is not of the size that its array says")


def test_one_long_word_among_many(saved):
    """An array of numpy gives every word the room of the longest."""
    import zarr

    root = zarr.open_group(saved / "draws.zarr", mode="a", zarr_format=3)
    n = 100_000
    array = root["posterior"].create_array(
        "words", shape=(n,), dtype=str, chunks=(n,), compressors=None
    )
    array[...] = ["a" * 50_000] + ["b"] * (n - 1)
    entry = {"name": "words", "stored": "words", "dims": ["word"], "coordinate": True,
             "attributes": {}}  # fmt: skip
    rewrite(saved, lambda r: r["draws"]["groups"][1]["variables"].append(entry))
    signed(saved)
    refused(saved, "would unpack to")


def test_draws_of_other_settings(saved):
    rewrite(saved, lambda r: r["settings"].update(draws=10**9))
    refused(saved, r"of shape \(4, 50\), not \(4, 1000000000\)")


# --- the table -----------------------------------------------------------------------------------


def table(saved, frame, **options):
    pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), saved / "data.parquet",
                   **options)  # fmt: skip
    rewrite(saved, lambda r: r["data"].update(rows=len(frame)))
    signed(saved)


def test_another_table(saved):
    frame = pd.read_parquet(saved / "data.parquet")
    table(saved, frame.iloc[:0])
    refused(saved, r"damaged|cannot be built again|another model")
    table(saved, frame.drop(columns="x"))
    refused(saved, "is not the table that")
    table(saved, frame, compression="gzip")
    refused(saved, "packed by")


def test_a_long_text_in_many_rows(saved, monkeypatch):
    """In the file it stands once, in memory in every row."""
    monkeypatch.setattr("bayesmm.storage.fences._FREE", 2**20)
    frame = pd.read_parquet(saved / "data.parquet")
    table(saved, frame.assign(h="a" * 2**17), dictionary_pagesize_limit=2**24)
    assert (saved / "data.parquet").stat().st_size < 2**16
    refused(saved, "would unpack to")


# --- the record ----------------------------------------------------------------------------------


@pytest.mark.parametrize("content", ["[" * 200_000, '{"a":' * 100_000, "9" * 10_000,
                                     '{"what": "a fit saved by bayesmm", "format": 1, "x": NaN}',
                                     '{"what": "a fit saved by bayesmm", "format": [1]}',
                                     '{"what": "a fit saved by bayesmm", "format": true}',
                                     '{"what": "a fit saved by bayesmm", "format": -1}',
                                     ])  # fmt: skip
def test_records_that_are_none(saved, content):
    (saved / RECORD).write_text(content)
    refused(saved, "is damaged|is no saved fit|was changed after")
    with pytest.raises(UsageError):  # and such a folder is nobody's to replace
        fit_of(CASES["no groups"]).save(saved, overwrite=content.startswith("["))


def paths(value, above=()):
    """Yield the place of everything in a record, but for long lists only the first."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*above, key)
            yield from paths(item, (*above, key))
    elif isinstance(value, list) and value:
        yield (*above, 0)
        yield from paths(value[0], (*above, 0))


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.slow)])
def test_no_wrong_type_is_a_traceback(saved, every):
    """Every part of the record in turn is gone, or of another kind, or very large."""
    before = (saved / RECORD).read_text()
    whole = json.loads(before)
    places = [p for p in paths(whole) if p[0] not in ("what", "format", "sha256", "versions")]
    assert len(places) > 60
    others = (None, 1e308, "\u202etext", [], {}, [[[]]], {"$tuple": 5}, {"$float": "x"}, 10**30)
    for k, place in enumerate(places[::every]):
        record = json.loads(before)
        parent = record
        for key in place[:-1]:
            parent = parent[key]
        parent[place[-1]] = others[k % len(others)]
        (saved / RECORD).write_text(json.dumps(record))
        rewrite(saved, lambda r: None)
        try:
            fit = bayesmm.load(saved)
        except SavedFitError as problem:
            assert len(str(problem)) > 20
            continue
        except BayesmmWarning:
            continue
        str(fit.summary()), str(fit.diagnostics), repr(fit)
