"""Results as files: tables as CSV, the page as text, one JSON object."""

import json
from pathlib import Path

import pandas as pd

from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.results.tables.compare_ml import compare_ml
from bayesmm.results.tables.fixef import fixef
from bayesmm.results.tables.json_output import to_json
from bayesmm.results.tables.moments import PROB
from bayesmm.results.tables.ranef import ranef
from bayesmm.results.tables.summary import summarise
from bayesmm.results.tables.varcorr import varcorr
from bayesmm.saved_folder import RECORD, is_saved_fit
from bayesmm.writing import refuse_file, write_whole

__all__ = ["marked_labels", "refuse_results", "write_csv", "write_results"]

RESULTS = "results.json"
_FILES = (
    "summary.txt", "diagnostics.txt", RESULTS, "fixef.csv", "varcorr.csv", "ranef.csv",
    "compare_ml.csv", "priors.csv",
)  # fmt: skip
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
    write_whole(path, safe.to_csv(index=False))
    return marked


def refuse_results(folder: Path) -> None:
    """Raise when tables in a folder would stand in a saved fit, or replace files of others.

    That is when it is a saved fit, or has a file of such a name that no fit wrote.
    """
    if is_saved_fit(folder):
        raise UsageError(
            f"'{folder}' holds a saved fit; name another folder for the tables (--out)."
        )
    taken = [name for name in _FILES if refuse_file(folder / name).exists()]
    if taken and not any(_is_results(folder / name) for name in (RESULTS, RECORD)):
        raise UsageError(
            f"'{folder}' has a file {taken[0]} that was not written by bayesmm; name another "
            "folder for the tables (--out)."
        )


def _is_results(path: Path) -> bool:
    try:
        written = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return False
    return isinstance(written, dict) and {"formula", "fixef", "diagnostics"} <= set(written)


def write_results(fit: FitRecord, folder: Path, prob: float = PROB) -> int:
    """Write the page and the tables of a fit into a folder.

    ``summary.txt``, ``fixef.csv``, ``varcorr.csv``, ``ranef.csv``, ``compare_ml.csv``,
    ``priors.csv``, ``diagnostics.txt`` and ``results.json``; numbers unrounded.

    Returns how many labels of the CSV files stand after an apostrophe; see `write_csv`.
    """
    refuse_results(folder)
    tables = {
        "fixef": fixef(fit, prob),
        "varcorr": varcorr(fit, prob),
        "priors": fit.priors.table(),
    }
    if fit.design.blocks:
        tables["ranef"] = ranef(fit, prob)
    if fit.ml is not None:
        tables["compare_ml"] = compare_ml(fit)
    texts = {
        "summary.txt": str(summarise(fit, prob)),
        "diagnostics.txt": str(fit.diagnostics),
        RESULTS: to_json(fit, prob=prob),
    }
    for name, text in texts.items():
        write_whole(folder / name, text + "\n")
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
