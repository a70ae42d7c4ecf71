"""Lines of Python in messages, run on the data that provoked them: then the model must fit."""

import re

import numpy as np
import pandas
import pandas as pd
import pytest

import bayesmm
from bayesmm.errors import DataError, FormulaError
from bayesmm.family.known import resolve_family
from bayesmm.model.build import build_design

N = 40
VALUE = np.arange(N) * 7 % 41 + 20
Y = np.sin(np.arange(N)) + VALUE / 9


def lines_of(message: str) -> list[str]:
    """Return the statements in a message: each ends where its last parenthesis closes."""
    found = []
    for start in re.finditer(r"(?:data\['x'\]|t) = ", message):
        depth, quote = 0, ""
        for k in range(start.end(), len(message)):
            character = message[k]
            if quote:
                quote = "" if character == quote and message[k - 1] != "\\" else quote
            elif character in "'\"":
                quote = character
            elif character in "([":
                depth += 1
            elif character in ")]":
                depth -= 1
            elif depth == 0 and (character in "; " or message[k : k + 2] == ". "):
                break
        found.append(message[start.start() : k].rstrip(".;"))
    return found


def mixed(*words: str, rows: int = 3) -> list[str]:
    """Return whole numbers as text, with words in some rows."""
    return [words[k % len(words)] if k % 9 == rows else str(v) for k, v in enumerate(VALUE)]


def gap(*missing: str) -> np.ndarray:
    return np.array([np.nan if text in missing else float(text) for text in mixed(*missing)])


THOUSANDS = [f"{1000 + v:,}" for v in VALUE]
CASES = {
    "SAS and Stata": (mixed("."), [gap(".")]),
    "unknown": (mixed("unknown"), [gap("unknown")]),
    "several words": (mixed(".", "unknown", "n.a."), [gap(".", "unknown", "n.a.")]),
    "a quote in a word": (mixed("don't know"), [gap("don't know")]),
    "bound": (mixed(">60"), [gap(">60")]),
    "percent in some": (mixed("12%"), [np.where(np.arange(N) % 9 == 3, 12.0, VALUE)]),
    "dollars in some": (mixed("$3"), [np.where(np.arange(N) % 9 == 3, 3.0, VALUE)]),
    "a unit in some": (mixed("12 cm"), [np.where(np.arange(N) % 9 == 3, 12.0, VALUE)]),
    "percent in all": ([f"{v}%" for v in VALUE], [VALUE]),
    "a unit in all": ([f"{v / 10} kg" for v in VALUE], [VALUE / 10]),
    "decimal comma": ([f"0,{v}" for v in VALUE], [VALUE / 100]),
    "decimal comma and a word": (
        ["." if k == 3 else f"0,{v}" for k, v in enumerate(VALUE)],
        [np.where(np.arange(N) == 3, np.nan, VALUE / 100)],
    ),
    "decimals": ([f"0.{v}" for v in VALUE], [VALUE / 100]),
    "thousands, or a decimal comma": (THOUSANDS, [1000 + VALUE, (1000 + VALUE) / 1000]),
    "thousands and decimals": ([f"{1000 + v:,}.5" for v in VALUE], [1000.5 + VALUE]),
    "points and a comma": ([f"1.{v:03},5" for v in VALUE], [1000.5 + VALUE]),
    "gaps": ([f"1 {v:03}" for v in VALUE], [1000 + VALUE]),
    "narrow gaps and a comma": ([f"1\u202f{v:03},5" for v in VALUE], [1000.5 + VALUE]),
    "apostrophes": ([f"1'{v:03}" for v in VALUE], [1000 + VALUE]),
    "numbers beside text": (
        [v if k % 9 != 3 else "." for k, v in enumerate(VALUE.tolist())],
        [gap(".")],
    ),
    "numbers beside bounds": (
        [v if k % 9 != 3 else "<20" for k, v in enumerate(VALUE.tolist())],
        [np.where(np.arange(N) % 9 == 3, np.nan, VALUE)],
    ),
    "numbers beside a decimal comma": (
        [v if k % 9 != 3 else "0,37" for k, v in enumerate(VALUE.tolist())],
        [np.where(np.arange(N) % 9 == 3, 0.37, VALUE)],
    ),
    "dates": ([f"2024-03-{v % 28 + 1:02}" for v in VALUE], [VALUE % 28 - (VALUE % 28).min()]),
    "dates, day first": (
        [f"{v % 28 + 1:02}.03.2024" for v in VALUE],
        [VALUE % 28 - (VALUE % 28).min()],
    ),
    "datetimes": (
        pd.to_datetime([f"2024-03-{v % 28 + 1:02}" for v in VALUE]),
        [VALUE % 28 - (VALUE % 28).min()],
    ),
}
GAUSSIAN = resolve_family("gaussian")


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("formula", ["y ~ x", "y ~ I(x * 2)", "x ~ y"])
def test_every_line_gives_the_right_numbers(case, formula):
    texts, expected = CASES[case]
    frame = pd.DataFrame({"y": Y, "x": texts})
    with pytest.raises(DataError) as caught:
        build_design(formula, frame, GAUSSIAN)
    lines = [line for line in lines_of(str(caught.value)) if not line.endswith("x'].astype('str')")]
    if lines and lines[0].startswith("t = "):
        lines = ["; ".join(lines)]
    assert len(lines) == len(expected), str(caught.value)
    for line, values in zip(lines, expected, strict=True):
        data = frame.copy()
        exec(line, {"pandas": pandas, "data": data})
        np.testing.assert_allclose(data["x"].astype(float), values, rtol=1e-12)
        design = build_design(formula, data, GAUSSIAN)
        assert design.n_obs == np.isfinite(values).sum()
        if formula == "y ~ x":
            np.testing.assert_allclose(design.mu.X[:, 0], values[np.isfinite(values)], rtol=1e-12)


