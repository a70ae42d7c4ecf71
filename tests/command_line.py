"""Running the command line in the process of the tests."""

import sys

import pytest

from bayesmm import cli

__all__ = ["command"]


def command(monkeypatch: pytest.MonkeyPatch, *arguments: object) -> int:
    """Run ``bayesmm`` with these arguments; return its exit code."""
    monkeypatch.setattr(sys, "argv", ["bayesmm", *map(str, arguments)])
    with pytest.raises(SystemExit) as stop:
        cli.main()
    return stop.value.code or 0
