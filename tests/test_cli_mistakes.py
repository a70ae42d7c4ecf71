"""Every command, every kind of mistake: one line on standard error, exit code 2, no traceback."""

import io
import sys
from pathlib import Path

import pandas as pd
import pytest
from command_line import command
from saved_fits import CASES, Case, example_data, fit_of, rewrite

from bayesmm.cli.app import app

COMMANDS = {function.callback.__name__.replace("_", "-") for function in app.registered_commands}
FORMULA = "y ~ x + (1 | g)"
# What a command needs after the folder of a saved fit.
ASKED = {
    **dict.fromkeys(
        (
            *("summary", "check", "predict", "icc", "r2", "script", "answer", "methods"),
            *("verify", "rerun"),
        ),
        (),
    ),
    "report": ("--out", "page.html"),
    "plot": ("trace", "--out", "trace.png"),
    "emmeans": ("dose",),
    "contrasts": ("dose",),
    "slopes": ("x",),
    "hypothesis": ("x > 0",),
    "compare": ("other",),
    "update": ("+ w",),
    "crossval": ("--k", "3"),
}
# Commands that read a file, and where it stands.
READING = {
    "fit": (FORMULA, "{file}"),
    "explain": (FORMULA, "{file}"),
    "ml": (FORMULA, "{file}"),
    "prior-predictive": (FORMULA, "{file}"),
    **dict.fromkeys(("calibrate", "bootstrap"), (FORMULA, "{file}")),
    "power": (FORMULA, "{file}", "x", "g=10"),
    "predict": ("{saved}", "{file}"),
    "update": ("{saved}", "--data", "{file}"),
}
# `test_interrupted.py` has what is no unfinished fit.
NO_FIT_AND_NO_FILE = {"run", "models", "course", "warmup", "resume"}


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    fit_of(Case("y ~ x + dose + (1 | g)")).save(folder / "fit")
    fit_of(CASES["crossed"]).save(folder / "other")
    fit_of(Case("y ~ x + dose + (1 | g); sigma ~ x")).save(folder / "varying")
    fit_of(Case("count ~ x; zi ~ x", "zero_inflated_poisson")).save(folder / "zeros")
    return folder / "fit"


@pytest.fixture
def refused(monkeypatch, capsys, tmp_path):
    """Run a command that must be refused in one line; return the line."""
    monkeypatch.chdir(tmp_path)

    def run(*arguments: object) -> str:
        assert command(monkeypatch, *arguments) == 2, capsys.readouterr()
        shown = capsys.readouterr()
        assert shown.out == "" and shown.err.count("\n") == 1, shown
        assert shown.err.startswith("bayesmm: ") and "Traceback" not in shown.err
        return shown.err

    return run


def test_every_command_is_tried():
    assert set(ASKED) | set(READING) | NO_FIT_AND_NO_FILE == COMMANDS


def put(arguments, **places):
    return [argument.format(**places) for argument in arguments]


SAVED = {
    "no folder": (lambda folder: folder / "nowhere", "does not exist; a saved fit is a folder"),
    "a file": (lambda folder: write(folder / "file", "x"), "is a file"),
    "an empty folder": (lambda folder: make(folder / "empty"), "is no saved fit"),
    "a newer version": (lambda folder: newer(folder / "newer"), "newer"),
}


