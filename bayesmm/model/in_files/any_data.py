"""The design of a model, wherever the rows of its data are."""

from collections.abc import Sequence
from typing import Any

from bayesmm.family.record import Family
from bayesmm.formula.formulas import FormulaText
from bayesmm.model.build import build_design
from bayesmm.model.cell_lanes import AddRows
from bayesmm.model.design import Design
from bayesmm.model.frames import column_names
from bayesmm.model.in_files.build import build_design_of_files
from bayesmm.model.in_files.table_files import TableFiles, files_of
from bayesmm.owned import copied_frame

__all__ = ["design_of_data", "owned_data"]


def owned_data(data: Any) -> Any:
    """Return a copy of a data frame that nobody else holds, or the files that are named.

    Parameters
    ----------
    data : DataFrame, str, Path, pyarrow.dataset.Dataset or TableFiles
        As in `bayesmm.fit`.
    """
    files = data if isinstance(data, TableFiles) else files_of(data)
    if files is not None:
        return files
    column_names(data)  # refuses what is no data frame
    return copied_frame(data)


def design_of_data(
    formula: FormulaText,
    data: Any,
    family: Family,
    *,
    categorical: str | Sequence[str] = (),
    success: object = None,
    add: AddRows | None = None,
) -> Design:
    """Return the design that a formula makes of a data frame, or of the rows of files.

    Parameters
    ----------
    formula, family, categorical, success
        As in `bayesmm.model.build.build_design`.
    data : DataFrame, str, Path, pyarrow.dataset.Dataset or TableFiles
        A frame, or what names files.
    add : callable, optional
        Adds rows to a table of cells, see `bayesmm.model.cell_sums`.
    """
    files = data if isinstance(data, TableFiles) else files_of(data)
    if files is not None:
        return build_design_of_files(
            formula, files, family, categorical=categorical, success=success, add=add
        )
    return build_design(formula, data, family, categorical=categorical, success=success)
