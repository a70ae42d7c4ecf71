"""Columns of the data that are called like ours, and columns named by numbers.

A model under other names is the same model: every table and picture must hold the same numbers.
"""

import json

import numpy as np
import pandas as pd
import pytest
from command_line import command
from formula_fits import formula_fit

import bayesmm
from bayesmm.data_columns import apart, beside, label_in, labels_beside, names_in_words
from bayesmm.errors import BayesmmError, DataError
from bayesmm.html.frame import frame_table
from bayesmm.plots.menu import PLOTS
from bayesmm.script.script import LANGUAGES

ROLES = ("y", "a", "b", "c", "g", "h")  # response, number, factor, 0/1, two grouping factors
FORMULA = "`{y}` ~ `{a}` * `{b}` + `{c}` + (`{a}` | `{g}`) + (1 | `{h}`)"
NAMES = {
    "moments": ("estimate", "mean", "term", "sd", "level", "group"),
    "rows": ("observed", "x", "who", "lower", "groups", "row"),
    "pictures": ("y", "place", "contrast", "ml", "grp", "kind"),
    "panels": ("quantile", "prob", "panel", "median", "what", "label"),
    "ends": ("fitted", "inner_lower", "hypothesis", "ml_estimate", "code", "draw"),
    "checks": ("response", "upper", "statistic", "prob_positive", "_by", "n_obs"),
    "numbers": (0, 2, 1, 3, 4, 5),
    "mixed": (0, "a", 2.5, True, ("g", 1), None),
}


def frame():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"y": rng.normal(size=64), "a": rng.normal(size=64) + 2})
    return data.assign(
        b=rng.choice(list("pq"), 64), c=rng.integers(0, 2, 64),
        g=np.repeat(list("stuvwxyz"), 8), h=np.tile(np.arange(8), 8),
    )  # fmt: skip


def renamed_fit(names):
    data = frame()
    data.columns = pd.Index(names, tupleize_cols=False)
    texts = dict(zip(ROLES, map(str, names), strict=True))
    return formula_fit(
        FORMULA.format(**texts), data, ml=True, sd=(0.5, 0.05), effects=(0, 0.3), draws=25
    )


@pytest.fixture(scope="module")
def plain():
    return renamed_fit(ROLES)


@pytest.fixture(scope="module")
def renamed():
    return {key: renamed_fit(names) for key, names in NAMES.items()}


# name: what is asked of a fit, given the columns by their roles
TABLES = {
    "emmeans": lambda f, n: f.emmeans(n["b"]).table,
    "emmeans by": lambda f, n: f.emmeans([n["b"], n["c"]], n["a"], {n["a"]: [1, 2]}).table,
    "contrasts": lambda f, n: f.contrasts(n["b"], by=[n["a"], n["c"]], at={n["a"]: [1, 2]}).table,
    "slopes": lambda f, n: f.slopes(n["a"], by=[n["b"], n["c"]]).table,
    "predict": lambda f, n: f.predict().table,
    "predict new": lambda f, n: f.predict(f.data.iloc[3:9], "typical group").table,
    "residuals": lambda f, n: f.residuals(),
    "ranef": lambda f, n: f.ranef(),
    "coef": lambda f, n: f.coef(),
    "varcorr": lambda f, n: f.varcorr(),
    "compare_ml": lambda f, n: f.compare_ml(),
    "pooling": lambda f, n: f.pooling().wide(),
    "icc": lambda f, n: f.icc().table,
    "summary": lambda f, n: pd.DataFrame(f.to_dict()["ranef"]),
}
PICTURES = {
    "effects": lambda f, n: f.plot.effects(n["a"], by=n["b"], who=["typical group", "population"]),
    "effects c": lambda f, n: f.plot.effects(n["c"], by=n["a"], data=False),
    "effects b": lambda f, n: f.plot.effects(n["b"], by=n["c"]),
    "estimates": lambda f, n: bayesmm.plot_estimates(f.emmeans([n["b"], n["c"]])),
    "contrasts": lambda f, n: bayesmm.plot_estimates(f.contrasts(n["b"], by=n["c"])),
    "statistics": lambda f, n: f.plot.ppc(statistic="mean", by=n["b"]),
    "densities": lambda f, n: f.plot.ppc(by=n["b"]),
}
# Those of categories are walked through in the tests of these.
OF_NUMBERS = [name for name in PLOTS if name not in ("category_shares", "thresholds")]
ALL_PICTURES = {
    **{name: lambda f, n, name=name: getattr(f.plot, name)() for name in OF_NUMBERS},
    "groups": lambda f, n: f.plot.effects(n["a"], by=n["b"], who="these groups", data=False),
    "residuals by": lambda f, n: f.plot.residuals(by=n["b"]),
    "group lines": lambda f, n: f.plot.group_lines(factor=n["h"], x=n["a"], by=n["b"]),
    "data lines": lambda f, n: f.plot.data_lines(factor=n["g"], x=n["h"], by=n["b"]),
    "caterpillar of": lambda f, n: f.plot.caterpillar(factor=n["h"]),
    "scatter of": lambda f, n: f.plot.ranef_scatter(factor=n["g"]),
    "sizes of": lambda f, n: f.plot.intercepts_by_size(factor=n["h"]),
    "shrinkage of": lambda f, n: f.plot.shrinkage(factor=n["g"]),
    "pooling of": lambda f, n: f.plot.pooling(factor=n["g"]),
}


