"""Tables of results print whole, in plain Python too: no column, name or interval is left out."""

import inspect
import pickle
import re
import subprocess
import sys
from copy import deepcopy

import numpy as np
import pandas as pd
import polars as pl
import pytest

import bayesmm
from bayesmm.fitted import Fit
from bayesmm.html.frame import frame_table
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.result_table import ResultTable, result_table
from bayesmm.table_text import split_columns, table_lines

TYPES = ("Realschule Köln-Mülheim", "Gymnasium Düsseldorf-Oberkassel", "Gesamtschule Bonn-Beuel")
# Methods and functions that hand out tables, or records with tables; a new one must be added.
OF_FIT = {
    "fixef": lambda fit: [fit.fixef(), fit.fixef(0.8)],
    "ranef": lambda fit: [fit.ranef(), fit.ranef(diagnostics=True)],
    "coef": lambda fit: [fit.coef()],
    "varcorr": lambda fit: [fit.varcorr()],
    "compare_ml": lambda fit: [fit.compare_ml()],
    "residuals": lambda fit: [fit.residuals()],
    "predict": lambda fit: [fit.predict().table],
    "emmeans": lambda fit: [fit.emmeans("Schultyp").table],
    "contrasts": lambda fit: [fit.contrasts("Schultyp").table],
    "avg_predictions": lambda fit: [fit.avg_predictions(by="Schule").table],
    "avg_comparisons": lambda fit: [fit.avg_comparisons(by="Schultyp").table],
    "avg_slopes": lambda fit: [fit.avg_slopes(by="Schultyp").table],
    "slopes": lambda fit: [fit.slopes("Stunde", by="Schultyp").table],
    "hypothesis": lambda fit: [fit.hypothesis("Stunde > 0").table],
    "r2": lambda fit: [fit.r2().table],
    "icc": lambda fit: [fit.icc().table],
    "pooling": lambda fit: [fit.pooling().table, fit.pooling().shrinkage, fit.pooling().wide()],
    "check": lambda fit: [(found := fit.check()).table, *found.tables.values()],
    "ppc": lambda fit: [fit.ppc(n_draws=40).table],
    "ppc_statistics": lambda fit: [fit.ppc_statistics(n_draws=40)],
    "sensitivity": lambda fit: [fit.sensitivity()],
    "tidy": lambda fit: [fit.tidy()],
    "answer": lambda fit: [fit.answer().table],
    "loo": lambda fit: [fit.loo().units, fit.loo().failed],
    "summary": lambda fit: [fit.summary().fixef, fit.summary().varcorr, fit.summary().auxiliary],
}
OF_ML = {name: lambda ml, name=name: [getattr(ml, name)()] for name in
         ("fixef", "ranef", "coef", "varcorr")}  # fmt: skip
OF_MODULE = {
    "list_data": lambda fit: [bayesmm.list_data()],
    "compare": lambda fit: [bayesmm.compare({TYPES[0]: fit, TYPES[1]: fit}).table],
    "pooling": lambda fit: [fit.pooling().table],
    "priors": lambda fit: [fit.priors.table()],
}
# What these return holds no table of results: words, code, draws, files, fits, data of the user,
# rows for other packages.
NO_TABLE = {"with_log_likelihood", "words", "equation", "to_dict", "to_json", "script", "save",
            "report", "remember", "remember_verification", "update", "tidy_draws", "glance",
            "augment", "verify", "methods", "write_residuals", "write_predictions"}  # fmt: skip
TABLES = [
    *((f"fit.{name}", get) for name, get in OF_FIT.items()),
    *((f"ml.{name}", lambda fit, get=get: get(fit.ml)) for name, get in OF_ML.items()),
    *((f"bayesmm.{name}", get) for name, get in OF_MODULE.items()),
]


@pytest.fixture(scope="module")
def long_names_fit():
    """A fit whose levels have long names."""
    rng = np.random.default_rng(1)
    school = np.arange(240) // 10
    kind = np.array(TYPES)[school % 3]
    names = np.array([f"{TYPES[k % 3]} {k}" for k in range(24)])
    hours = rng.normal(size=240)
    y = hours + rng.normal(size=24)[school] + rng.normal(size=240)
    data = pd.DataFrame({"y": y, "Schule": names[school], "Schultyp": kind, "Stunde": hours})
    return bayesmm.fit(
        "y ~ Schultyp * Stunde + (Stunde | Schule)", data, draws=200, max_effort=1, seed=1,
        progress=False,
    )  # fmt: skip


def methods(owner):
    return {name for name, _ in inspect.getmembers(owner, callable) if not name.startswith("_")}


def test_every_method_is_looked_at():
    assert methods(Fit) == OF_FIT.keys() | NO_TABLE
    tables = {
        name for name in methods(MLFit) if "Table" in str(inspect.signature(getattr(MLFit, name)))
    }
    assert tables == OF_ML.keys()


@pytest.mark.parametrize("width", [80, 100])
@pytest.mark.parametrize("get", [get for _, get in TABLES], ids=[name for name, _ in TABLES])
def test_a_table_prints_whole(get, width, long_names_fit, monkeypatch):
    monkeypatch.setenv("COLUMNS", str(width))
    for table in get(long_names_fit):
        assert isinstance(table, ResultTable)
        text = repr(table)
        check_whole(table, text, width)
        assert text == str(table)


