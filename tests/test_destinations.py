"""Results never replace a saved fit or files of others; a fit that was sampled is never lost."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import command
from saved_fits import CASES, example_data, fit_of

import bayesmm
from bayesmm import api
from bayesmm.errors import UsageError
from bayesmm.fitted import Fit
from bayesmm.output import write_results
from bayesmm.writing import write_whole

FORMULA = "y ~ x + (1 | g) + (0 + x | g) + (1 | h)"


@pytest.fixture(scope="module")
def fit():
    return fit_of(CASES["crossed"])


@pytest.fixture
def place(fit, tmp_path, monkeypatch):
    """Work beside a saved fit and a file of data, with an engine that samples nothing."""
    monkeypatch.chdir(tmp_path)
    fit.save("saved")
    example_data().to_csv("data.csv", index=False)
    sampled = []
    monkeypatch.setattr(api, "fit", lambda *_, **__: sampled.append(1) or fit)
    monkeypatch.setattr(Fit, "report", lambda _, path, **__: write_whole(path, "<html>"))
    return sampled


def fitted(monkeypatch, *options):
    return command(monkeypatch, "fit", FORMULA, "data.csv", "-q", *options)


REFUSED = {
    "tables in a saved fit": ["--out", "saved"],
    "both in one folder": ["--out", "new", "--save", "new"],
    "both in one folder, said otherwise": ["--out", "new/../new/", "--save", "./new"],
    "a name that is taken": ["--save", "saved"],
    "JSON in place of the record": ["--json", "saved/fit.json"],
    "JSON in place of the draws": ["--json", "saved/draws.zarr/zarr.json"],
    "JSON in a fit that will be": ["--save", "new", "--json", "new/fit.json"],
    "JSON in place of the data": ["--json", "data.csv"],
    "two results in one file": ["--json", "a.html", "--report", "a.html"],
    "tables over files of others": ["--out", "theirs"],
    "a report in a saved fit": ["--report", "saved/draws.zarr/x.html"],
    "a fit below a file": ["--save", "data.csv/fit"],
    "a name that is too long": ["--save", "x" * 250],
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_before_sampling(monkeypatch, capsys, place, tmp_path, name):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "summary.txt").write_text("of the thesis")
    before = sorted(tmp_path.rglob("*"))
    assert fitted(monkeypatch, *REFUSED[name]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert place == [] and sorted(tmp_path.rglob("*")) == before
    assert bayesmm.load("saved").formula == FORMULA


def test_a_course_model_is_not_saved_where_its_tables_go(monkeypatch, capsys, place):
    code = command(monkeypatch, "run", "complete_pooling", "--save", "results/complete_pooling")
    assert code == 2 and place == []
    assert "cannot both be in" in capsys.readouterr().err


def test_everything_in_its_place_and_again(monkeypatch, place, tmp_path):
    options = ["--out", "r", "--save", "s", "--report", "s/page.html", "--json", "s/all.json"]
    assert fitted(monkeypatch, *options) == 0
    assert fitted(monkeypatch, *options, "--overwrite") == 0
    assert bayesmm.load("s").formula == FORMULA
    assert (tmp_path / "s" / "page.html").exists() and (tmp_path / "s" / "all.json").exists()
    assert json.loads((tmp_path / "r" / "results.json").read_text())["formula"] == FORMULA
    assert not any(p.name.startswith(".") for p in tmp_path.rglob("*"))


def test_a_name_that_is_taken_while_it_samples_loses_nothing(monkeypatch, capsys, place, fit):
    monkeypatch.setattr(api, "fit", lambda *_, **__: fit.save("new") and fit)
    assert fitted(monkeypatch, "--save", "new", "--out", "r") == 2
    message = capsys.readouterr().err
    assert "was saved in 'new-" in message and "holds a saved fit" in message
    other = message.partition("saved in '")[2].partition("'")[0]
    assert bayesmm.load(other).formula == FORMULA
    assert os.path.exists("r/results.json")


def test_the_fit_is_saved_before_anything_is_made_of_it(monkeypatch, place):
    def fault(*_):
        raise RuntimeError("a table that cannot be made")

    monkeypatch.setattr(Fit, "summary", fault)
    assert command(monkeypatch, "fit", FORMULA, "data.csv", "--save", "new") == 1
    assert bayesmm.load("new").formula == FORMULA


@pytest.mark.parametrize(
    "arguments",
    [
        ["predict", "saved", "--out", "saved/data.parquet"],
        ["predict", "saved", "data.csv", "--out", "data.csv"],
        ["predict", "saved", "--out", "a.csv", "--json", "a.csv"],
        ["plot", "saved", "trace", "--out", "saved/fit.json"],
        ["plot", "saved", "trace", "--out", "saved/draws.zarr/a.png"],
        ["summary", "saved", "--json", "saved/fit.json"],
        ["report", "saved", "--out", "saved/draws.zarr/a.html"],
        ["check", "saved", "--json", "saved/fit.json"],
    ],
    ids=lambda a: " ".join(a)[:40],
)
def test_commands_that_ask_a_fit_do_not_damage_it(monkeypatch, capsys, place, arguments):
    data = Path("data.csv").read_bytes()
    assert command(monkeypatch, *arguments) == 2
    assert "name another" in capsys.readouterr().err.splitlines()[-1]
    assert bayesmm.load("saved").formula == FORMULA and Path("data.csv").read_bytes() == data


def test_tables_from_python_are_not_written_into_a_saved_fit(place, fit, tmp_path):
    with pytest.raises(UsageError, match="holds a saved fit"):
        write_results(fit, tmp_path / "saved")


def test_a_file_is_replaced_in_one_step(tmp_path, monkeypatch):
    target, link = tmp_path / "a.csv", tmp_path / "link"
    target.write_text("before")
    target.chmod(0o600)
    link.symlink_to("a.csv")

    def full(_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr("bayesmm.writing.os.fsync", full)
        with pytest.raises(UsageError, match="No space left on device"):
            write_whole(link, "after")
    assert target.read_text() == "before"
    write_whole(link, "after")
    assert link.is_symlink() and target.read_text() == "after"
    assert target.stat().st_mode & 0o777 == 0o600
    write_whole(os.devnull, "nothing")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.csv", "link"]


# --- standard output -----------------------------------------------------------------------------

STREAMS = {
    "full": ("--version > /dev/full", 2, "standard output cannot be written: No space left"),
    "help on a full disk": ("--help > /dev/full", 2, "standard output cannot be written"),
    "closed": ("--help >&-", 0, ""),
    "both closed": ("--help >&- 2>&-", 0, ""),
    "a reader who has seen enough": ("--help | true; exit ${PIPESTATUS[0]}", 0, ""),
    "a full standard error": ("nonsense 2> /dev/full", 2, ""),
    "a mistake on a full disk": ("summary nowhere > /dev/full", 2, "does not exist"),
}


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("name", STREAMS)
def test_standard_output_that_is_closed_or_full(tmp_path, name):
    arguments, code, words = STREAMS[name]
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m bayesmm {arguments}"],
        capture_output=True, text=True, check=False, cwd=tmp_path,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert words in done.stderr and "fault" not in done.stderr and "Traceback" not in done.stderr
    assert done.stderr.count("\n") == bool(words)


def test_a_fit_is_written_though_standard_output_is_full(monkeypatch, place, tmp_path):
    with open("/dev/full", "w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert command(monkeypatch, "fit", FORMULA, "data.csv", "--save", "s", "--out", "r") == 2
    assert bayesmm.load("s").formula == FORMULA
    assert (tmp_path / "r" / "summary.txt").exists()
