"""Frames, trees and plain values come back as they were, or what did not is named."""

import datetime
import json
import tempfile
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from bayesmm.storage.frame import read_frame, write_frame
from bayesmm.storage.tree import read_tree, write_tree
from bayesmm.storage.values import NotPlainError, from_json, json_value

KEPT = {
    "int64": [1, 2, 3],
    "uint8": np.array([1, 2, 255], dtype="uint8"),
    "float16": np.array([1, 2, 3], dtype="float16"),
    "float64": [1.5, np.nan, np.inf],
    "bool": [True, False, True],
    "str": ["a", None, "\u00fc\u2215/"],
    "object of text": pd.Series(["a", None, "c"], dtype=object),
    "object of numbers": pd.Series([1, 2.5, None], dtype=object),
    "object of booleans": pd.Series([True, None, False], dtype=object),
    "Int64": pd.Series([1, None, 3], dtype="Int64"),
    "boolean": pd.Series([True, None, False], dtype="boolean"),
    "string": pd.Series(["a", None, "c"], dtype="string"),
    "arrow": pd.Series([1, None, 3], dtype="int64[pyarrow]"),
    "ordered": pd.Categorical(["b", "a", None], categories=["z", "b", "a"], ordered=True),
    "unordered": pd.Categorical(["b", "a", None], categories=["z", "b", "a"]),
    "categories of numbers": pd.Categorical([3.5, 1, None], categories=[9, 3.5, 1]),
    "categories of whole numbers": pd.Categorical([3, 1, None], categories=[9, 3, 1]),
    "categories of booleans": pd.Categorical([True, False, True], categories=[True, False]),
    "intervals": pd.cut([1, 2, 9], 3),
    "cut at whole numbers": pd.cut([1, 2, 9], [0, 1, 9], right=False),
    "date": pd.Series([datetime.date(2020, 1, k) for k in (1, 2, 3)]),
    "time": pd.to_datetime(["2020-01-01", "2021-01-01", None]),
    "time of a zone": pd.to_datetime(["2020-01-01", "2021-01-01", None]).tz_localize("UTC"),
    "duration": pd.to_timedelta([1, 2, 3], unit="h"),
    "period": pd.period_range("2020", periods=3, freq="M"),
    "decimal": [Decimal("1.50"), None, Decimal(2)],
}
KEPT |= {
    "mixed": [1, "a", 2.5],
    "whole numbers without a sign": np.array([2**64 - 1, 0, 2**63], dtype="uint64"),
    "whole numbers beyond 64 bits": pd.Series([2**70, -(2**80), 3], dtype=object),
    "beyond 64 bits, with a gap": pd.Series([2**70, None, 3], dtype=object),
    "categories beyond 64 bits": pd.Categorical([2**70, 1, 2**70]),
    "unknown": pd.Series([1, None, "unknown"], dtype=object),
}


class _Unequal:
    """An object that cannot be compared."""

    __hash__ = None

    def __eq__(self, other):
        raise RuntimeError("no two are compared")


NOT_KEPT = {
    "objects": [_Unequal(), _Unequal(), _Unequal()],
    "half a letter": pd.Series(["\ud800", "a", "b"], dtype=object),
    "too many digits": pd.Series([10**5000, 1, 2], dtype=object),
    "alike words": pd.Series([2**70, str(2**70), 1], dtype=object),
    "lists": [[1], [2], [3]],
    "tuples": [(1, 2), (3, 4), (5, 6)],
    "records": [{"a": 1}, {}, {"b": 2}],
    "complex": [1j, 2, 3],
    "sparse": pd.arrays.SparseArray([0.0, 0, 1]),
    "alike": pd.Categorical([1, "1", 1], categories=[1, "1"]),
}


def round_trip(frame, path, needed=()):
    stored = write_frame(frame, path / "data.parquet", needed)
    written = json.loads(json.dumps(stored.description, allow_nan=False))
    return read_frame(path / "data.parquet", written), stored.notes


