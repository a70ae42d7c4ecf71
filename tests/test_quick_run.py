"""What the quick run leaves out is named by tests and cases that exist.

A test that is renamed would otherwise come back into the quick run without a word, and a case that
is renamed would leave it.
"""

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from quick_run import QUICK_CASES, is_slow

FOLDER = Path(__file__).parent


def collected() -> list[str]:
    """Return the tests of the files that are named, as pytest finds them."""
    files = sorted({name.partition("::")[0] for name in QUICK_CASES})
    page = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "-n", "0",
         "-m", "slow or not slow", *files],
        cwd=FOLDER, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return [line.removeprefix("tests/") for line in page.splitlines() if "::" in line]


def functions(file: str) -> set[str]:
    tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_every_test_that_is_named_exists():
    for name in QUICK_CASES:
        file, _, test = name.partition("::")
        assert test in functions(file), f"{name} is renamed or removed: name it anew in quick_run"


@pytest.mark.slow
def test_every_case_that_is_named_exists():
    found = collected()
    for name, quick in QUICK_CASES.items():
        cases = [line.partition("[")[2] for line in found if line.partition("[")[0] == name]
        unknown = [case for case in quick if not any(c.startswith(case) for c in cases)]
        assert not unknown, f"{name} has no case {unknown}"
        assert any(map(is_slow, (f"tests/{name}[{case}" if case else f"tests/{name}"
                                 for case in cases))), f"nothing of {name} is slow"  # fmt: skip