def check_whole(table, text, width):
    """Every column is named; every row shown has its names, and its interval in one line."""
    lines = text.splitlines()
    assert all(len(line) <= width for line in lines), [n for n in lines if len(n) > width]
    assert "..." not in text.replace(", ...", "")
    words = re.split(r"\s{2,}|\n", text)
    for name in table.columns:
        assert name in words or f" {name} " in f" {text} ".replace("\n", " "), name
    shown = frame_table(table, most=len(table))
    places = [p for p in range(len(table)) if len(table) <= 60 or min(p, len(table) - 1 - p) < 10]
    lower = next((k for k, name in enumerate(shown.header) if name == "lower"), None)
    flat = " ".join(text.split())
    for place in places:
        row = shown.rows[place]
        keys = [cell for cell in row[: shown.keys] if cell]
        for key in keys:
            assert " ".join(key.split()) in flat
        if lower is not None and "" not in row[lower : lower + 2]:
            ends = re.compile(rf"{re.escape(row[lower])}\s+{re.escape(row[lower + 1])}(\s|$)")
            assert any(
                ends.search(line)
                and (all(key in line for key in keys) or line.split()[0] == str(place))
                for line in lines
            ), (row, text)
    if len(table) > 60:
        assert f"{len(table):,} rows" in text
        assert f"({len(table) - 20:,} rows between)" in text
    if "lower" in table.columns and "probability" in table.attrs:
        assert f"{100 * table.attrs['probability']:g} % " in lines[0]


def test_many_levels_show_head_and_tail_and_every_column(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    n = 100_000
    rng = np.random.default_rng(1)
    frame = pd.DataFrame({"grp": "Schule", "level": [f"{TYPES[k % 3]} {k}" for k in range(n)]})
    for name in ("mean", "sd", "median", "lower", "upper"):
        frame[name] = rng.normal(size=n)
    table = result_table(frame.assign(n_obs=7), "Group effects", 0.9)
    text = repr(table)
    check_whole(table, text, 80)
    assert text.startswith("Group effects, 90 % equal-tailed intervals\n")
    assert "The first 10 and the last 10 of 100,000 rows." in text
    assert len(text.splitlines()) < 60
    with pd.option_context("display.max_rows", None):
        assert f"{TYPES[0]} 300" in repr(table.head(400))


def test_names_wider_than_the_page_are_wrapped_not_cut(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    name = " x ".join(["Realschule Köln-Mülheim"] * 9)
    table = result_table(pd.DataFrame({"term": [name, "b"], "mean": [1.0, 2.0]}))
    text = repr(table)
    assert name in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_plain_python_prints_whole():
    code = "import bayesmm; print(bayesmm.list_data())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "..." not in done.stdout
    assert "origin" in done.stdout


def test_it_is_the_data_frame():
    """What pandas does with a frame it does with this one, and the result prints whole too."""
    table = result_table(
        pd.DataFrame({"grp": ["a", "a", "b"], "mean": [1.0, 2.0, 4.0], "lower": [0.0, 1.0, 2.0]}),
        "Title",
        0.95,
    )
    plain = pd.DataFrame(dict(table))
    for change in (
        lambda t: t[t["grp"] == "a"],
        lambda t: t.copy(),
        lambda t: t.assign(x=1),
        lambda t: t.set_index("grp"),
        lambda t: t.groupby("grp")[["mean"]].mean(),
        lambda t: t.merge(t, on="grp"),
        lambda t: t.melt("grp"),
        lambda t: t.T,
        lambda t: pd.concat([t, t]),
        lambda t: t.sort_values("mean", ascending=False),
        lambda t: pickle.loads(pickle.dumps(t)),
        deepcopy,
    ):
        pd.testing.assert_frame_equal(pd.DataFrame(change(table)), change(plain))
        assert isinstance(change(table), ResultTable)
        for value in change(table).to_numpy().ravel():
            shown = f"{value:.4g}" if isinstance(value, float) else str(value)
            assert shown in repr(change(table)).replace(".0", "")
    assert table.to_csv(index=False) == plain.to_csv(index=False)
    assert table[table["grp"] == "a"].attrs == table.attrs
    assert type(table.table) is pd.DataFrame
    assert table.table.attrs == table.attrs
    assert "Title, 95 % equal-tailed intervals" in table._repr_html_()


def test_for_polars(long_names_fit):
    for table in (long_names_fit.varcorr(), long_names_fit.emmeans("Schultyp")):
        found = table.to_polars()
        plain = getattr(table, "table", table)
        assert isinstance(found, pl.DataFrame)
        assert found.columns == list(plain.columns)
        np.testing.assert_array_equal(found["lower"].to_numpy(), plain["lower"].to_numpy())
    assert long_names_fit.varcorr().to_polars()["var2"].null_count() == 3


def test_without_polars_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "polars", None)
    with pytest.raises(ImportError, match="needs polars: pip install polars"):
        bayesmm.list_data().to_polars()


def test_the_diagnostics_read(long_names_fit):
    found = long_names_fit.diagnostics
    assert repr(found) == str(found)
    assert repr(found).count("\n") > 5
    assert "Diagnostics(" not in repr(found)


@pytest.mark.parametrize("width", [80, 100, 140])
def test_blocks_for_a_terminal_hold_every_cell(width, long_names_fit):
    table = frame_table(long_names_fit.compare_ml(), "x")
    blocks = split_columns(table, width - 2, gap=3)
    every = (cell for block in blocks for row in block.rows for cell in row)
    cells = {cell.replace("\n", " ").strip() for cell in every}
    assert {cell for row in table.rows for cell in row} <= cells
    header = [name for block in blocks for name in block.header]
    assert set(table.header) <= set(header)
    assert all(len(line) <= width for line in table_lines(table, width))
