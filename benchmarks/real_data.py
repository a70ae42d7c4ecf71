"""The data sets of R's lme4, exported to a folder of this process and its children.

They are licensed under the GPL: read where R has them, never stored with bayesmm.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

__all__ = ["exported_data", "has_r_package", "read_exported"]

FOLDER_VARIABLE = "BAYESMM_BENCHMARK_DATA"

_EXPORT = """
suppressMessages(library(lme4))
save <- function(data, name) write.csv(data, file.path(commandArgs(TRUE)[1], name), row.names = FALSE)
VerbAgg$r2 <- as.integer(VerbAgg$r2 == "Y")
save(VerbAgg[c("r2", "resp", "Anger", "Gender", "btype", "situ", "id", "item")], "verbagg.csv")
save(InstEval[c("y", "service", "s", "d", "dept")], "insteval.csv")
save(grouseticks[c("TICKS", "YEAR", "cHEIGHT", "INDEX", "BROOD", "LOCATION")], "grouseticks.csv")
"""  # noqa: E501

_FACTORS = ("id", "item", "service", "s", "d", "dept", "YEAR", "INDEX", "BROOD", "LOCATION")


def has_r_package(package: str) -> bool:
    """Return whether R is here and has a package."""
    if shutil.which("Rscript") is None:
        return False
    query = f"quit(status = !nzchar(system.file(package = '{package}')))"
    asked = subprocess.run(["Rscript", "-e", query], capture_output=True, check=False)
    return asked.returncode == 0


@contextmanager
def exported_data() -> Iterator[bool]:
    """Export lme4's data to a temporary folder; yield whether R could."""
    if not has_r_package("lme4"):
        yield False
        return
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "export.R"
        script.write_text(_EXPORT, encoding="utf-8")
        subprocess.run(["Rscript", str(script), folder], check=True, capture_output=True)
        os.environ[FOLDER_VARIABLE] = folder
        try:
            yield True
        finally:
            del os.environ[FOLDER_VARIABLE]


def read_exported(name: str) -> pd.DataFrame:
    """Return a data set that `exported_data` has written, groupings as strings."""
    folder = os.environ.get(FOLDER_VARIABLE)
    if folder is None:
        raise RuntimeError(f"'{name}' is exported from R's lme4, which is not at hand.")
    header = pd.read_csv(Path(folder) / f"{name}.csv", nrows=0).columns
    return pd.read_csv(
        Path(folder) / f"{name}.csv", dtype={c: "str" for c in header if c in _FACTORS}
    )
