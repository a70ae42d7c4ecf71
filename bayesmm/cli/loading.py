"""A saved fit for a command, and the exit code that its draws deserve."""

from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import typer

from bayesmm.cli.screen import note
from bayesmm.waiting import waiting

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["leave_with", "libraries", "loaded"]


def libraries() -> ModuleType:
    """Return `bayesmm.api`, imported now: `--help` needs none of it."""
    with waiting("loading libraries"):
        return import_module("bayesmm.api")


def loaded(folder: Path) -> "Fit":
    """Return a saved fit; what differs here from when it was saved is told."""
    fit = libraries().load(folder)
    for sentence in fit.loaded[1:]:
        note(f"bayesmm: {sentence}")
    return fit


def leave_with(fit: "Fit") -> None:
    """Leave with 3 when the draws are not to be used, whatever was made of them."""
    found = fit.diagnostics
    if found.findings:
        from bayesmm.sampling.diagnostics_text import verdict  # noqa: PLC0415

        note(f"bayesmm: {fit.formula}: {verdict(found.checks)}")
    if not found.ok:
        raise typer.Exit(3)
