"""The tables of docs/how_to/from_*.md: both columns run, as far as they are Python, and agree."""

import re
import warnings
from pathlib import Path

import numpy as np
import pytest

import bayesmm

FOLDER = Path(__file__).parents[1] / "docs" / "how_to"


def page(name: str) -> str:
    return (FOLDER / f"{name}.md").read_text(encoding="utf-8")


def scope_of(text: str) -> dict:
    """Return the names that the first block of a page makes."""
    scope: dict = {}
    exec(re.search(r"```python\n(.*?)```", text, re.S)[1], scope)
    return scope


def rows(text: str) -> list[tuple[str, str]]:
    """Return the code of both columns; what stands in parentheses after it is a remark."""
    found = []
    for line in text.splitlines():
        cells = re.split(r"(?<!\\)\|", line)
        if len(cells) != 4 or "`" not in line:
            continue
        left = ", ".join(re.findall(r"`([^`]+)`", cells[1]))
        right = re.fullmatch(r"\s*`(.+)`\s*", cells[2])
        assert right, f"no code alone: {cells[2]}"
        found.append((left.replace("\\|", "|"), right[1].replace("\\|", "|")))
    return found


@pytest.mark.slow
def test_glmmtmb():
    text = page("from_glmmtmb")
    scope = scope_of(text)
    lines = rows(text)
    assert len(lines) >= 15
    for _, ours in lines:
        exec(ours, scope)
    exec(re.findall(r"```python\n(.*?)```", text, re.S)[1], scope)
    assert scope["nb"].design.family.name == "negativebinomial"
    assert scope["zi"].design.family.name == "zero_inflated_negativebinomial"


def test_statsmodels_and_its_numbers():
    text = page("from_statsmodels")
    scope = scope_of(text)
    for theirs, ours in rows(text):
        with warnings.catch_warnings():
            # statsmodels warns of its own optimiser and of pandas; the estimates are compared below
            warnings.simplefilter("ignore")
            exec(theirs, scope)
        exec(ours, scope)
    for theirs, ours in [("lm", "m_lm"), ("glm", "m_glm"), ("counts", "m_counts"),
                         ("lmm", "m_lmm"), ("both", "m_both")]:  # fmt: skip
        table = scope[ours].fixef()
        found = scope[theirs]
        n = len(table)
        # its searches stop at gradients of 1e-4 or so: a hundredth of a standard error
        error = np.abs(np.asarray(found.params)[:n] - table["estimate"].to_numpy())
        assert (error < 0.01 * np.asarray(found.bse)[:n]).all(), (theirs, table)
    sd = scope["m_lmm"].varcorr().query("grp == 'Subject'")["sdcor"].iloc[0]
    assert sd**2 == pytest.approx(scope["lmm"].cov_re.iloc[0, 0], rel=1e-3)
    assert scope["m_lmm"].loglik == pytest.approx(scope["lmm"].llf, abs=1e-3)


@pytest.mark.slow
def test_bambi_on_our_side():
    text = page("from_bambi")
    scope = scope_of(text)
    lines = rows(text)
    assert len(lines) >= 10
    for _, ours in lines:
        exec(ours, scope)
    assert isinstance(scope["glmm"], bayesmm.Fit)


@pytest.mark.slow
def test_bambi_on_its_side():
    text = page("from_bambi")
    scope = scope_of(text)
    for theirs, _ in rows(text):
        with warnings.catch_warnings():
            # its draws are too few to be judged, on purpose; it and ArviZ say so
            warnings.simplefilter("ignore")
            exec(theirs, scope)
    assert scope["idata"].posterior.sizes["draw"] == 100
