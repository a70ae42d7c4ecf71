"""The README's code runs and prints the page that it shows."""

import io
import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from command_line import command

import bayesmm
from notebooks.claims import verify
from notebooks.sentences import CLAIMS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def lines(text: str) -> list[str]:
    """Return the lines without numbers, which depend on the machine's last bits."""
    return [re.sub(r"-?[\d.,]+", "#", line).split() for line in text.strip().splitlines()]


def numbers(text: str) -> list[float]:
    """Return the numbers of the tables of a summary."""
    tables = text[text.index("Group effects") : text.index("lower, upper:")]
    return [float(number) for number in re.findall(r"-?\d+\.?\d*", tables)]


def test_the_code_prints_the_page_and_writes_the_files(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    first, *others = re.findall(r"```python\n(.*?)```", README, re.S)
    shown = re.search(r"```text\n(.*?)```", README, re.S)[1]
    names = {}
    exec(first, names)
    printed = capsys.readouterr().out
    assert lines(printed) == lines(shown)
    # of 4,000 draws: quantiles of an sd to a few per cent, an effective sample size to a third
    pairs = zip(numbers(printed), numbers(shown), strict=True)
    for now, there in pairs:
        assert now == pytest.approx(there, rel=0.07 if abs(there) < 1000 else 0.33, abs=0.1)
    for code in others:
        exec(code, names)
    verify(CLAIMS["README"], names)
    for written in ("shrinkage.png", "effects.png", "sleepstudy.html", "sleepstudy/fit.json"):
        assert (tmp_path / written).stat().st_size > 1000


def test_every_link_and_picture_is_there():
    targets = re.findall(r"\]\(([^)]+)\)", README)
    assert len(targets) > 5
    for target in targets:
        assert (ROOT / target).exists(), target


def commands() -> list[str]:
    """Return the lines of the shell that call bayesmm, in their order, without remarks."""
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S))
    lines = [line.partition("  #")[0].strip() for line in shell.splitlines()]
    return [line for line in lines if line.startswith("bayesmm ")]


@pytest.mark.slow
def test_every_line_of_the_shell_runs_in_order(monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    rows = bayesmm.load_data("sleepstudy")
    rows.to_csv("data.csv", index=False)
    rows.head(10).assign(Subject="somebody").drop(columns="Reaction").to_csv("new.csv", index=False)
    trial = pd.DataFrame({"arm": ["treated", "control"] * 20, "age": np.arange(40.0)})
    trial.to_csv("trial.csv", index=False)
    assert len(commands()) > 15
    for line in commands():
        _, *arguments = shlex.split(line)
        if "<" in arguments:
            sent = Path(arguments.pop())
            arguments.remove("<")
            monkeypatch.setattr("sys.stdin", io.StringIO(sent.read_text()))
        code = command(monkeypatch, *arguments)
        shown = capsys.readouterr()
        # check leaves with 3 when the model has a problem, which is an answer
        assert code == 0 or (code == 3 and arguments[0] == "check"), (line, shown.err)
        assert shown.out or shown.err, line
    for written in ("slopes.html", "pooling.png", "predicted.csv", "results/fixef.csv",
                    "slopes/fit.json", "levels/fit.json"):  # fmt: skip
        assert (tmp_path / written).stat().st_size > 100


def test_every_command_exists():
    from bayesmm.cli import app

    known = {command.callback.__name__ for command in app.registered_commands}
    known |= {group.name for group in app.registered_groups}
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.S))
    used = set(re.findall(r"bayesmm (\w+)", shell))
    assert used <= known
    assert {"fit", "explain", "run", "models"} <= used
