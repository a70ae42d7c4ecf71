"""How the package is cited."""

import re
import tomllib
from pathlib import Path

import pytest

import bayesmm
from bayesmm.citation import AUTHORS, TITLE, YEAR
from bayesmm.errors import UsageError

ROOT = Path(__file__).parents[1]
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]


def test_the_file_says_what_the_function_says():
    file = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    for line in (f'title: "{TITLE}"', f"version: {VERSION}", f'  - name: "{AUTHORS}"'):
        assert f"\n{line}\n" in file
    shown = repr(bayesmm.cite())
    assert f"{AUTHORS} ({YEAR}). {TITLE}, version {VERSION}." in shown


def test_both_styles_name_the_same_work():
    text, entries = bayesmm.cite(), bayesmm.cite("bibtex")
    assert entries.count("{") == entries.count("}")
    dois = re.findall(r"doi = \{(.*?)\}", entries)
    assert len(dois) >= 4 and all(f"doi:{doi}" in text for doi in dois)
    assert "Hoffman and Gelman (2014)" in text and "Vehtari, Gelman and Gabry (2017)" in text
    assert "Vehtari et al. (2021)" in text and "{" not in text
    assert entries.startswith("@software{bayesmm,")
    with pytest.raises(UsageError, match=r"style is 'apa'\. Possible: text, bibtex"):
        bayesmm.cite("apa")
