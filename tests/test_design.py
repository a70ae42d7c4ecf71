"""Designs from a formula and data: names, levels, rows, responses, offsets and frames."""

import re
import time

import numpy as np
import pandas as pd
import pytest
from references import load_reference, readable_references, reference_data

from bayesmm.errors import DataError
from bayesmm.family.known import FAMILIES, resolve_family
from bayesmm.formula import parse_formulas
from bayesmm.model.build import build_design
from bayesmm.model.names import effect_labels


def design_of(formula, data, family="gaussian", **options):
    return build_design(formula, data, resolve_family(family), **options)


@pytest.fixture
def data() -> pd.DataFrame:
    i = np.arange(36)
    return pd.DataFrame(
        {
            "y": 5 + np.sin(i) + i / 10,
            "x": (i * 7 % 11).astype(float),
            "time": (i * 5 % 13) / 4,
            "a": np.array(["lo", "mid", "hi"])[i % 3],
            "year": 1999 + i // 2 % 3,
            "treat": np.array(["control", "ozone"])[i // 6 % 2],
            "Subject": np.array([308, 309, 10, 330])[i // 9],
            "site": np.array(["s1", "s2", "s10"])[i // 12],
            "block": np.array(["b1", "b2"])[i // 4 % 2],
            "flag": i * 5 % 7 < 3,
            "count": i * 3 % 5,
            "n": np.full(36, 6),
        }
    )


# ---------------------------------------------------------------- names

NAMES = {
    "y ~ x": ["x"],
    "y ~ treat": ["treat[ozone]"],
    "y ~ time * treat": ["time", "treat[ozone]", "time:treat[ozone]"],
    "y ~ treat * time": ["treat[ozone]", "time", "treat[ozone]:time"],
    "y ~ time + I(time ^ 2)": ["time", "I(time^2)"],
    "y ~ poly(x,2)": ["poly(x, 2)[1]", "poly(x, 2)[2]"],
    "y ~ poly(x, 1)": ["poly(x, 1)"],
    "y ~ bs(x, df=4)": [f"bs(x, df = 4)[{j}]" for j in (1, 2, 3, 4)],
    "y ~ factor(year)": ["factor(year)[2000]", "factor(year)[2001]"],
    "y ~ C(a, Sum)": ["C(a, Sum)[hi]", "C(a, Sum)[lo]"],
    "y ~ C(a, Treatment('mid'))": ['C(a, Treatment("mid"))[hi]', 'C(a, Treatment("mid"))[lo]'],
    "y ~ flag": ["flag[True]"],
    "y ~ 0 + treat": ["treat[control]", "treat[ozone]"],
    "y ~ a:treat - 1": [
        f"a[{a}]:treat[{t}]" for t in ("control", "ozone") for a in ("hi", "lo", "mid")
    ],
    "y ~ `x`": ["x"],
    "y ~ scale(x) + log(time + 1)": ["scale(x)", "log(time + 1)"],
}


@pytest.mark.parametrize("formula", NAMES)
def test_names_of_common_effects(formula, data):
    design = design_of(formula, data)
    assert list(design.mu.names) == NAMES[formula]
    assert design.mu.X.shape == (36, len(design.mu.names))
    assert design.mu.X.flags.c_contiguous


def test_columns_that_need_backticks_are_named_without_them(data):
    renamed = data.rename(columns={"x": "my x", "a": "a-b", "Subject": "the subject"})
    design = design_of("y ~ `my x` * `a-b` + I(`my x`^2) + (`my x` | `the subject`)", renamed)
    assert design.mu.names == (
        *("my x", "a-b[lo]", "a-b[mid]", "I(my x^2)", "my x:a-b[lo]", "my x:a-b[mid]"),
    )
    assert design_of("`my x` ~ time", renamed).response == "my x"
    assert design.blocks[0].factor == "the subject"
    assert effect_labels(design.blocks[0]) == ("Intercept", "my x")


@pytest.mark.parametrize(
    "name", ["a b", "a.b", "a-b", "größe", "日本", "class", "lambda", "None", "1st", "x+y", "0"]
)
def test_any_column_name_works_in_backticks(name, data):
    design = design_of(f"y ~ `{name}`", data.rename(columns={"x": name}))
    assert design.mu.names == (name,)
    np.testing.assert_array_equal(design.mu.X[:, 0], data["x"])


def test_names_of_group_effects(data):
    design = design_of("y ~ time + (time * treat | Subject)", data)
    assert effect_labels(design.blocks[0]) == (
        "Intercept",
        "time",
        "treat[ozone]",
        "time:treat[ozone]",
    )


# ---------------------------------------------------------------- levels and groups


def test_levels_are_labels_in_order(data):
    design = design_of("y ~ (1 | Subject) + (1 | site) + (1 | flag) + (1 | a)", data)
    assert design.factors == {
        "Subject": ("10", "308", "309", "330"),
        "site": ("s1", "s10", "s2"),
        "flag": ("False", "True"),
        "a": ("hi", "lo", "mid"),
    }
    for block in design.blocks:
        labels = np.array(block.levels)[block.columns.codes]
        assert block.columns.codes.dtype == np.int64
        assert list(labels) == [str(value) for value in data[block.factor]]


@pytest.mark.parametrize(
    "convert",
    [
        lambda s: s,
        lambda s: s.astype(float),
        lambda s: s.astype(str),
        lambda s: s.astype(object),
        lambda s: s.astype("Int64"),
        lambda s: s.astype("int16"),
        lambda s: s.astype("category"),
        lambda s: s.astype(str).astype(object),
    ],
)
def test_labels_are_the_same_for_every_type_of_column(convert, data):
    data["Subject"] = convert(data["Subject"])
    block = design_of("y ~ (1 | Subject)", data).blocks[0]
    assert block.levels == ("10", "308", "309", "330")
    assert list(np.array(block.levels)[block.columns.codes][::9]) == ["308", "309", "10", "330"]


def test_categoricals_keep_their_order_and_lose_unused_levels_with_a_note(data):
    data["a"] = pd.Categorical(data["a"], categories=["mid", "none", "lo", "hi"])
    design = design_of("y ~ a", data)
    assert design.mu.names == ("a[lo]", "a[hi]")
    assert design.notes == ("Factor 'a': levels without rows left out: none.",)
    assert design_of("y ~ (1 | a)", data).blocks[0].levels == ("mid", "lo", "hi")


def test_an_ordered_categorical_says_how_it_is_coded(data):
    data["a"] = pd.Categorical(data["a"], categories=["lo", "mid", "hi"], ordered=True)
    design = design_of("y ~ a", data)
    assert design.mu.names == ("a[mid]", "a[hi]")
    assert "not by polynomial contrasts" in design.notes[0]


def test_numerals_are_sorted_by_value(data):
    data["code"] = np.array(["9", "10", "-1", "100"])[np.arange(36) % 4]
    assert design_of("y ~ (1 | code)", data).blocks[0].levels == ("-1", "9", "10", "100")


def test_integers_are_numbers_unless_said(data):
    assert design_of("y ~ year", data).mu.names == ("year",)
    named = design_of("y ~ year", data, categorical=["year"])
    assert named.mu.names == ("year[2000]", "year[2001]")
    assert design_of("y ~ year", data, categorical="year").mu.names == named.mu.names
    called = design_of("y ~ factor(year)", data)
    np.testing.assert_array_equal(called.mu.X, named.mu.X)


def test_a_categorical_column_that_the_formula_does_not_use_is_noted(data):
    design = design_of("y ~ x", data, categorical=["year"])
    assert design.notes == ("'year' of categorical is not in the formula.",)


def test_cells_are_those_that_occur_in_order(data):
    block = design_of("y ~ (1 | site:block)", data[data["y"] > 6]).blocks[0]
    kept = data[data["y"] > 6]
    cells = sorted(set(zip(kept["site"], kept["block"], strict=True)))
    assert block.factor == "site:block"
    assert block.levels == tuple(f"{s}:{b}" for s, b in cells)


def test_nested_groupings_are_the_outer_and_the_cells(data):
    design = design_of("y ~ (x | site/block)", data)
    assert [b.factor for b in design.blocks] == ["site", "site:block"]
    assert [b.n_groups for b in design.blocks] == [3, 6]


@pytest.mark.parametrize(
    ("term", "expected"),
    [
        ("(1 | Subject)", [("Intercept",)]),
        ("(x | Subject)", [("Intercept", "x")]),
        ("(x || Subject)", [("Intercept", "x")]),
        ("(0 + x | Subject)", [("x",)]),
        ("(1 | Subject) + (0 + x | Subject)", [("Intercept",), ("x",)]),
    ],
)
def test_blocks(term, expected, data):
    design = design_of(f"y ~ x + {term}", data)
    assert [effect_labels(block) for block in design.blocks] == expected
    for block in design.blocks:
        assert block.covariance.correlated == ("||" not in term and block.n_effects > 1)
        columns = {"Intercept": np.ones(36), "x": data["x"]}
        np.testing.assert_array_equal(
            block.columns.Z, np.column_stack([columns[e] for e in effect_labels(block)])
        )
        assert block.columns.Z.flags.c_contiguous


def test_double_bar_with_a_factor_has_an_sd_for_each_of_its_columns(data):
    one = design_of("y ~ a + (a | Subject)", data).blocks[0]
    two = design_of("y ~ a + (a || Subject)", data).blocks[0]
    assert (one.covariance.correlated, two.covariance.correlated) == (True, False)
    assert effect_labels(two) == effect_labels(one) == ("Intercept", "a[lo]", "a[mid]")
    np.testing.assert_array_equal(two.columns.Z, one.columns.Z)


def test_dummies_that_are_constant_in_their_groups_may_stand_without_an_intercept(data):
    site = data["site"].str[1:].astype(int)
    data["first"], data["other"] = (site == 1) * 1.0, (site != 1) * 1.0
    design = design_of("y ~ (0 + first | site) + (0 + other | site)", data)
    assert [effect_labels(block) for block in design.blocks] == [("first",), ("other",)]


# ---------------------------------------------------------------- rows


def test_rows_with_missing_values_are_dropped_and_counted(data):
    data.loc[3, "x"] = np.nan
    data["site"] = data["site"].astype(object)
    data.loc[[3, 7], "site"] = None
    data.loc[9, "count"] = np.nan  # no column of the formula
    design = design_of("y ~ x + (1 | site)", data)
    kept = [i for i in range(36) if i not in (3, 7)]
    assert design.n_dropped == 2
    assert list(design.rows) == kept
    assert design.n_obs == 34
    np.testing.assert_array_equal(design.y, data["y"].iloc[kept])
    assert design.notes == ("2 of 36 rows left out because a value is missing.",)


def test_levels_of_dropped_rows_are_no_levels(data):
    data.loc[data["site"] == "s10", "x"] = np.nan
    assert design_of("y ~ x + (1 | site)", data).blocks[0].levels == ("s1", "s2")


def test_the_index_of_the_frame_does_not_matter(data):
    shuffled = data.set_index(np.arange(36)[::-1] // 2)
    first = design_of("y ~ x * a + (x | Subject)", data)
    second = design_of("y ~ x * a + (x | Subject)", shuffled)
    np.testing.assert_array_equal(first.mu.X, second.mu.X)
    np.testing.assert_array_equal(first.blocks[0].columns.codes, second.blocks[0].columns.codes)
    np.testing.assert_array_equal(second.rows, np.arange(36))


def test_the_design_does_not_follow_changes_of_the_frame(data):
    design = design_of("y ~ x", data)
    before = design.y.copy()
    data["y"] += 1
    np.testing.assert_array_equal(design.y, before)
    assert design.y.flags.writeable


def test_the_frame_is_left_as_it_was(data):
    before = data.copy(deep=True)
    design_of("log(y) ~ scale(x) * year + (x | site/block)", data, categorical=["year"])
    pd.testing.assert_frame_equal(data, before)


# ---------------------------------------------------------------- offset, weights, response


def test_offsets_are_summed(data):
    design = design_of("count ~ time + offset(log(n)) + offset(x / 10)", data, "poisson")
    np.testing.assert_allclose(design.mu.offset, np.log(6) + data["x"] / 10, rtol=1e-15)
    assert design.mu.names == ("time",)
    assert design_of("y ~ x", data).mu.offset is None


def test_weights(data):
    design = design_of("y | weights(n / 2) ~ x", data)
    np.testing.assert_array_equal(design.weights, np.full(36, 3.0))
    assert design.response == "y"


@pytest.mark.parametrize(
    ("response", "label"),
    [
        ("p(count, n)", "p(count, n)"),
        ("cbind(count, n-count)", "cbind(count, n - count)"),
        ("count | trials(n)", "count | trials(n)"),
        ("count | trials(6)", "count | trials(6)"),
        ("p(count, 6)", "p(count, 6)"),
    ],
)
def test_binomial_responses(response, label, data):
    design = design_of(f"{response} ~ x", data, "binomial")
    np.testing.assert_array_equal(design.y, data["count"])
    np.testing.assert_array_equal(design.trials, data["n"])
    assert design.response == label
    assert design.notes == ()


@pytest.mark.parametrize("family", ["bernoulli", "binomial"])
@pytest.mark.parametrize(
    "convert",
    [
        lambda s: s,
        lambda s: s.astype(int),
        lambda s: s.astype(float),
        lambda s: s.astype("boolean"),
        lambda s: s.astype(int).astype(str),
        lambda s: s.astype(object),
    ],
)
def test_binary_responses(convert, family, data):
    truth = data["flag"].to_numpy(float)
    data["flag"] = convert(data["flag"])
    design = design_of("flag ~ x", data, family)
    np.testing.assert_array_equal(design.y, truth)
    if family == "binomial":
        np.testing.assert_array_equal(design.trials, np.ones(36))
        assert "Each row of the response is one trial." in design.notes
    else:
        assert design.trials is None


def test_a_response_of_two_levels(data):
    design = design_of("treat ~ x", data, "bernoulli", success="ozone")
    np.testing.assert_array_equal(design.y, data["treat"] == "ozone")
    assert design.notes == ("Response 'treat': 'ozone' counts as success, 'control' as failure.",)
    data["treat"] = pd.Categorical(data["treat"], categories=["ozone", "control"])
    design = design_of("treat ~ x", data, "bernoulli")
    np.testing.assert_array_equal(design.y, data["treat"] == "control")
    assert design.notes[0].endswith("(the first level of the categorical is failure, as in R).")


def test_a_transformed_response(data):
    design = design_of("log(y) ~ x", data)
    assert design.response == "log(y)"
    np.testing.assert_allclose(design.y, np.log(data["y"]), rtol=1e-15)


def test_arithmetic_has_rs_precedence(data):
    x = data["x"].to_numpy() + 1
    data["x"] = x
    cases = {
        "I(-x^2)": -(x**2),
        "I(2^x^0.5)": 2 ** (x**0.5),
        "I(x - 1 - 2)": x - 3,
        "I(12 / x / 2)": 6 / x,
        "I(2 * x^2 + x / 4 - 1)": 2 * x**2 + x / 4 - 1,
        "I(x^-1)": 1 / x,
        "I((x + 1) * (x - 1))": x**2 - 1,
        "log(x, base = 2)": np.log2(x),
        "exp(-x)": np.exp(-x),
        "center(x)": x - x.mean(),
        "standardize(x)": (x - x.mean()) / x.std(ddof=1),
        "scale(x)": (x - x.mean()) / x.std(ddof=1),
        "I(scale(x)^2)": ((x - x.mean()) / x.std(ddof=1)) ** 2,
    }
    for text, expected in cases.items():
        design = design_of(f"y ~ {text}", data)
        np.testing.assert_allclose(design.mu.X[:, 0], expected, rtol=1e-13, atol=1e-13)


# ---------------------------------------------------------------- course models


@pytest.mark.parametrize("name", readable_references())
def test_names_of_the_course_models_are_those_of_r(name):
    reference = load_reference(name)
    family, _, link = reference["family"].partition(", ")
    design = build_design(
        reference["formula"], reference_data(reference), resolve_family(family, link or None)
    )
    assert design.n_obs == reference["nobs"]
    ours = [re.sub(r"\[([^\]]*)\]", r"\1", name) for name in design.mu.terms]
    theirs = [row["term"].replace("(Intercept)", "Intercept") for row in reference["fixef"]]
    assert ours == theirs
    if "ranef" in reference:
        # lme4 names a nested factor from the inside, late:Subject, and a second block g.1
        theirs = {
            tuple(frozenset(row[key].removesuffix(".1").split(":")) for key in ("grp", "level"))
            for row in reference["ranef"]
        }
        assert {
            (frozenset(factor.split(":")), frozenset(level.split(":")))
            for factor, levels in design.factors.items()
            for level in levels
        } == theirs


# ---------------------------------------------------------------- frames


def test_two_columns_of_one_name_are_refused_only_when_needed(data):
    doubled = pd.concat([data, data[["x"]]], axis=1)
    assert design_of("y ~ time", doubled).mu.names == ("time",)
    with pytest.raises(DataError, match="2 columns named 'x'; rename all but one"):
        design_of("y ~ x", doubled)


def test_a_parsed_formula_is_taken_as_it_is(data):
    formula = parse_formulas("y ~ x")
    design = design_of(formula, data)
    assert design.formula == "y ~ x"
    assert design.encoder.formulas is formula


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_has_a_design(family, data):
    response = {
        "real": "y",
        "binary": "flag",
        "binomial": "p(count, n)",
        "count": "count",
        "positive": "y",
        "proportion": "I(y / 20)",
        "angle": "I(y / 20)",
    }[FAMILIES[family].response]
    response = "I(y - 9)" if FAMILIES[family].decisions else response
    assert design_of(f"{response} ~ x + (1 | site)", data, family).n_obs == 36


@pytest.mark.parametrize("labels", [lambda g: g, lambda g: g.astype(str)])
def test_a_million_rows_take_about_a_second(labels):
    n = 1_000_000
    random = np.random.default_rng(1)
    group = random.integers(0, 1000, n)
    frame = pd.DataFrame({"y": random.normal(size=n), "x": random.normal(size=n)})
    frame["g"] = labels(group)
    start = time.perf_counter()
    design = design_of("y ~ x + (1 + x | g)", frame)
    seconds = time.perf_counter() - start
    assert design.blocks[0].n_groups == 1000
    np.testing.assert_array_equal(design.blocks[0].columns.codes, group)
    assert seconds < 3.0  # 0.15 s on one idle core; the margin is for a loaded one
