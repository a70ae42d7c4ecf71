"""Every line of docs/FOR_R_USERS.md runs."""

import re
from pathlib import Path

import pandas as pd

import bayesmm
from notebooks.claims import verify
from notebooks.sentences import CLAIMS

PAGE = (Path(__file__).parents[1] / "docs" / "FOR_R_USERS.md").read_text(encoding="utf-8")


def right_column() -> list[str]:
    """Return the code of the right column; a pipe inside a cell is written with a backslash."""
    lines = []
    for row in PAGE.splitlines():
        cells = re.split(r"(?<!\\)\|", row)
        code = re.fullmatch(r"\s*`(.+)`\s*", cells[2]) if len(cells) == 4 else None
        if code and code[1] != "bayesmm":
            lines.append(code[1].replace("\\|", "|"))
    return lines


def test_every_line_runs_and_the_sentences_are_true(capsys):
    scope: dict = {}
    exec(re.search(r"```python\n(.*?)```", PAGE, re.S)[1], scope)
    lines = right_column()
    assert len(lines) >= 35
    for line in lines:
        exec(line, scope)
    printed = capsys.readouterr().out
    assert "Common effects" in printed
    assert isinstance(scope["fit"], bayesmm.Fit)
    verify(CLAIMS["FOR_R_USERS"], scope)
    assert isinstance(eval("ancova.contrasts('Dose').table", scope), pd.DataFrame)