@pytest.mark.parametrize("name", KEPT)
def test_columns_of_every_kind(name, tmp_path):
    frame = pd.DataFrame({name: KEPT[name]})
    back, notes = round_trip(frame, tmp_path)
    assert notes == ()
    assert_frame_equal(back, frame, check_exact=True)
    if isinstance(frame[name].dtype, pd.CategoricalDtype):  # unordered ones compare without order
        assert list(back[name].cat.categories) == list(frame[name].cat.categories)


@pytest.mark.parametrize("name", NOT_KEPT)
def test_a_column_that_cannot_be_kept_is_named(name, tmp_path):
    frame = pd.DataFrame({"x": [1, 2, 3], name: pd.Series(NOT_KEPT[name])})
    back, notes = round_trip(frame, tmp_path)
    assert_frame_equal(back, frame[["x"]])
    assert [note.startswith(f"Column '{name}' ") for note in notes] == [True]


@pytest.mark.parametrize(
    "index",
    [
        pd.RangeIndex(5, -1, -2, name="k"),
        pd.Index(["a", "b", "b"], name="label"),
        pd.Index([3, 1, 2]),
        pd.date_range("2020", periods=3),
        pd.CategoricalIndex(["b", "a", "b"], categories=["b", "a"], name="c"),
        pd.MultiIndex.from_tuples([("a", 1), ("b", 2), ("a", 3)], names=["u", None]),
    ],
    ids=lambda index: type(index).__name__,
)
def test_indices(index, tmp_path):
    frame = pd.DataFrame({"x": [1.0, 2.0, 4.0]}, index=index)
    back, notes = round_trip(frame, tmp_path)
    assert notes == ()
    assert_frame_equal(back, frame, check_freq=False)


def test_names_and_attributes(tmp_path):
    frame = pd.DataFrame(
        [[1, 2.0, "a", 4, 5]], columns=["x", 3, ("a", 1), "x", ""]
    )  # two columns of one name, and names that are no text
    frame.columns.name = "columns"
    frame.attrs = {"units": {"x": "ms"}, "notes": ("one", "two"), 3: [None, float("nan")]}
    back, notes = round_trip(frame, tmp_path)
    assert notes == ()
    assert list(back.columns) == list(frame.columns) and back.columns.name == "columns"
    assert back.iloc[0].tolist() == frame.iloc[0].tolist()
    assert repr(back.attrs) == repr(frame.attrs)


def test_names_that_no_file_can_hold(tmp_path):
    names = ["x", "\ud800", 10**5000, "__index_0__", "__index_"]
    frame = pd.DataFrame([range(5)] * 3, index=pd.Index([7, 8, 9]))
    frame.columns = pd.Index(names, dtype=object)
    frame.columns.name = 10**5000
    back, notes = round_trip(frame, tmp_path)
    assert [list(back.columns)[k] for k in (0, 1, 3, 4)] == [names[k] for k in (0, 1, 3, 4)]
    assert back.to_numpy().tolist() == frame.to_numpy().tolist()
    assert len(notes) == 2 and all("more digits than can be written" in note for note in notes)


def test_several_levels_of_names(tmp_path):
    names = pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)], names=["u", None])
    frame = pd.DataFrame([[1, 2.5, "x"]], columns=names)
    back, notes = round_trip(frame, tmp_path)
    assert notes == ()
    assert_frame_equal(back, frame)


def test_attributes_that_cannot_be_kept_are_named(tmp_path):
    circle = []
    circle.append(circle)
    frame = pd.DataFrame({"x": [1]})
    frame.attrs = {"circle": circle, "digits": 10**5000, "set": {1}, "kept": 2**70}
    back, notes = round_trip(frame, tmp_path)
    assert back.attrs == {"kept": 2**70}
    assert [note.split("'")[1] for note in notes] == ["circle", "digits", "set"]


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text() | st.integers(), inner, max_size=3)
    ),
    max_leaves=8,
)


@given(plain)
def test_plain_values_come_back(value):
    text = json.dumps(json_value(value), allow_nan=False)
    back = from_json(json.loads(text))
    assert repr(back) == repr(value)