def test_text_that_is_made_of_a_mixed_column_keeps_its_values():
    frame = pd.DataFrame({"y": Y, "x": [v % 5 if k % 9 else "A4" for k, v in enumerate(VALUE)]})
    with pytest.raises(DataError) as caught:
        build_design("y ~ (1 | x)", frame, GAUSSIAN)
    line = lines_of(str(caught.value))[-1]
    assert line == "data['x'] = data['x'].astype('str')"
    exec(line, {"data": frame})
    design = build_design("y ~ (1 | x)", frame, GAUSSIAN)
    assert design.factors == {"x": ("0", "1", "2", "3", "4", "A4")}


@pytest.mark.parametrize("gaps", [False, True])
def test_zero_and_one_of_two_words(gaps):
    frame = pd.DataFrame({"x": np.where(VALUE % 3 == 0, "m", "f"), "z": Y})
    if gaps:
        frame.loc[4, "x"] = None
    with pytest.raises(DataError) as caught:
        build_design("x ~ z", frame, resolve_family("bernoulli"))
    (line,) = lines_of(str(caught.value))
    exec(line, {"data": frame})
    design = build_design("x ~ z", frame, resolve_family("bernoulli"))
    assert design.n_obs == N - gaps
    np.testing.assert_array_equal(design.y, (VALUE % 3 == 0)[design.rows].astype(float))


def test_units_that_differ_are_not_made_numbers():
    frame = pd.DataFrame({"y": Y, "x": mixed("12 cm", "3 mm")})
    with pytest.raises(DataError, match=r"different units \('cm', 'mm'\)") as caught:
        build_design("y ~ x", frame, GAUSSIAN)
    assert "to_numeric" not in str(caught.value)


# ---------------------------------------------------------------- what is a factor all the same


FACTORS = {
    "codes as text": ["1", "2", "3"],
    "bands": ["<18", "18-65", ">65"],
    "doses": ["5mg", "10mg", "20mg"],
    "a dose and words": ["0", "low", "high"],
    "letters and digits": ["A1", "B2", "C3"],
}


@pytest.mark.parametrize("kind", FACTORS)
def test_texts_that_are_levels_stay_levels(kind):
    levels = FACTORS[kind]
    frame = pd.DataFrame({"y": Y, "x": [levels[k % 3] for k in range(N)]})
    design = build_design("y ~ x", frame, GAUSSIAN)
    assert len(design.mu.names) == 2
    assert bool(design.notes) == (kind == "codes as text")


