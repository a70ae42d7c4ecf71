"""Commands that ask a saved fit, estimate, write code, sample again: what they say and write."""

import json

import numpy as np
import pandas as pd
import pytest
from command_line import command
from saved_fits import Case, fit_of

import bayesmm


@pytest.fixture(scope="module")
def folder(sleepstudy_fit, tmp_path_factory):
    return sleepstudy_fit.save(tmp_path_factory.mktemp("saved") / "slopes")


QUESTIONS = {
    "emmeans": (["Days", "--at", "Days=0,9"], lambda f: f.emmeans("Days", at={"Days": [0.0, 9.0]})),
    "contrasts": (
        ["Days", "--at", "Days=0,9", "--method", "revpairwise"],
        lambda f: f.contrasts("Days", method="revpairwise", at={"Days": [0.0, 9.0]}),
    ),
    "slopes": (["Days"], lambda f: f.slopes("Days")),
    "hypothesis": (
        ["Days = 10", "sd(Subject: Days) > 5", "--rope", "1"],
        lambda f: f.hypothesis(["Days = 10", "sd(Subject: Days) > 5"], 1.0),
    ),
    "icc": ([], lambda f: f.icc()),
    "r2": ([], lambda f: f.r2()),
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_an_answer_is_that_of_python(monkeypatch, capsys, folder, tmp_path, sleepstudy_fit, name):
    arguments, ask = QUESTIONS[name]
    expected = ask(sleepstudy_fit)
    assert command(monkeypatch, name, folder, *arguments) == 0
    page = capsys.readouterr().out
    assert page.startswith(f"{expected.table.attrs['title']}, 95 % equal-tailed intervals\n")
    assert len(page.splitlines()) == len(expected.table) + 2
    out = tmp_path / "deep" / "answer.csv"
    assert command(monkeypatch, name, folder, *arguments, "--json", "-", "--out", out) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["probability"] == 0.95 and said["title"] == expected.table.attrs["title"]
    for column in ("mean", "lower"):
        values = expected.table[column].to_numpy()
        np.testing.assert_allclose([row[column] for row in said["rows"]], values, rtol=1e-12)
        np.testing.assert_allclose(pd.read_csv(out)[column], values, rtol=1e-12)
    assert command(monkeypatch, name, folder, *arguments, "--prob", "0.5", "-q") == 0
    assert capsys.readouterr().out == ""
    assert command(monkeypatch, name, folder, *arguments, "--prob", "0.5") == 0
    assert "50 % equal-tailed intervals" in capsys.readouterr().out


PARAMETER = {
    "emmeans": (["dose"], lambda f: f.emmeans("dose", parameter="sigma")),
    "contrasts": (["dose"], lambda f: f.contrasts("dose", parameter="sigma")),
    "slopes": (["x"], lambda f: f.slopes("x", parameter="sigma")),
    "predict": (["--draws", "20"], lambda f: f.predict(n_draws=20, parameter="sigma")),
}


def test_a_named_parameter_is_that_of_python(monkeypatch, capsys, tmp_path):
    fit = fit_of(Case("y ~ x + (1 | g); sigma ~ x + dose"))
    folder = fit.save(tmp_path / "varying")
    for name, (arguments, ask) in PARAMETER.items():
        options = ("--parameter", "sigma", "--json", "-")
        assert command(monkeypatch, name, folder, *arguments, *options) in (0, 3)
        rows = json.loads(capsys.readouterr().out)["rows"]
        expected = ask(fit).table["mean"].to_numpy()
        np.testing.assert_allclose([row["mean"] for row in rows], expected, rtol=1e-12)
    zeros = fit_of(Case("count ~ x; zi ~ x", "zero_inflated_poisson"))
    folder = zeros.save(tmp_path / "zeros")
    for component in ("count", "zero"):
        options = ("--component", component, "--json", "-")
        assert command(monkeypatch, "predict", folder, *options) in (0, 3)
        rows = json.loads(capsys.readouterr().out)["rows"]
        expected = zeros.predict(component=component).table["mean"].to_numpy()
        np.testing.assert_allclose([row["mean"] for row in rows], expected, rtol=1e-12)


def test_the_estimate_is_that_of_python(monkeypatch, capsys, tmp_path):
    data = bayesmm.load_data("sleepstudy")
    data.to_csv(tmp_path / "data.csv", index=False)
    formula = "Reaction ~ Days + (Days | Subject)"
    for option, reml in (([], True), (["--no-reml"], False)):
        expected = bayesmm.ml(formula, data, reml=reml)
        assert command(monkeypatch, "ml", formula, tmp_path / "data.csv", *option) == 0
        assert capsys.readouterr().out == f"{expected.summary()}\n"
    arguments = [tmp_path / "data.csv", "--prob", "0.8", "--json", "-"]
    assert command(monkeypatch, "ml", formula, *arguments) == 0
    said = json.loads(capsys.readouterr().out)
    table = bayesmm.ml(formula, data).fixef(0.8)
    assert [row["lower"] for row in said["fixef"]] == table["lower"].tolist()
    assert said["probability"] == 0.8 and said["converged"] and said["reml"]


def test_code_is_written(monkeypatch, capsys, folder, tmp_path, sleepstudy_fit):
    assert command(monkeypatch, "script", folder) == 0
    assert capsys.readouterr().out == f"{sleepstudy_fit.script()}\n"
    target = tmp_path / "deep" / "model.R"
    assert command(monkeypatch, "script", folder, "--language", "brms", "--out", target) == 0
    assert target.read_text() == f"{sleepstudy_fit.script('brms')}\n"
    told = capsys.readouterr()
    assert told.out == "" and str(target) in told.err


def test_a_saved_fit_is_sampled_again_with_a_change(monkeypatch, capsys, folder, tmp_path):
    change = "- (Days | Subject) + (1 | Subject)"
    options = ["--draws", "300", "--chains", "2", "--max-effort", "1"]
    saved = ["--save", tmp_path / "levels", "--out", tmp_path / "r"]
    assert command(monkeypatch, "update", folder, change, *options, *saved) == 0
    page = capsys.readouterr()
    assert "Formula: Reaction ~ Days + (1 | Subject)\n" in page.out
    again = bayesmm.load(tmp_path / "levels")
    assert (again.settings.draws, again.settings.chains, again.settings.seed) == (300, 2, 1)
    assert (tmp_path / "r" / "fixef.csv").exists()
    rows = bayesmm.load_data("sleepstudy").head(100)
    rows.to_csv(tmp_path / "fewer.csv", index=False)
    data = ["--data", tmp_path / "fewer.csv", "--prob", "0.5"]
    assert command(monkeypatch, "update", folder, *data, *options) in (0, 3)
    page = capsys.readouterr().out
    assert "100 rows" in page and "50 % equal-tailed" in page


def test_fit_writes_everything_with_its_probability(monkeypatch, capsys, tmp_path):
    bayesmm.load_data("sleepstudy").to_csv(tmp_path / "data.csv", index=False)
    arguments = ["--prob", "0.5", "--out", tmp_path / "r", "--max-effort", "1"]
    assert command(monkeypatch, "fit", "Reaction ~ Days", tmp_path / "data.csv", *arguments) == 0
    assert "50 % equal-tailed" in capsys.readouterr().out
    assert "50 % equal-tailed" in (tmp_path / "r" / "summary.txt").read_text()
    said = json.loads((tmp_path / "r" / "results.json").read_text())
    table = pd.read_csv(tmp_path / "r" / "fixef.csv")
    assert said["probability"] == 0.5
    assert table["lower"].tolist() == pytest.approx([row["lower"] for row in said["fixef"]])
