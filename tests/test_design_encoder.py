"""New data are coded as the data of the fit were, with what was learnt there."""

import pickle

import numpy as np
import pandas as pd
import pytest

from bayesmm.errors import DataError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design

FORMULAS = [
    "y ~ 1",
    "y ~ x",
    "y ~ 0 + a * b",
    "y ~ a * (x + I(x^2)) + (x + I(x^2) | g)",
    "y ~ scale(x) + center(z) + log(z + 1)",
    "y ~ poly(x, 3) * b",
    "y ~ bs(x, df = 5) + ns(z, df = 3)",
    "y ~ C(a, Sum) * b + x:C(a, Treatment('lo'))",
    "y ~ factor(year) + flag + offset(log(z + 1)) + (factor(year) || g/h)",
    "y ~ x + (1 | g:h) + (0 + scale(x) | h)",
]


@pytest.fixture
def data() -> pd.DataFrame:
    i = np.arange(60)
    return pd.DataFrame(
        {
            "y": 5 + np.sin(i) + i / 10,
            "x": (i * 7 % 11) + i / 60,
            "z": (i * 5 % 13) / 4 + i / 100,
            "a": np.array(["lo", "mid", "hi"])[i % 3],
            "b": np.array(["no", "yes"])[i // 3 % 2],
            "year": 1999 + i // 2 % 3,
            "flag": i * 5 % 7 < 3,
            "g": np.array([308, 309, 10])[i // 20],
            "h": np.array(["h1", "h2"])[i // 4 % 2],
            "count": i * 3 % 5,
            "n": np.full(60, 6),
        }
    )


def design_of(formula, data, family="gaussian", **options):
    return build_design(formula, data, resolve_family(family), **options)


@pytest.mark.parametrize("formula", FORMULAS)
def test_the_data_of_the_fit_come_back(formula, data):
    design = design_of(formula, data)
    rows = design.encoder.encode(data, response=True)
    np.testing.assert_array_equal(rows.mu.X, design.mu.X)
    np.testing.assert_array_equal(rows.y, design.y)
    assert (rows.mu.offset is None) == (design.mu.offset is None)
    if design.mu.offset is not None:
        np.testing.assert_array_equal(rows.mu.offset, design.mu.offset)
    assert len(rows.blocks) == len(design.blocks)
    for (Z, labels), block in zip(rows.blocks, design.blocks, strict=True):
        np.testing.assert_array_equal(Z, block.columns.Z)
        assert list(labels) == [block.levels[code] for code in block.columns.codes]


@pytest.mark.parametrize("formula", FORMULAS)
def test_each_row_is_coded_by_itself(formula, data):
    design = design_of(formula, data)
    for row in (0, 17, 59):
        rows = design.encoder.encode(data.iloc[[row]])
        # A product of a row and a matrix may differ in its last digits from that of many rows.
        np.testing.assert_allclose(rows.mu.X, design.mu.X[[row]], rtol=1e-12, atol=1e-14)
        for (Z, labels), block in zip(rows.blocks, design.blocks, strict=True):
            np.testing.assert_allclose(Z, block.columns.Z[[row]], rtol=1e-12, atol=1e-14)
            assert list(labels) == [block.levels[block.columns.codes[row]]]


def test_learnt_transforms_keep_their_state(data):
    design = design_of("y ~ center(x) + scale(z)", data)
    rows = design.encoder.encode(pd.DataFrame({"x": [0.0, 1.0], "z": [0.0, 2.0]}))
    expected = [
        [0.0 - data["x"].mean(), (0.0 - data["z"].mean()) / data["z"].std()],
        [1.0 - data["x"].mean(), (2.0 - data["z"].mean()) / data["z"].std()],
    ]
    np.testing.assert_allclose(rows.mu.X, expected, rtol=1e-14)


@pytest.mark.parametrize("value", [308, 308.0, "308", np.int8(10)])
def test_labels_of_groups_compare_by_value(value, data):
    design = design_of("y ~ (1 | g)", data)
    (_, labels) = design.encoder.encode(pd.DataFrame({"g": [value]})).blocks[0]
    assert list(labels) == [str(int(value))]
    assert labels[0] in design.blocks[0].levels


def test_new_groups_are_returned_as_they_are(data):
    design = design_of("y ~ x + (x | g/h)", data)
    new = pd.DataFrame({"x": [1.0, 2.0], "g": [308, 999], "h": ["h9", "h1"]})
    (Z, outer), (_, cells) = design.encoder.encode(new).blocks
    np.testing.assert_array_equal(Z, [[1.0, 1.0], [1.0, 2.0]])
    assert list(outer) == ["308", "999"]
    assert list(cells) == ["308:h9", "999:h1"]


def test_groups_may_be_left_out(data):
    design = design_of("y ~ x + (1 | g)", data)
    rows = design.encoder.encode(pd.DataFrame({"x": [1.0]}), groups=False)
    assert rows.blocks == ()
    np.testing.assert_array_equal(rows.mu.X, [[1.0]])
    with pytest.raises(DataError, match=r"The new data have no column 'g'\. Columns: x\."):
        design.encoder.encode(pd.DataFrame({"x": [1.0]}))


def test_an_intercept_alone_needs_no_column(data):
    design = design_of("y ~ 1 + (1 | g)", data)
    rows = design.encoder.encode(pd.DataFrame({"other": [1, 2, 3]}), groups=False)
    assert rows.mu.X.shape == (3, 0)


def test_unknown_levels_of_common_effects_are_refused(data):
    design = design_of("y ~ a + x", data)
    new = pd.DataFrame({"a": ["lo", "low", "top"], "x": 1.0})
    with pytest.raises(DataError) as caught:
        design.encoder.encode(new)
    assert str(caught.value) == (
        "Column 'a' has levels that the data of the fit do not have: low, top. "
        "Known levels: hi, lo, mid."
    )


def test_missing_values_of_new_data_are_refused(data):
    design = design_of("y ~ x + (1 | g)", data)
    new = pd.DataFrame({"x": [1.0, np.nan, np.nan], "g": [308, 308, 308]})
    with pytest.raises(DataError) as caught:
        design.encoder.encode(new)
    assert str(caught.value) == (
        "Column 'x' of the new data is missing a value in 2 rows, first in row 1 (counted from "
        "0); leave such rows out."
    )


def test_numbers_stay_numbers(data):
    design = design_of("y ~ x", data)
    assert design.encoder.encode(pd.DataFrame({"x": ["1", "2"]})).mu.X[:, 0].tolist() == [1, 2]
    with pytest.raises(DataError, match="Column 'x' holds categories"):
        design.encoder.encode(pd.DataFrame({"x": ["1", "two"]}))


def test_declared_categories_stay_categories(data):
    design = design_of("y ~ year", data, categorical=["year"])
    rows = design.encoder.encode(pd.DataFrame({"year": [2001, 1999]}))
    np.testing.assert_array_equal(rows.mu.X, [[0.0, 1.0], [0.0, 0.0]])


@pytest.mark.parametrize("response", ["p(count, n)", "count | trials(n)"])
def test_trials_come_with_the_new_data_where_they_can(response, data):
    design = design_of(f"{response} ~ x", data, "binomial")
    assert design.encoder.encode(pd.DataFrame({"x": [1.0]})).trials is None
    rows = design.encoder.encode(pd.DataFrame({"x": [1.0], "n": [9]}))
    assert list(rows.trials) == [9.0]
    assert rows.y is None
    rows = design.encoder.encode(pd.DataFrame({"x": [1.0], "n": [9], "count": [4]}), response=True)
    assert (list(rows.trials), list(rows.y)) == ([9.0], [4.0])


def test_failures_give_the_trials_of_new_data(data):
    design = design_of("cbind(count, n - count) ~ x", data, "binomial")
    rows = design.encoder.encode(pd.DataFrame({"x": [1.0], "n": [9], "count": [4]}), response=True)
    assert (list(rows.trials), list(rows.y)) == ([9.0], [4.0])


def test_a_response_of_two_levels_keeps_its_order(data):
    design = design_of("b ~ x", data, "bernoulli")
    new = pd.DataFrame({"x": [1.0, 2.0], "b": ["yes", "yes"]})
    assert list(design.encoder.encode(new, response=True).y) == [1.0, 1.0]
    with pytest.raises(DataError, match="do not have: maybe"):
        design.encoder.encode(new.assign(b=["no", "maybe"]), response=True)


def test_the_response_is_needed_only_when_asked_for(data):
    design = design_of("log(y) ~ x", data)
    assert design.encoder.encode(pd.DataFrame({"x": [1.0]})).y is None
    with pytest.raises(DataError, match="no column 'y'"):
        design.encoder.encode(pd.DataFrame({"x": [1.0]}), response=True)


def test_values_outside_a_function_are_refused_with_their_row(data):
    design = design_of("y ~ log(z + 1)", data)
    with pytest.raises(DataError) as caught:
        design.encoder.encode(pd.DataFrame({"z": [1.0, -3.0]}))
    assert str(caught.value) == (
        "log(z + 1) is not a finite number in 1 row, first in row 1 (counted from 0), where "
        "z = -3. Leave such rows out, or use another transformation."
    )


def test_a_design_travels_to_another_process(data):
    design = design_of("y ~ poly(x, 2) * a + ns(z, df = 3) + (scale(x) | g/h)", data)
    again = pickle.loads(pickle.dumps(design))
    np.testing.assert_array_equal(again.encoder.encode(data).mu.X, design.mu.X)
    assert again.encoder.formula == design.encoder.formula


def test_encoding_learns_nothing(data):
    design = design_of("y ~ poly(x, 2) + (scale(x) | g)", data)
    states = dict(design.encoder.states)
    design.encoder.encode(data.assign(x=lambda d: d["x"] * 10))
    assert dict(design.encoder.states) == states
    assert set(map(type, states.values())) == {type(s) for s in design.encoder.states.values()}