def test_scalars_of_numpy_come_back_as_numbers():
    assert from_json(json_value((np.int64(3), np.bool_(True), np.float64("nan"))))[:2] == (3, True)
    with pytest.raises(NotPlainError, match="a value of type set"):
        json_value({"a": {1}})


def test_trees(tmp_path):
    names = ["x", "X", "1|g\u2215h", "\u03b1", "con", "a" * 300, "0000_x", ""]
    dataset = xr.Dataset(
        {name: (("chain", "draw", "\u03b2 dim"), np.random.default_rng(k).normal(size=(2, 3, 2)))
         for k, name in enumerate(names)},
        coords={"\u03b2 dim": ["a/b", "\u00fc"], "draw": [5, 6, 9]},
        attrs={"number": float("nan"), "tuple": (1, "a")},
    )  # fmt: skip
    other = xr.Dataset(
        {"flag": ("row", np.array([True, False])), "label": ("row", ["a", "\u00e9"])}
    )
    empty = xr.Dataset({"effects": (("draw", "level"), np.empty((3, 0)))})
    tree = xr.DataTree.from_dict({"posterior": dataset, "other/inner": other, "empty": empty})
    description, notes = write_tree(tree, tmp_path / "draws.zarr")
    assert notes == ()
    back = read_tree(tmp_path / "draws.zarr", json.loads(json.dumps(description, allow_nan=False)))
    assert repr(back["posterior"].attrs) == repr(tree["posterior"].attrs)
    for one in (tree, back):
        one["posterior"].attrs = {}
    assert back.identical(tree)
    stored = [p.name for p in (tmp_path / "draws.zarr" / "posterior").iterdir()]
    assert len({name.lower() for name in stored}) == len(stored) == len(names) + 3


def test_an_array_that_zarr_lacks_is_named(tmp_path):
    dataset = xr.Dataset({"x": ("a", [1.0]), "when": ("a", np.array(["2020"], dtype="M8[ns]"))})
    description, notes = write_tree(xr.DataTree.from_dict({"extra": dataset}), tmp_path / "d.zarr")
    assert notes == ("'when' of extra (datetime64[ns]) was left out.",)
    assert list(read_tree(tmp_path / "d.zarr", description)["extra"].data_vars) == ["x"]


_TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)
_LONG = st.sampled_from(["a" * 5_000, "line\nline\r\n", "\x00\x1b[2J\x9b", "\u202egnp", "🙂\u200b"])
_VALUES = {
    "Int64": st.integers(-(2**63), 2**63 - 1), "UInt8": st.integers(0, 255),
    "Float64": st.floats(allow_nan=False), "boolean": st.booleans(), "string": _TEXT | _LONG,
    "int64[pyarrow]": st.integers(-(2**63), 2**63 - 1), "double[pyarrow]": st.floats(
        allow_nan=False), "bool[pyarrow]": st.booleans(), "string[pyarrow]": _TEXT | _LONG,
    "category": _TEXT | _LONG, "object": _TEXT | _LONG,
}  # fmt: skip


@st.composite
def _frames(draw: st.DrawFn) -> pd.DataFrame:
    """Frames of nullable, Arrow and text columns with gaps, whatever they and their values are."""
    n = draw(st.integers(1, 5))
    columns = {}
    for name in draw(st.lists(_TEXT | _LONG, min_size=1, max_size=4, unique=True)):
        dtype = draw(st.sampled_from(list(_VALUES)))
        own = draw(st.lists(st.none() | _VALUES[dtype], min_size=n, max_size=n))
        columns[name] = pd.Series(own, dtype=dtype)
    return pd.DataFrame(columns)


@settings(max_examples=40, deadline=None)
@given(_frames())
def test_any_frame_comes_back(frame):
    """Broken on purpose: with a gap read as a text, or a name changed, this fails."""
    with tempfile.TemporaryDirectory() as folder:
        back, notes = round_trip(frame, Path(folder))
    assert notes == ()
    assert_frame_equal(back, frame, check_exact=True)
