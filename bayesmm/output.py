"""Results as files: tables as CSV, the page as text, one JSON object."""

from pathlib import Path
from typing import TYPE_CHECKING

from bayesmm.errors import UsageError

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["write_json", "write_results"]


def write_json(fit: "Fit", path: Path) -> None:
    """Write the JSON object of a fit (see ``Fit.to_json``) to a file."""
    _make_folder(path.parent)
    path.write_text(fit.to_json() + "\n", encoding="utf-8")


def write_results(fit: "Fit", folder: Path) -> list[Path]:
    """Write the page and the tables of a fit into a folder; return the files.

    ``summary.txt``, ``fixef.csv``, ``varcorr.csv``, ``ranef.csv``, ``compare_ml.csv``,
    ``priors.csv``, ``diagnostics.txt`` and ``fit.json``; numbers unrounded.
    """
    _make_folder(folder)
    tables = {
        "fixef": fit.fixef(),
        "varcorr": fit.varcorr(),
        "priors": fit.priors.table(),
    }
    if fit.design.blocks:
        tables["ranef"] = fit.ranef()
    if fit.ml is not None:
        tables["compare_ml"] = fit.compare_ml()
    written = []
    for name, table in tables.items():
        path = folder / f"{name}.csv"
        table.to_csv(path, index=False)
        written.append(path)
    for name, text in (("summary", str(fit.summary())), ("diagnostics", str(fit.diagnostics))):
        path = folder / f"{name}.txt"
        path.write_text(text + "\n", encoding="utf-8")
        written.append(path)
    path = folder / "fit.json"
    write_json(fit, path)
    return [*written, path]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as problem:
        raise UsageError(
            f"The folder '{folder}' cannot be made: {problem.strerror or problem}."
        ) from None