def roles(names, key):
    """Return what to ask for, by role: a number itself where a user would write it so."""
    return dict(zip(ROLES, names if key == "numbers" else map(str, names), strict=True))


def same_numbers(table, expected):
    """Compare all columns but those of text, which hold the other names."""
    assert table.shape == expected.shape
    assert table.columns.is_unique
    for place in range(table.shape[1]):
        values, wanted = table.iloc[:, place], expected.iloc[:, place]
        if pd.api.types.is_numeric_dtype(wanted.dtype):
            np.testing.assert_allclose(values.astype(float), wanted.astype(float), rtol=1e-9)


@pytest.mark.parametrize("what", TABLES)
@pytest.mark.parametrize("key", NAMES)
def test_tables_hold_the_same_whatever_the_columns_are_called(plain, renamed, key, what):
    table = TABLES[what](renamed[key], roles(NAMES[key], key))
    expected = TABLES[what](plain, roles(ROLES, ""))
    same_numbers(table, expected)
    # our columns have their names, those of the data come apart under theirs
    own, of_data = apart(table)[1], apart(table)[0]
    assert list(own) == list(apart(expected)[1])
    texts = dict(zip(ROLES, map(str, NAMES[key]), strict=True))
    assert list(of_data) == [texts[name] for name in apart(expected)[0]]


@pytest.mark.parametrize("what", PICTURES)
@pytest.mark.parametrize("key", ["moments", "checks", "numbers"])
def test_pictures_hold_the_same_whatever_the_columns_are_called(plain, renamed, key, what):
    picture = PICTURES[what](renamed[key], roles(NAMES[key], key))
    same_numbers(picture.table, PICTURES[what](plain, roles(ROLES, "")).table)


@pytest.mark.slow
@pytest.mark.parametrize("what", [*ALL_PICTURES, *PICTURES])
def test_all_pictures_hold_the_same_whatever_the_columns_are_called(plain, renamed, what):
    draw = {**ALL_PICTURES, **PICTURES}[what]
    expected = draw(plain, roles(ROLES, "")).table
    for key, names in NAMES.items():
        same_numbers(draw(renamed[key], roles(names, key)).table, expected)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", ["numbers", "moments"])
def test_scripts_are_written_or_refused_in_words(renamed, key, language):
    try:
        text = str(renamed[key].script(language))
    except BayesmmError as refused:
        text = str(refused)
    assert text


@pytest.mark.parametrize("key", ["numbers", "mixed"])
def test_a_saved_fit_answers_the_same(renamed, key, tmp_path):
    fit = renamed[key]
    again = bayesmm.load(fit.save(tmp_path / "saved"))
    assert list(again.data.columns) == list(fit.data.columns)
    same_numbers(again.predict().table, fit.predict().table)


