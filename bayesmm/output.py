"""Results as files: tables as CSV, the page as text, one JSON object."""

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from bayesmm.errors import UsageError

if TYPE_CHECKING:
    from bayesmm.fitted import Fit

__all__ = ["marked_labels", "write_csv", "write_results"]

# With these a spreadsheet takes a cell for a formula, and computes it.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_csv(table: pd.DataFrame, path: Path) -> int:
    """Write a table as CSV, numbers unrounded; return how many labels and names were marked.

    What a spreadsheet would take for a formula (``=1+1``, ``@x``, ``+x``, ``-x``), in a cell or as
    the name of a column, stands after an apostrophe, by which spreadsheets know text. Numbers are
    numbers.
    """
    safe = table.copy()
    safe.columns = [f"'{name}" if _is_formula(name) else name for name in table.columns]
    marked = sum(map(_is_formula, table.columns))
    for k in range(table.shape[1]):
        series = table.iloc[:, k]
        if pd.api.types.is_numeric_dtype(series.dtype):
            continue
        cells = series.tolist()
        labels = [f"'{cell}" if _is_formula(cell) else cell for cell in cells]
        changed = sum(a is not b for a, b in zip(labels, cells, strict=True))
        if changed:
            safe.isetitem(k, pd.Series(labels, index=table.index, dtype=object))
            marked += changed
    _writing(path, safe.to_csv(index=False))
    return marked


def write_results(fit: "Fit", folder: Path) -> int:
    """Write the page and the tables of a fit into a folder.

    ``summary.txt``, ``fixef.csv``, ``varcorr.csv``, ``ranef.csv``, ``compare_ml.csv``,
    ``priors.csv``, ``diagnostics.txt`` and ``fit.json``; numbers unrounded.

    Returns
    -------
    int
        How many labels of the CSV files stand after an apostrophe; see `write_csv`.
    """
    tables = {
        "fixef": fit.fixef(),
        "varcorr": fit.varcorr(),
        "priors": fit.priors.table(),
    }
    if fit.design.blocks:
        tables["ranef"] = fit.ranef()
    if fit.ml is not None:
        tables["compare_ml"] = fit.compare_ml()
    texts = {
        "summary.txt": str(fit.summary()),
        "diagnostics.txt": str(fit.diagnostics),
        "fit.json": fit.to_json(),
    }
    for name, text in texts.items():
        _writing(folder / name, text + "\n")
    return sum(write_csv(table, folder / f"{name}.csv") for name, table in tables.items())


def marked_labels(marked: int) -> list[str]:
    """Return what to tell of the labels that `write_csv` marked; nothing when it marked none."""
    if not marked:
        return []
    return [
        f"{marked} labels begin as a formula of a spreadsheet does; in a CSV file they stand after "
        "an apostrophe."
    ]


def _is_formula(cell: object) -> bool:
    if not isinstance(cell, str) or not cell.startswith(_FORMULA_STARTS):
        return False
    try:
        float(cell)
    except ValueError:
        return True
    return False


def _writing(path: Path, text: str) -> None:
    """Write a text file; its folder is made."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise UsageError(f"'{path}' cannot be written: {problem.strerror or problem}.") from None
