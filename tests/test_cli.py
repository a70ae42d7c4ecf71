"""The command line: what it prints, writes and answers."""

import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from command_line import command

from bayesmm.data import load_data

KEYS = {
    "formula",
    "family",
    "engine",
    "seed",
    "n_obs",
    "dropped_rows",
    "groups",
    "fixef",
    "varcorr",
    "ranef",
    "diagnostics",
    "timings",
    "versions",
}
QUICK = ["--chains", "2", "--draws", "400", "--tune", "300", "--seed", "3", "--max-effort", "1"]


@pytest.fixture(scope="module")
def sleepstudy_csv(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "sleepstudy.csv"
    load_data("sleepstudy").to_csv(path, index=False)
    return path


def test_fit_prints_a_page_and_writes_everything(monkeypatch, capsys, sleepstudy_csv, tmp_path):
    out, target = tmp_path / "out", tmp_path / "deep" / "fit.json"
    formula = "Reaction ~ Days + (Days | Subject)"
    arguments = ["--categorical", "Subject", *QUICK, "--out", out, "--json", target]
    assert command(monkeypatch, "fit", formula, sleepstudy_csv, *arguments) == 0
    page = capsys.readouterr().out
    assert formula in page and "Subject" in page and "95" in page
    written = json.loads(target.read_text())
    assert set(written) >= KEYS
    assert written["n_obs"] == 180
    assert written["groups"] == {"Subject": 18}
    assert [row["term"] for row in written["fixef"]] == ["Intercept", "Days"]
    assert [row["grp"] for row in written["varcorr"]] == ["Subject"] * 3 + ["Residual"]
    assert len(written["ranef"]) == 36
    assert written["seed"] == 3
    files = {path.name for path in out.iterdir()}
    assert {"summary.txt", "fixef.csv", "varcorr.csv", "ranef.csv", "results.json"} <= files
    table = pd.read_csv(out / "fixef.csv")
    assert table["mean"].tolist() == pytest.approx([row["mean"] for row in written["fixef"]])


def test_run_prints_the_published_numbers(monkeypatch, capsys, tmp_path):
    arguments = ["run", "correlated_slopes", *QUICK, "--out", tmp_path / "r"]
    assert command(monkeypatch, *arguments) == 0
    page = capsys.readouterr().out
    assert "how does reaction time" in page.lower()
    assert "10.467" in page and "matches" in page and "DIFFERS" not in page


def test_run_on_a_twin_says_so_first_and_compares_nothing(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("BAYESMM_DATA", raising=False)
    assert command(monkeypatch, "run", "ace_lm", *QUICK, "--out", tmp_path / "r") == 0
    page = capsys.readouterr().out
    assert page.startswith("ace_lm (simulated twin): How much does cognition")
    assert "Published (the lecture), not compared: simulated twin." in page
    assert "85.6259" in page and "matches" not in page and "differs" not in page.lower()


def test_a_quiet_run_on_a_twin_says_so_too(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("BAYESMM_DATA", raising=False)
    assert command(monkeypatch, "run", "ace_lm", *QUICK, "-q", "--out", tmp_path / "r") == 0
    page = capsys.readouterr()
    assert page.out == "" and "ace_lm (simulated twin)" in page.err


def test_run_gives_the_reason_of_a_difference(monkeypatch, capsys, tmp_path):
    shared = Path(__file__).parents[1].parent / "shared" / "data"
    if not shared.is_dir():
        pytest.skip("the real files are not here")
    monkeypatch.setenv("BAYESMM_DATA", str(shared))
    assert command(monkeypatch, "run", "labs_lmm1", *QUICK, "--out", tmp_path / "r") == 0
    page = capsys.readouterr().out
    assert page.startswith("labs_lmm1: ")
    assert "matches" in page and "differs [1]" in page
    assert "[1] the rows analysed are not public" in page and "DIFFERS" not in page


def test_the_files_of_a_twin_say_that_it_is_one(monkeypatch, capsys, tmp_path):
    monkeypatch.delenv("BAYESMM_DATA", raising=False)
    arguments = ["run", "ace_lm", *QUICK, "-q", "--out", tmp_path / "r", "--save", tmp_path / "s"]
    assert command(monkeypatch, *arguments) == 0
    assert "rows (simulated twin)" in (tmp_path / "r" / "summary.txt").read_text()
    written = json.loads((tmp_path / "r" / "results.json").read_text())
    assert written["data_kind"] == "simulated twin"
    capsys.readouterr()
    assert command(monkeypatch, "summary", tmp_path / "s") == 0
    assert "rows (simulated twin)" in capsys.readouterr().out


def test_one_chain_is_told_and_not_failed(monkeypatch, capsys, sleepstudy_csv):
    arguments = ["--chains", "1", "--draws", "1000", "--seed", "1"]
    assert command(monkeypatch, "fit", "Reaction ~ Days", sleepstudy_csv, *arguments) == 0
    page = capsys.readouterr()
    first, second = page.out.splitlines()[:2]
    assert first == "Usable, with this caution:"
    assert second.startswith("R-hat cannot be computed from one chain: ")
    assert "R-hat not available" in page.out and "DO NOT USE" not in page.out
    assert "bayesmm: R-hat cannot be computed from one chain: " in page.err
    assert command(monkeypatch, "fit", "Reaction ~ Days", sleepstudy_csv, *arguments, "-q") == 0
    page = capsys.readouterr()
    assert page.out == "" and "R-hat cannot be computed" in page.err


def test_json_on_standard_output_is_all_there_is(monkeypatch, capsys, sleepstudy_csv):
    arguments = ["fit", "Reaction ~ Days", sleepstudy_csv, *QUICK, "--json", "-"]
    assert command(monkeypatch, *arguments) == 0
    assert set(json.loads(capsys.readouterr().out)) >= KEYS
    for name in ("models", "data"):
        assert command(monkeypatch, name, "--json", "-") == 0
        rows = json.loads(capsys.readouterr().out)[name]
        assert len(rows) > 10 and all(row["name"] for row in rows)


def test_a_formula_may_begin_with_a_minus(monkeypatch, capsys, sleepstudy_csv):
    arguments = ["fit", "-Reaction ~ Days", sleepstudy_csv, *QUICK]
    assert command(monkeypatch, *arguments) == 0
    page = capsys.readouterr().out
    assert "Formula: -Reaction ~ Days\n" in page
    assert command(monkeypatch, "explain", "-Reaction ~ Days", sleepstudy_csv) == 0
    assert "-Reaction" in capsys.readouterr().out


def test_labels_that_are_formulas_stand_after_an_apostrophe(monkeypatch, capsys, tmp_path):
    rows = load_data("sleepstudy").replace({"Subject": {"308": "=1+1", "309": "@x", "310": "-5"}})
    rows.to_csv(tmp_path / "data.csv", index=False)
    arguments = [tmp_path / "data.csv", *QUICK, "--out", tmp_path / "r"]
    assert command(monkeypatch, "fit", "Reaction ~ 1 + (1 | Subject)", *arguments) == 0
    levels = pd.read_csv(tmp_path / "r" / "ranef.csv", dtype=str)["level"].tolist()
    assert {"'=1+1", "'@x", "-5"} <= set(levels) and "=1+1" not in levels
    assert "begin as a formula of a spreadsheet does" in capsys.readouterr().err
    written = json.loads((tmp_path / "r" / "results.json").read_text())
    assert "=1+1" in {row["level"] for row in written["ranef"]}


def test_results_that_cannot_be_written(monkeypatch, capsys, sleepstudy_csv, tmp_path):
    (tmp_path / "file").write_text("x")
    for option in ("--out", "--json", "--save", "--report"):
        target = tmp_path / "file" / "x.html"
        arguments = ["fit", "Reaction ~ Days", sleepstudy_csv, *QUICK, "-q", option, target]
        assert command(monkeypatch, *arguments) == 2
        errors = capsys.readouterr().err
        assert errors.startswith("bayesmm: ") and errors.count("\n") == 1
        assert "Not a directory" in errors or "file" in errors


def test_a_taken_name_is_told_before_sampling(monkeypatch, capsys, sleepstudy_csv, tmp_path):
    def sampled(*_, **__):
        raise AssertionError("sampled")

    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.tex").write_text("x")
    monkeypatch.setattr("bayesmm.api.fit", sampled)
    arguments = ["fit", "Reaction ~ Days", sleepstudy_csv, "--save", tmp_path / "taken"]
    assert command(monkeypatch, *arguments) == 2
    assert "is no saved fit, so it is not replaced" in capsys.readouterr().err


def test_failed_diagnostics_are_told_by_the_exit_code(
    monkeypatch, capsys, sleepstudy_csv, tmp_path
):
    """Four draws per chain are not to be used: the results are written, the answer is 3."""
    arguments = ["--chains", "2", "--draws", "4", "--tune", "20", "--max-effort", "1"]
    code = command(
        monkeypatch, "fit", "Reaction ~ Days", sleepstudy_csv, *arguments, "--out", tmp_path / "o"
    )
    assert code == 3
    assert (tmp_path / "o" / "results.json").exists()
    assert capsys.readouterr().err.strip()


MISTAKES = [
    (["fit", "Reaction ~ Dayz", "{csv}"], "'Dayz' is not a column of the data"),
    (["fit", "Reaction ~ Days", "nowhere.csv"], "There is no file 'nowhere.csv'"),
    (["fit", "Reaction ~ Days", "{csv}", "--family", "gausian"], "'gausian' is not a family"),
    (["fit", "Reaction ~ Days", "{csv}", "--priors", "Dayz=Flat()"], "no parameter 'Dayz'"),
    (["fit", "Reaction ~ Days", "{csv}", "--priors", "stan"], "'stan' is not a preset"),
    (["fit", "Reaction ~ Days", "{csv}", "--engine", "jags"], "'jags' is not an engine"),
    (["fit", "Reaction ~ Days", "{csv}", "--chains", "0"], "--chains must be a whole number"),
    (["fit", "Reaction ~ Days Subject", "{csv}"], "<<here>>"),
    (["run", "correlated_slope"], "Did you mean 'correlated_slopes'?"),
    (["fit"], "Missing argument 'FORMULA'. See 'bayesmm fit --help'."),
    (["fit", "y ~ x", "{csv}", "more"], "Got unexpected extra argument"),
    (["fit", "y ~ x", "{csv}", "--famly", "t"], "No such option: --famly"),
    (["fit", "y ~ x", "{csv}", "--chains", "four"], "Invalid value for '--chains'"),
    (["fit", "y ~ x", "{csv}", "--json"], "Option '--json' requires an argument"),
    (["fitt", "y ~ x"], "Did you mean 'fit'?"),
    (["fit", "Reaction ~ Days", "{csv}", "--save", "{csv}", "-q"], "is a file; name a folder"),
    (["fit", "-log(Reaction) ~ Dayz", "{csv}"], "In: -log(Reaction) ~ <<here>> Dayz"),
    (["check", "nowhere", "--seed", "-1"], "Invalid value for '--seed'"),
    (["summary", "nowhere"], "'nowhere' does not exist; a saved fit is a folder."),
    (["compare", "nowhere"], "at least two saved fits"),
    (["compare", "nowhere", "nowhere"], "A saved fit is named twice"),
    (["data", "fetch"], "Missing argument 'NAME'"),
    (["fit", "Reaction ~ Days", "{csv}", "--prob", "2"], "--prob is 2.0;"),
    (["fit", "Reaction ~ Days", "{csv}", "--target-accept", "2"], "--target-accept must be"),
    (["ml", "Reaction ~ Days", "{csv}", "--family", "bernoulli"], "with --family binomial"),
    (["update", "nowhere", "- x"], "'nowhere' does not exist"),
    (["update", "nowhere", "--chains", "x"], "Invalid value for '--chains'"),
]


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=lambda x: " ".join(x)[:40])
def test_mistakes_are_one_line(monkeypatch, capsys, sleepstudy_csv, arguments, message):
    code = command(monkeypatch, *[a.format(csv=sleepstudy_csv) for a in arguments])
    errors = capsys.readouterr().err
    assert code == 2
    assert message in errors
    assert errors.count("\n") == 1
    assert "Traceback" not in errors


def test_models_and_data_are_listed(monkeypatch, capsys):
    assert command(monkeypatch, "models") == 0
    assert "correlated_slopes" in capsys.readouterr().out
    assert command(monkeypatch, "data") == 0
    listed = capsys.readouterr().out
    assert "sleepstudy" in listed and "simulated" in listed


def test_data_that_cannot_be_fetched_is_told(monkeypatch, capsys, tmp_path):
    assert command(monkeypatch, "data", "fetch", "nothing", tmp_path) == 2
    assert "There is no data set 'nothing' to fetch" in capsys.readouterr().err


def test_a_fault_of_ours_is_exit_code_one(monkeypatch, capsys):
    def fault(*_):
        raise RuntimeError("broken")

    monkeypatch.setattr("bayesmm.course.library.course_models", fault)
    assert command(monkeypatch, "run", "correlated_slopes") == 1
    assert "please report" in capsys.readouterr().err


def test_the_module_runs_as_a_program():
    done = subprocess.run(
        [sys.executable, "-m", "bayesmm", "run", "nothing"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "There is no course model 'nothing'" in done.stderr
    assert "Traceback" not in done.stderr