@pytest.mark.slow
@pytest.mark.parametrize("key", NAMES)
def test_a_report_is_written(renamed, key, tmp_path):
    page = renamed[key].report(tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Traceback" not in page and "What the model predicts" in page


def test_frames_with_names_of_several_levels_are_refused_in_words():
    data = frame()
    data.columns = pd.MultiIndex.from_product([ROLES, ["m"]])
    with pytest.raises(DataError, match="several levels; give each one name"):
        bayesmm.fit("y ~ a", data)


def test_numbers_name_columns_of_the_options_too(renamed):
    fit = renamed["numbers"]
    assert fit.emmeans([1, 3], by=2, at={2: [0.5, 1.0]}).table.shape[0] == 8
    assert fit.predict(pd.DataFrame({2: [0.0], 1: ["p"], 3: [1]}), "population").table.shape[0] == 1
    assert formula_fit("`0` ~ `3`", fit.data, categorical=(3,)).design.mu.names == ("3[1]",)
    priors = bayesmm.priors("`0` ~ `2`", fit.data, priors={2: "Normal(0, 7)"})
    assert str(priors.by_name["2"]) == "Normal(0, 7)"


# --- what the tables say -----------------------------------------------------------------------


def test_both_columns_are_there_and_the_page_says_so(renamed):
    result = renamed["moments"].emmeans(["term", "sd"])
    assert list(result.table.columns[:4]) == ["term", "data.sd", "mean", "sd"]
    assert list(result.table["data.sd"]) == [0, 1, 0, 1]
    sentence = "'sd' of the data is 'data.sd' here, where a column of that name stands already."
    assert repr(result).endswith(sentence)
    assert sentence.replace("'", "&#x27;") in result._repr_html_()
    picture = bayesmm.plot_estimates(result)
    assert [t.get_text() for t in picture.figure.axes[0].get_yticklabels()] == [
        *("p", "sd = 0", "sd = 1", "q", "sd = 0", "sd = 1")
    ]


def test_numbers_of_the_data_are_not_shown_as_ours_are():
    """`weight` of ours has three decimals; a weight of the data keeps its digits."""
    data = pd.DataFrame({"weight": [0.00012], "ml": [7.5], "sd": [0.25]})
    table = beside(data, pd.DataFrame({"mean": [1.23456], "sd": [0.001]}))
    (cells,) = frame_table(table).rows
    assert cells == ("0.00012", "7.5", "0.25", "1.23456", "0.00100")


def test_labels_are_unique_whatever_the_names():
    own = ["mean", "sd"]
    assert labels_beside(["x", "mean"], own) == ["x", "data.mean"]
    assert labels_beside(["mean", "data.mean"], own) == ["data.data.mean", "data.mean"]
    assert labels_beside(["a", "a", "a"], own) == ["a", "data.a", "data.data.a"]
    table = beside(pd.DataFrame([[1, 2]], columns=["mean", "a"]), pd.DataFrame({"mean": [3.0]}))
    assert label_in(table, "mean") == "data.mean" and label_in(table, "a") == "a"
    assert names_in_words(table, only=["a"]) == ""
    of_data, back = apart(table)
    assert list(of_data) == ["mean", "a"] and list(back) == ["mean"]


def test_predictions_of_the_command_line_keep_both(monkeypatch, capsys, renamed, tmp_path):
    folder = renamed["moments"].save(tmp_path / "saved")
    new = tmp_path / "new.csv"
    rows = {"mean": [1.5, 2.5], "term": ["p", "q"], "sd": [0, 1], "level": ["s", "new"]}
    pd.DataFrame({**rows, "group": [1, 2], "median": [8, 9]}).to_csv(new, index=False)
    out, said = tmp_path / "out.csv", tmp_path / "out.json"
    arguments = ("predict", folder, new, "--who", "new group", "--out", out, "--json", said)
    assert command(monkeypatch, *arguments) in (0, 3)
    page = capsys.readouterr().out
    assert "data.mean" in page and "'mean' of the data is 'data.mean' here" in page
    assert "The model does not read median" in page and "data.median" not in page
    table = pd.read_csv(out)
    assert list(table["data.mean"]) == [1.5, 2.5] and list(table["data.median"]) == [8, 9]
    assert list(table["who"]) == ["these groups", "new level, known group"]
    found = json.loads(said.read_text(encoding="utf-8"))["rows"]
    assert [row["data.sd"] for row in found] == [0, 1]
    np.testing.assert_allclose([row["sd"] for row in found], table["sd"])