def write(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def make(path: Path) -> Path:
    path.mkdir()
    return path


def newer(path: Path) -> Path:
    fit_of(CASES["crossed"]).save(path)
    rewrite(path, lambda record: record.update(format=999))
    return path


@pytest.mark.parametrize("name", sorted(ASKED))
def test_what_is_no_saved_fit(refused, tmp_path, name):
    for made, message in SAVED.values():
        folder = made(tmp_path)
        assert message in refused(name, folder, *ASKED[name]), (name, message)


FILES = {
    "no file": (lambda folder: folder / "nothing.csv", "There is no file"),
    "a folder": (lambda folder: make(folder / "folder.csv"), "it is a folder"),
    "an empty file": (lambda folder: write(folder / "empty.csv", ""), "is empty"),
    "no table": (lambda folder: write(folder / "text.parquet", "x"), "cannot be read as a table"),
    "other columns": (lambda folder: write(folder / "other.csv", "a,b\n1,2\n3,4\n"), "column"),
}


@pytest.mark.parametrize("name", sorted(READING))
def test_what_is_no_data(refused, tmp_path, saved, name):
    for made, message in FILES.values():
        path = made(tmp_path)
        assert message in refused(name, *put(READING[name], file=path, saved=saved)), message


class Pipe(io.StringIO):
    """Standard input that is no keyboard."""


class Keyboard(io.StringIO):
    """Standard input that somebody types at."""

    def isatty(self) -> bool:
        return True


INPUTS = [(Pipe(""), "'standard input' is empty."), (None, "Nothing comes through standard input"),
          (Keyboard(""), "Nothing comes through standard input"),
          (Pipe("a,b\n1,2,3,4\n"), "'standard input' cannot be read as a table")]  # fmt: skip


@pytest.mark.parametrize("name", sorted(READING))
def test_standard_input_that_is_no_data(refused, monkeypatch, saved, name):
    for stream, message in INPUTS:
        if stream is not None:
            stream.seek(0)
        monkeypatch.setattr(sys, "stdin", stream)
        assert message in refused(name, *put(READING[name], file="-", saved=saved))


QUESTIONS = [
    (("emmeans", "{saved}", "doze"), "Did you mean 'dose'?"),
    (("emmeans", "{saved}", "dose", "--at", "x"), "'x' is not NAME=VALUE, as in --at Days=0,5."),
    (("emmeans", "{saved}", "dose", "--at", "dose=huge"), "'huge' is not a level of 'dose'"),
    (("emmeans", "{saved}", "dose", "--at", "x=much"), "Column 'x' holds categories (much)"),
    (("emmeans", "{saved}", "dose", "--at", "z=1"), "'z' is not a predictor"),
    (("emmeans", "{saved}", "dose", "--by", "dose"), "A column stands twice"),
    (("emmeans", "{saved}", "dose", "--scale", "log"), "--scale is 'log'."),
    (("emmeans", "{saved}", "dose", "--who", "these groups"), "--who is 'these groups'."),
    (("contrasts", "{saved}", "dose", "--method", "tukey"), "--method is 'tukey'."),
    (("contrasts", "{saved}", "x"), "Numbers need values: --at x=VALUE."),
    (("slopes", "{saved}", "dose"), "'dose' is a factor; a slope needs a number."),
    (("slopes", "{saved}", "x", "--prob", "95"), "--prob is 95.0; an interval"),
    (("hypothesis", "{saved}", "z > 0"), "z"),
    (("hypothesis", "{saved}", "x = 0"), "--rope 0.1 or --rope=-0.1,0.1"),
    (("hypothesis", "{saved}", "x = 0", "--rope", "much"), "'much' is no region, as in --rope"),
    (("hypothesis", "{saved}", "x = 0", "--rope", "1,0"), "--rope is (1.0, 0.0); give"),
    (("icc", "{saved}", "--prob", "0"), "--prob is 0.0;"),
    (("r2", "{saved}", "--json", "x", "--out", "x"), "'x' is named twice"),
    (("script", "{saved}", "--language", "stan"), "There is no script in 'stan'."),
    (("summary", "{saved}", "--prob", "1"), "--prob is 1.0;"),
    (("predict", "{saved}", "--kind", "draws"), "--kind is 'draws'."),
    (("predict", "{saved}", "--draws", "0"), "Invalid value for '--draws'"),
    (("predict", "{saved}", "--parameter", "sigma"), "sigma is one number, the same in all rows"),
    (("predict", "{saved}", "--parameter", "nu"), "--parameter is 'nu'."),
    (("predict", "{saved}", "--component", "zero"), "--component zero is of zero-inflated and"),
    (("predict", "{saved}", "--component", "zeros"), "Did you mean 'zero'?"),
    (("predict", "{varying}", "--parameter", "sigma", "--kind", "response"), "--kind link"),
    (("predict", "{zeros}", "--parameter", "zi", "--component", "zero"), "give one of them"),
    (("emmeans", "{varying}", "dose", "--parameter", "sigma"), "'dose' is not a predictor"),
    (("emmeans", "{saved}", "dose", "--parameter", "sigma"), "bayesmm summary has it"),
    (("contrasts", "{varying}", "dose", "--parameter", "sigme"), "Did you mean 'sigma'?"),
    (("slopes", "{saved}", "x", "--parameter", "sigma"), "sigma is one number"),
    (("slopes", "{zeros}", "x", "--scale", "response"), "Name one, --parameter mu or --parameter"),
    (("update", "{saved}", "x"), "'x' is no change of a formula"),
    (("update", "{saved}", "- z"), "There is no term z to leave out"),
    (("update", "{saved}", "+ zz"), "'zz' is not a column of the data"),
    (("update", "{saved}", "--success", "yes"), "--success says which of two values"),
    (("update", "{saved}", "+ w", "--chains", "0"), "--chains must be a whole number"),
    (("compare", "{saved}", "{other}", "--leave", "rows"), "--leave must be one of row, group"),
]


@pytest.mark.parametrize(("arguments", "message"), QUESTIONS, ids=lambda x: " ".join(x)[:40])
def test_mistakes_in_a_question(refused, saved, arguments, message):
    others = {name: saved.parent / name for name in ("other", "varying", "zeros")}
    assert message in refused(*put(arguments, saved=saved, **others))


def test_data_come_through_standard_input(monkeypatch, capsys, saved):
    rows = example_data()[["y", "x", "w", "g", "dose"]]
    monkeypatch.setattr(sys, "stdin", Pipe(rows.to_csv(index=False)))
    assert command(monkeypatch, "ml", "y ~ x + (1 | g)", "-") == 0
    assert "Formula: y ~ x + (1 | g)" in capsys.readouterr().out
    monkeypatch.setattr(sys, "stdin", Pipe(rows.head(3).to_csv(index=False)))
    command(monkeypatch, "predict", saved, "-", "--out", "/dev/stdout")
    assert capsys.readouterr().out.count("\n") > 3


def test_tables_that_are_no_text_come_through_standard_input(monkeypatch, capsys, tmp_path):
    from bayesmm.cli.tables import read_file

    rows = pd.DataFrame({"y": [1.5, 2.0], "g": ["a", "b"]})
    for ending, write_as in (("parquet", "to_parquet"), ("arrow", "to_feather"),
                             ("xlsx", "to_excel"), ("csv", "to_csv")):  # fmt: skip
        path = tmp_path / f"rows.{ending}"
        options = {} if ending in ("parquet", "arrow") else {"index": False}
        getattr(rows, write_as)(path, **options)
        with path.open(encoding="latin-1") as file, monkeypatch.context() as changed:
            changed.setattr(sys, "stdin", file)  # read through its buffer
            pd.testing.assert_frame_equal(read_file(Path("-")), rows, check_dtype=False)
