"""Tables for LaTeX and Word: whole, escaped, with the numbers as printed."""

import re
import shutil
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from saved_fits import CASES, fit_of

from bayesmm.errors import UsageError
from bayesmm.html.frame import frame_table
from bayesmm.result_table import result_table

NASTY = (
    r"50 % & more_or $less$ #1 {x} ~ y ^2 \cmd",
    "Realschule Köln-Mülheim <b> |g \"said\" 'it' `so`",
    "(-5.0, -0.3] × β² ≤ Δx λ Ω ο Μ",
    "[first",
    "*star",
)
DOCUMENT = r"""\documentclass{article}
\usepackage[utf8]{inputenc}
\usepackage{booktabs}
\begin{document}
%s
\end{document}
"""


@pytest.fixture(scope="module")
def table():
    n = len(NASTY)
    frame = pd.DataFrame({"term_1": NASTY, "mean": np.linspace(-1, 1, n), "sd": 0.1})
    frame = frame.assign(lower=frame["mean"] - 0.2, upper=frame["mean"] + 0.2, n_obs=7)
    return result_table(frame, "A title & more", 0.9)


def rows_of(latex):
    """Return the cells of the lines between the rules, the header first."""
    body = latex[latex.index(r"\toprule") : latex.index(r"\bottomrule")]
    lines = [line for line in body.splitlines() if line.endswith(r" \\")]
    return [re.split(r"(?<!\\) & ", line.removesuffix(r" \\")) for line in lines]


@pytest.mark.parametrize("name", ["names with strokes", "intervals", "zero inflated"])
def test_latex_has_every_row_column_and_number(name):
    fit = fit_of(CASES[name])
    for found in (fit.fixef(), fit.ranef(), fit.varcorr(), fit.avg_predictions().table):
        shown = frame_table(found, most=len(found))
        header, *rows = rows_of(found.to_latex())
        assert [cell.replace(r"\_", "_") for cell in header] == list(shown.header)
        assert len(rows) == len(found)
        for cells, expected in zip(rows, shown.rows, strict=True):
            for k in shown.right:
                assert cells[k].replace("$-$", "-") == expected[k]
        assert "lower" in header and "upper" in header
        assert r"95 \% equal-tailed intervals" in found.to_latex()


def test_names_are_text_and_no_command(table):
    latex = table.to_latex(label="tab:one")
    assert r"\caption{A title \& more, 90 \% equal-tailed intervals}" in latex
    assert r"\label{tab:one}" in latex
    cells = [row[0] for row in rows_of(latex)[1:]]
    assert cells[0] == (
        r"50 \% \& more\_or \$less\$ \#1 \{x\} \textasciitilde{} y \textasciicircum{}2 "
        r"\textbackslash{}cmd"
    )
    assert cells[3:] == ["{[}first", "{*}star"]
    assert r"\ensuremath{\beta}\textsuperscript{2}" in cells[2]
    assert table.to_latex(caption="").startswith(r"\begin{tabular}")
    assert r"\caption{Mine}" in table.to_latex(caption="Mine")


def test_a_file_of_latex(table, tmp_path):
    text = table.to_latex(tmp_path / "deep" / "table.tex")
    assert (tmp_path / "deep" / "table.tex").read_text(encoding="utf-8") == text


@pytest.mark.skipif(shutil.which("pdflatex") is None, reason="there is no pdflatex")
def test_latex_compiles(table, tmp_path):
    fit = fit_of(CASES["names with strokes"])
    tables = (table, fit.ranef(), fit.fixef(), table.head(0))
    body = "\n".join(found.to_latex() for found in tables)
    (tmp_path / "page.tex").write_text(DOCUMENT % body, encoding="utf-8")
    done = subprocess.run(
        ["pdflatex", "-halt-on-error", "-interaction=nonstopmode", "page.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Missing character" not in done.stdout


def test_word_has_every_row_column_and_number(table, tmp_path):
    docx = pytest.importorskip("docx")
    document = docx.Document(table.to_docx(tmp_path / "table.docx"))
    assert document.paragraphs[0].text == "A title & more, 90 % equal-tailed intervals"
    (drawn,) = document.tables
    cells = [[cell.text.strip("\u2007\u2008 ") for cell in row.cells] for row in drawn.rows]
    shown = frame_table(table, most=len(table))
    assert cells == [list(shown.header), *map(list, shown.rows)]
    assert all(run.bold for cell in drawn.rows[0].cells for run in cell.paragraphs[0].runs)
    fit = fit_of(CASES["intervals"])
    found = fit.contrasts("bin")
    document = docx.Document(found.to_docx(tmp_path / "other.docx", caption="Mine"))
    assert document.paragraphs[0].text == "Mine"
    assert len(document.tables[0].rows) == len(found.table) + 1


def test_word_says_what_it_needs(table, tmp_path, monkeypatch):
    with pytest.raises(UsageError, match=r"ends in \.docx.*table\.docx'"):
        table.to_docx(tmp_path / "table.doc")
    monkeypatch.setitem(sys.modules, "docx", None)
    with pytest.raises(UsageError, match=r"need python-docx: .*'bayesmm\[word\]'"):
        table.to_docx(tmp_path / "table.docx")
    assert not list(tmp_path.iterdir())


def test_what_pandas_makes_of_a_table_is_written_too(table):
    wide = table.assign(group=["a", "b", "a", "b", "a"]).pivot_table(
        index="group", values=["mean", "sd"], aggfunc=["min", "max"]
    )
    latex = result_table(wide).to_latex()
    header, *rows = rows_of(latex)
    assert len(rows) == 2 and "min mean" in header