@pytest.mark.parametrize(
    "said", ["factor", "categorical", "Categorical", "not a predictor but a grouping"]
)
def test_who_says_that_numbers_with_a_word_are_categories_is_believed(said):
    levels = ["1", "2", "3", "unknown"]
    frame = pd.DataFrame({"y": Y, "x": [levels[k % 4] for k in range(N)]})
    with pytest.raises(DataError, match="among it unknown"):
        build_design("y ~ x", frame, GAUSSIAN)
    formula, categorical = "y ~ x", ()
    if said == "factor":
        formula = "y ~ factor(x)"
    elif said == "categorical":
        categorical = ("x",)
    elif said == "Categorical":
        frame["x"] = frame["x"].astype("category")
    else:
        formula = "y ~ (1 | x)"
    design = build_design(formula, frame, GAUSSIAN, categorical=categorical)
    assert len(design.mu.names) == 3 or design.factors == {"x": tuple(levels)}


# ---------------------------------------------------------------- frames and names


def test_columns_of_several_levels():
    data = pd.DataFrame({("y", 1): Y, ("x", 2): VALUE})
    with pytest.raises(DataError) as caught:
        build_design("y_1 ~ x_2", data, GAUSSIAN)
    line = str(caught.value).partition("one name: ")[2].removesuffix(".")
    exec(line, {"data": data})
    np.testing.assert_array_equal(build_design("y_1 ~ x_2", data, GAUSSIAN).mu.X[:, 0], VALUE)


@pytest.mark.parametrize("name", ["sigma", "mu", "chain"])
def test_names_with_a_meaning(name):
    data = pd.DataFrame({"y": Y, name: VALUE})
    with pytest.raises(DataError) as caught:
        build_design(f"y ~ {name}", data, GAUSSIAN)
    renamed = eval(str(caught.value).partition("rename the column: ")[2].removesuffix("."))
    design = build_design(f"y ~ {name}_1", renamed, GAUSSIAN)
    np.testing.assert_array_equal(design.mu.X[:, 0], VALUE)


@pytest.mark.parametrize(
    "data", [{"y": Y, "x": VALUE}, pd.Series(Y, name="y")], ids=["dict", "Series"]
)
def test_what_is_no_frame(data):
    with pytest.raises(DataError) as caught:
        build_design("y ~ 1", data, GAUSSIAN)
    frame = eval(str(caught.value).partition("Make one first: ")[2].removesuffix("."))
    np.testing.assert_array_equal(build_design("y ~ 1", frame, GAUSSIAN).y, Y)


def test_an_index_that_is_looked_for():
    data = pd.DataFrame({"y": Y}, index=pd.Index(VALUE, name="x"))
    with pytest.raises(FormulaError) as caught:
        build_design("y ~ x", data, GAUSSIAN)
    frame = eval(re.search(r"write (data\.\S+\(\))\.", str(caught.value))[1])
    np.testing.assert_array_equal(build_design("y ~ x", frame, GAUSSIAN).mu.X[:, 0], VALUE)


def test_lost_digits_are_read_again_as_text(tmp_path):
    path = tmp_path / "data.csv"
    rows = [f"{y:.3f},{10**17 + k // 8}" for k, y in enumerate(Y)]
    path.write_text("\n".join(["y,id", *rows, "1,NA"]) + "\n")
    with pytest.raises(DataError) as caught:
        build_design("y ~ 1 + (1 | id)", pd.read_csv(path), GAUSSIAN)
    calls = re.search(r"made numbers: (.*\)), or (.*\))\.$", str(caught.value)).groups()
    for call in calls:
        frame = eval(call, {"bayesmm": bayesmm, "pandas": pandas, "path": path})
        assert build_design("y ~ 1 + (1 | id)", frame, GAUSSIAN).blocks[0].n_groups == 5


def test_columns_of_polars():
    polars = pytest.importorskip("polars")
    frame = polars.DataFrame({"y": Y, "x": mixed(".")})
    with pytest.raises(DataError) as caught:
        build_design("y ~ x", frame, GAUSSIAN)
    before = re.search(r"data = data\.to_pandas\(\)", str(caught.value))
    assert before is not None
    (line,) = lines_of(str(caught.value))
    space = {"pandas": pandas, "data": frame}
    exec(f"{before[0]}; {line}", space)
    assert build_design("y ~ x", space["data"], GAUSSIAN).n_obs == np.isfinite(gap(".")).sum()
