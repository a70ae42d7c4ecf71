"""Commands that ask a saved fit, and exit codes of what they find."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from command_line import command
from saved_fits import CASES, fit_of, rewrite
from synthetic import with_variable

import bayesmm
from bayesmm.cli.saved import _columns_shown
from bayesmm.data_columns import beside
from bayesmm.fitted import Fit
from bayesmm.formula import parse_formulas


@pytest.fixture(scope="module")
def folder(sleepstudy_fit, tmp_path_factory):
    return sleepstudy_fit.save(tmp_path_factory.mktemp("saved") / "slopes")


@pytest.fixture(scope="module")
def other(folder):
    data = bayesmm.load_data("sleepstudy")
    fit = bayesmm.fit(
        "Reaction ~ Days + (1 | Subject)", data, seed=1, draws=500, max_effort=1, progress=False
    )
    return fit.save(folder.parent / "levels")


@pytest.fixture(scope="module")
def distrusted(folder):
    """Return a saved fit whose draws fail their checks: each chain is in a place of its own."""
    fit = fit_of(CASES["crossed"])
    values = fit.own_draws["posterior"]["x"].values
    apart = with_variable(fit, "x", values + np.arange(4)[:, None])
    return apart.save(folder.parent / "few")


@pytest.fixture
def new_rows(tmp_path):
    path = tmp_path / "new.csv"
    pd.DataFrame({"Days": [3, 4], "Subject": [308, 309]}).to_csv(path, index=False)
    return path


def test_summary(monkeypatch, capsys, folder, sleepstudy_fit):
    assert command(monkeypatch, "summary", folder) == 0
    page = str(sleepstudy_fit.summary()).replace("in .varcorr()", "in --json")
    assert capsys.readouterr().out == f"{page}\n"
    assert command(monkeypatch, "summary", folder, "--prob", "0.5") == 0
    assert "50 % equal-tailed" in capsys.readouterr().out
    assert command(monkeypatch, "summary", folder, "--json", "-") == 0
    assert json.loads(capsys.readouterr().out) == sleepstudy_fit.to_dict()
    assert command(monkeypatch, "summary", folder, "--prob", "0.5", "--json", "-") == 0
    assert json.loads(capsys.readouterr().out) == sleepstudy_fit.to_dict(0.5)


def test_check_has_both_verdicts_and_the_code_of_the_worse(
    monkeypatch, capsys, folder, distrusted, sleepstudy_fit
):
    panel = sleepstudy_fit.check()
    code = command(monkeypatch, "check", folder)
    page = capsys.readouterr().out
    assert code == (3 if panel.verdict == "problem" else 0)
    assert page.startswith(str(sleepstudy_fit.diagnostics))
    for row in panel.table.itertuples():
        assert f"{row.check} ({row.about})" in page and row.words in page
    assert command(monkeypatch, "check", folder, "--json", "-") == code
    said = json.loads(capsys.readouterr().out)
    assert said["model"]["verdict"] == panel.verdict
    assert [c["check"] for c in said["model"]["checks"]] == panel.table["check"].tolist()
    assert said["draws"]["ok"] is True and said["draws"]["checks"][0]["check"] == "divergences"
    assert command(monkeypatch, "check", distrusted) == 3
    assert "Do not use these numbers" in capsys.readouterr().out


def test_predict(monkeypatch, capsys, folder, new_rows, tmp_path, sleepstudy_fit):
    target = tmp_path / "deep" / "predicted.csv"
    assert command(monkeypatch, "predict", folder, new_rows, "--out", target) == 0
    page = capsys.readouterr().out
    assert page.startswith("Prediction for these groups, mean, 95 % equal-tailed intervals\n")
    rows = pd.DataFrame({"Days": [3, 4], "Subject": [308, 309]})
    expected = sleepstudy_fit.predict(rows).table
    written = pd.read_csv(target)
    np.testing.assert_allclose(written["mean"], expected["mean"], rtol=1e-12)
    assert list(written.columns) == list(expected.columns)
    options = ["--who", "typical group", "--kind", "response", "--prob", "0.8", "--seed", "3"]
    assert command(monkeypatch, "predict", folder, new_rows, *options, "--json", "-") == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["who"], said["kind"], said["probability"]) == ("typical group", "response", 0.8)
    table = sleepstudy_fit.predict(rows, "typical group", "response", 0.8, 3).table
    assert [row["lower"] for row in said["rows"]] == table["lower"].tolist()
    assert command(monkeypatch, "predict", folder) == 0
    assert "The first 60 of 180 rows; all of them: --out FILE.csv" in capsys.readouterr().out


def test_a_new_group_must_be_meant(monkeypatch, capsys, folder, new_rows):
    new_rows.write_text("Days,Subject\n3,somebody\n")
    assert command(monkeypatch, "predict", folder, new_rows) == 2
    assert "predict for --who 'new group'" in capsys.readouterr().err
    assert command(monkeypatch, "predict", folder, new_rows, "--who", "new group") == 0
    assert command(monkeypatch, "predict", folder, new_rows, "--who", "nobody") == 2
    assert "Possible: these groups, new group" in capsys.readouterr().err


def test_plot(monkeypatch, capsys, folder, tmp_path):
    target = tmp_path / "deep" / "effects.png"
    arguments = ["plot", folder, "caterpillar", "--with", "prob=0.5", "--with", "effect=Days"]
    assert command(monkeypatch, *arguments, "--out", target) == 0
    assert target.read_bytes().startswith(b"\x89PNG")
    told = capsys.readouterr()
    assert told.out == "" and "50 % equal-tailed intervals" in told.err
    assert command(monkeypatch, *arguments, "--out", tmp_path / "x.svg", "--json", "-") == 0
    said = json.loads(capsys.readouterr().out)
    assert len(said["rows"]) == 18 and "50 %" in said["caption"]
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "plot", folder, "caterpillar", "-q") == 0
    assert (tmp_path / "caterpillar.png").exists() and capsys.readouterr().err == ""


def test_plots_are_listed(monkeypatch, capsys, folder, other, sleepstudy_fit):
    assert command(monkeypatch, "plot", folder) == 0
    listed = [line.split()[0] for line in capsys.readouterr().out.splitlines()[1:]]
    assert listed == dir(sleepstudy_fit.plot)


PLOT_MISTAKES = [
    (["caterpilar"], "Did you mean 'caterpillar'?"),
    (["caterpillar", "--with", "colour=red"], "The picture 'caterpillar' has no option 'colour'"),
    (["caterpillar", "--with", "prob"], "'prob' is not NAME=VALUE"),
    (["caterpillar", "--out", "x.doc"], "cannot be written"),
    (["caterpillar", "--with", "factor=School"], "School"),
    (["caterpillar", "--with", "prob=much"], "cannot be drawn with prob='much'"),
]


@pytest.mark.parametrize(("arguments", "message"), PLOT_MISTAKES, ids=lambda x: " ".join(x)[:30])
def test_mistakes_of_a_plot(monkeypatch, capsys, folder, tmp_path, arguments, message):
    monkeypatch.chdir(tmp_path)
    assert command(monkeypatch, "plot", folder, *arguments) == 2
    errors = capsys.readouterr().err
    assert message in errors and errors.count("\n") == 1


def test_compare(monkeypatch, capsys, folder, other, sleepstudy_fit):
    assert command(monkeypatch, "compare", folder, other) == 0
    page = capsys.readouterr().out
    assert page.startswith("Comparison of models\nmodel ")
    assert page.index("slopes ") < page.index("levels ")  # the better first
    assert "Likelihood-ratio tests (ML)" in page and "a new row of a known group" in page
    assert command(monkeypatch, "compare", folder, other, "--leave", "group", "--json", "-") == 0
    said = json.loads(capsys.readouterr().out)
    expected = bayesmm.compare(
        {"slopes": sleepstudy_fit, "levels": bayesmm.load(other)}, leave="group"
    )
    assert [row["elpd"] for row in said["models"]] == expected.table["elpd"].tolist()
    notes = [note.replace("refit=True", "--refit") for note in expected.notes]
    assert said["leave"] == "group" and said["notes"] == notes


def test_fits_of_other_data_are_not_compared(monkeypatch, capsys, folder, distrusted):
    assert command(monkeypatch, "compare", folder, distrusted) == 2
    assert capsys.readouterr().err.count("\n") == 1


@pytest.mark.slow
def test_report(monkeypatch, capsys, folder, other, tmp_path):
    target = tmp_path / "deep" / "page.html"
    arguments = ["report", folder, "--out", target, "--beside", other, "--title", "Sleep lost"]
    arguments += ["--prob", "0.8"]
    assert command(monkeypatch, *arguments) == 0
    page = target.read_text(encoding="utf-8")
    assert "Sleep lost" in page and "levels" in page
    assert "80 % equal-tailed" in page and not re.search("95 %( equal-tailed)? interval", page)
    assert str(target) in capsys.readouterr().err


def test_fit_and_run_write_a_report(monkeypatch, capsys, tmp_path):
    given = []

    def report(self, path, title=None, others=None, course=None, prob=0.95):
        given.append((str(path), course))
        return path

    monkeypatch.setattr(Fit, "report", report)
    monkeypatch.chdir(tmp_path)
    quick = ["--chains", "2", "--draws", "400", "--tune", "300", "-q"]
    bayesmm.load_data("sleepstudy").to_csv("data.csv", index=False)
    for arguments in (
        ["run", "complete_pooling", *quick, "--report"],
        ["run", "--report", "complete_pooling", *quick, "--out", "r"],
        ["run", "complete_pooling", "--report", "a.html", *quick],
        ["fit", "Reaction ~ Days", "data.csv", "--report", *quick],
    ):
        assert command(monkeypatch, *arguments) == 0
    assert given == [
        ("results/complete_pooling/report.html", "complete_pooling"),
        ("r/report.html", "complete_pooling"),
        ("a.html", "complete_pooling"),
        ("report.html", None),
    ]


@pytest.mark.parametrize("arguments", [["summary"], ["predict", "-q"], ["plot", "trace", "-q"]])
def test_distrust_is_told_whatever_is_asked(monkeypatch, capsys, distrusted, arguments, tmp_path):
    monkeypatch.chdir(tmp_path)
    name, *options = arguments
    assert command(monkeypatch, name, distrusted, *options) == 3
    assert "Do not use these numbers" in capsys.readouterr().err


def test_what_differs_here_is_told(monkeypatch, capsys, tmp_path):
    fit_of(CASES["crossed"]).save(tmp_path / "fit")
    rewrite(tmp_path / "fit", lambda r: r["versions"].update(numpy="1.0.0"))
    command(monkeypatch, "summary", tmp_path / "fit")
    assert "bayesmm: Other versions here: numpy" in capsys.readouterr().err
    rewrite(tmp_path / "fit", lambda r: r["priors"]["of"].update(x="Normal(0, 0.01)"))
    command(monkeypatch, "summary", tmp_path / "fit")
    errors = capsys.readouterr().err
    assert "does not mean here what it meant when it was saved" in errors
    assert "BayesmmWarning" not in errors and "warn(" not in errors


def test_a_damaged_fit_is_one_line(monkeypatch, capsys, tmp_path):
    fit_of(CASES["crossed"]).save(tmp_path / "fit")
    (tmp_path / "fit" / "data.parquet").write_bytes(b"junk")
    for name in ("summary", "check", "predict", "plot", "report"):
        assert command(monkeypatch, name, tmp_path / "fit") == 2
        errors = capsys.readouterr().err
        assert "was changed after the fit was saved" in errors and errors.count("\n") == 1


def test_saved_twice(monkeypatch, capsys, tmp_path):
    quick = ["--chains", "2", "--draws", "400", "--tune", "300", "-q", "--out", tmp_path / "r"]
    save = ["run", "complete_pooling", *quick, "--save", tmp_path / "s"]
    assert command(monkeypatch, *save) == 0
    assert command(monkeypatch, *save) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert command(monkeypatch, *save, "--overwrite") == 0


def test_labels_of_predictions_are_marked_too(monkeypatch, capsys, folder, new_rows, tmp_path):
    new_rows.write_text("Days,Subject\n3,=1+1\n")
    options = ["--who", "new group", "--out", tmp_path / "p.csv"]
    assert command(monkeypatch, "predict", folder, new_rows, *options) == 0
    assert pd.read_csv(tmp_path / "p.csv")["Subject"].tolist() == ["'=1+1"]
    assert "1 labels begin as a formula of a spreadsheet does" in capsys.readouterr().err


def test_columns_that_the_model_does_not_read_are_named(monkeypatch, capsys, tmp_path):
    fit_of(CASES["no groups"]).save(tmp_path / "fit")
    command(monkeypatch, "predict", tmp_path / "fit")
    page = capsys.readouterr().out
    assert page.splitlines()[1].split() == ["x", "answer", "mean", "sd", "median", "lower", "upper"]
    assert "The model does not read y, a/b, größe Δ, " in page


def test_columns_of_a_formula_for_sigma_are_columns_of_the_model():
    encoder = SimpleNamespace(formulas=parse_formulas("y ~ x; sigma ~ z"))
    fit = SimpleNamespace(design=SimpleNamespace(encoder=encoder))
    of_data = pd.DataFrame({"y": [1.0], "x": [2.0], "z": [3.0], "other": [4.0]})
    table = beside(of_data, pd.DataFrame({"mean": [1.5]}))
    shown, notes = _columns_shown(fit, table, "there")
    assert list(shown) == ["y", "x", "z", "mean"]
    assert notes == ("The model does not read other; with these columns: there.",)
