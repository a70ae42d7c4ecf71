"""Every block of code on the pages of docs/ runs in its order and prints what the page shows."""

import contextlib
import math
import os
import re
import sys
from pathlib import Path
from unittest import mock

import pytest

from notebooks.claims import verify
from notebooks.sentences import CLAIMS

sys.path.insert(0, str(Path(__file__).parents[1] / "docs"))

import run_pages

PAGES = run_pages.pages()
_NUMBER = re.compile(r"(?<![\w.])-?\d[\d,]*\.?\d*(?:e[-+]?\d+)?(?!\w)")


def words(text: str) -> list[str]:
    """Return what is said without numbers, which depend on the machine's last bits."""
    return _NUMBER.sub("#", text).split()


def numbers(text: str) -> list[float]:
    return [float(number.replace(",", "")) for number in _NUMBER.findall(text)]


def alike(now: float, shown: float) -> bool:
    """Return whether two runs may differ so: means and quantiles of 4,000 draws to a tenth.

    Of numbers above 1,000, many of which are effective sample sizes, to a third.
    """
    relative = 0.1 if abs(shown) < 1000 else 0.33
    return math.isclose(now, shown, rel_tol=relative, abs_tol=0.15)


def check_page(name: str, folder: Path) -> None:
    scope: dict = {}
    # a page is written 100 columns wide; other tests may leave another width behind
    with contextlib.chdir(folder), mock.patch.dict(os.environ, {"COLUMNS": "100"}):
        for block, printed in run_pages.executed(PAGES[name].read_text(encoding="utf-8"), scope):
            if block.shown is not None:
                assert words(printed) == words(block.shown), block.code
                pairs = list(zip(numbers(printed), numbers(block.shown), strict=True))
                assert [pair for pair in pairs if not alike(*pair)] == [], block.code
        verify(CLAIMS.get(PAGES[name].stem, ()), scope)


def test_the_first_page_runs(tmp_path):
    check_page("index.md", tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("name", [name for name in PAGES if name != "index.md"])
def test_the_page_runs_and_prints_what_it_shows(name, tmp_path):
    check_page(name, tmp_path)


def test_pages_that_run_elsewhere_are_there():
    root = run_pages.FOLDER.parent
    for name, test in run_pages.ELSEWHERE.items():
        assert (run_pages.FOLDER / name).exists(), name
        assert (root / test).exists(), test
    assert {"tasks.md", "tutorials/five_minutes.md", "how_to/divergences.md"} <= set(PAGES)


def test_twenty_tasks():
    text = PAGES["tasks.md"].read_text(encoding="utf-8")
    headings = re.findall(r"^## (\d+)\. ", text, re.MULTILINE)
    assert list(map(int, headings)) == list(range(1, 21))
    for section in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        assert re.search(r"^\*.+\*$", section, re.MULTILINE), f"no path: {section[:60]}"
        assert "```python" in section or "```sh" in section


def test_shown_output_is_never_empty():
    for name, path in PAGES.items():
        for block in run_pages.blocks(path.read_text(encoding="utf-8")):
            assert block.shown is None or block.shown.strip(), f"{name}: {block.code}"


def test_every_fence_has_a_language_that_is_run_or_is_known():
    known = {"python", "sh", "text", "{toctree}", "{eval-rst}", "r", ""}
    for path in run_pages.FOLDER.rglob("*.md"):
        fences = re.findall(r"^```(.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        assert set(fences) <= known, path


PAGE = """
```python
a = 2
print(a * 3)
```

```text
6
```

Words.

```sh
pip install uv
bayesmm --version   # a remark
```

Words between, so that this is no output:

```text
9
```
"""


def test_blocks_and_their_output():
    first, second = run_pages.blocks(PAGE)
    assert first.shown == "6\n" and second.shown is None
    (_, sum_printed), (_, version_printed) = run_pages.executed(PAGE, {})
    assert sum_printed == "6\n"
    assert version_printed.startswith("bayesmm ")
    stale = PAGE.replace("6\n", "5\n")
    assert run_pages.written_anew(stale) == PAGE


def test_a_line_that_is_not_listed_is_refused(tmp_path):
    with pytest.raises(ValueError, match="rm file"):
        list(run_pages.executed("```sh\nrm file\n```\n", {}))
    with pytest.raises(RuntimeError, match="left with 2"):
        list(run_pages.executed("```sh\nbayesmm summary nothing\n```\n", {}))


def test_what_differs_is_seen():
    assert words("mean 1.02 e") == words("mean 1.20 e")
    assert not alike(1.0, 1.3) and alike(1.0, 1.1) and alike(3000.0, 2500.0)
    assert numbers("p 1.17e-17, x 4,000") == [1.17e-17, 4000.0]
