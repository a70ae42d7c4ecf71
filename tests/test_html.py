"""Tables as HTML: nothing of the user is markup, numbers are rounded for display only."""

import numpy as np
import pandas as pd
import pytest

import bayesmm
from bayesmm.html.frame import ROWS_SHOWN, frame_table
from bayesmm.html.table import Table, code_html, page_html, table_html
from tests.pages import Page

HOSTILE = "</td><script>alert('1')</script><img src=x onerror=\"alert(1)\"> & \u202eevil\u200b"


def read(html):
    page = Page()
    page.feed(html)
    page.close()
    assert not page.open, f"never closed: {page.open}"
    return page


def test_every_text_is_escaped():
    table = Table(HOSTILE, (HOSTILE, "b"), ((HOSTILE, "1"),), frozenset({1}), 9, HOSTILE)
    html = page_html(
        HOSTILE, table_html(table), code_html(HOSTILE), facts=[HOSTILE], notes=[HOSTILE]
    )
    page = read(html)
    assert {tag for tag, _ in page.tags} <= {
        "p", "strong", "table", "caption", "thead", "tbody", "tr", "th", "td", "pre", "code",
    }  # fmt: skip
    assert page.text.count("alert('1')") == 8
    assert "\u202e" not in page.text and "\u200b" not in page.text


def test_a_row_shows_three_digits_of_its_sd():
    frame = pd.DataFrame(
        {
            "term": ["a", "b"],
            "mean": [251.40512, 0.001234567],
            "sd": [7.4567, 0.0000456789],
            "lower": [236.4, 0.00114],
            "rhat": [1.00049, np.nan],
            "ess_bulk": [3777.7, 4061.2],
            "other": [0.123456, 12345.678],
            "n": [10, 1999],
            "ok": [True, False],
        }
    )
    table = frame_table(frame, "x")
    assert table.rows[0] == (
        "a",
        "251.41",
        "7.46",
        "236.40",
        "1.000",
        "3778",
        "0.1235",
        "10",
        "True",
    )
    assert table.rows[1][-2:] == ("1999", "False")
    assert table.rows[1][4] == ""
    assert table.right == frozenset(range(1, 8))
    assert frame["mean"][0] == 251.40512  # the numbers themselves stay as they are


def test_numbers_stand_on_their_point():
    table = Table("", ("a", "b"), (("x", "1.25"), ("y", "100"), ("z", "")), frozenset({1}))
    cells = read(table_html(table)).cells
    assert cells["td"] == ["1.25", "100\N{PUNCTUATION SPACE}\N{FIGURE SPACE}\N{FIGURE SPACE}", ""]


def test_long_tables_are_shortened_and_say_so():
    frame = pd.DataFrame({"level": range(ROWS_SHOWN + 1)})
    page = read(table_html(frame_table(frame, "Levels", where=".table")))
    assert page.count("tr") == ROWS_SHOWN + 1
    assert "The first 60 of 61 rows; all of them: .table." in page.text
    short = read(table_html(frame_table(frame.head(ROWS_SHOWN), "Levels", where=".table")))
    assert "The first" not in short.text


def test_columns_and_rows_have_their_names():
    table = Table("Caption", ("a", "b"), (("x", "1"), ("y", "2")), frozenset({1}))
    page = read(table_html(table))
    assert [dict(a).get("scope") for t, a in page.tags if t == "th"] == ["col", "col", "row", "row"]
    assert page.cells["caption"] == ["Caption"]


RECORDS = {
    "fit": lambda fit: fit,
    "summary": lambda fit: fit.summary(),
    "priors": lambda fit: fit.priors,
    "diagnostics": lambda fit: fit.diagnostics,
    "ml": lambda fit: fit.ml,
    "pooling": lambda fit: fit.pooling(),
    "checks": lambda fit: fit.check(),
    "ppc": lambda fit: fit.ppc(n_draws=40),
    "prediction": lambda fit: fit.predict(),
    "slopes": lambda fit: fit.slopes("x"),
    "loo": lambda fit: fit.loo(),
    "compare": lambda fit: bayesmm.compare({HOSTILE: fit, "b": fit}),
    "likelihood ratio": lambda fit: bayesmm.likelihood_ratio(
        fit.ml, bayesmm.ml(f"y ~ x + `{NAME}` + (1 | g)", fit.data)
    ),
    "F test": lambda fit: bayesmm.f_test(fit.ml, bayesmm.ml("y ~ x + (x | g)", fit.data)),
    "bootstrap": lambda fit: bayesmm.bootstrap_lrt(
        fit.ml, bayesmm.ml(f"y ~ x + `{NAME}` + (x || g)", fit.data), n=3
    ),
    "explanation": lambda fit: bayesmm.explain(fit.formula, fit.data),
}
NAME = "<script>alert(1)</script>"


@pytest.fixture(scope="module")
def hostile_fit():
    """A fit whose names and levels are markup."""
    rng = np.random.default_rng(2)
    g = np.repeat([f"<b>{k}</b>" for k in range(12)], 8)
    x = rng.normal(size=96)
    data = pd.DataFrame({"g": g, "x": x, NAME: rng.normal(size=96)})
    data["y"] = x + np.repeat(rng.normal(size=12), 8) + rng.normal(size=96)
    formula = f"y ~ x + `{NAME}` + (x | g)"
    return bayesmm.fit(formula, data, draws=200, max_effort=1, seed=1, progress=False)


@pytest.mark.parametrize("name", RECORDS)
def test_every_record_shows_itself(name, hostile_fit):
    shown = RECORDS[name](hostile_fit)
    page = read(shown._repr_html_())
    tags = {tag for tag, _ in page.tags}
    assert "table" in tags
    assert not tags & {"script", "img", "b", "style"}
    assert page.cells["caption"] or page.cells["strong"], "nothing says what it is"
