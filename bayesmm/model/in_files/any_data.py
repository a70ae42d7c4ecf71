"""The design of a model, wherever the rows of its data are."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from bayesmm.family.record import Family
from bayesmm.formula.formulas import FormulaText
from bayesmm.model.build import build_design
from bayesmm.model.cell_blocks import AddRows
from bayesmm.model.design import Design
from bayesmm.model.frames import column_names
from bayesmm.model.in_files.table_source import TableSource
from bayesmm.owned import copied_frame
from bayesmm.verbs import Verbs

__all__ = ["design_of_data", "owned_data", "source_of"]

# A frame needs none of these.
_OF_FILES = Verbs(
    build_design="bayesmm.model.in_files.build:build_design_of_files",
    files_of="bayesmm.model.in_files.table_files:files_of",
    other_source="bayesmm.model.in_files.other_sources:other_source",
)
# Rows of a relation that are read into memory.
_FEW = 1_000_000


def source_of(data: Any) -> TableSource | None:
    """Return what reads the rows piece by piece; None for a data frame.

    `data` is as in `bayesmm.fit`.
    """
    if isinstance(data, pd.DataFrame):
        return None
    if isinstance(data, TableSource):
        return data
    return _OF_FILES.files_of(data) or _OF_FILES.other_source(data)


def owned_data(data: Any) -> Any:
    """Return a copy of a data frame that nobody else holds, or what reads the rows piece by piece.

    A relation of DuckDB or a dataframe of Dask of few rows is read into memory, where every
    question is answered.

    `data` is as in `bayesmm.fit`.
    """
    source = source_of(data)
    if source is None:
        column_names(data)  # refuses what is no data frame
        return copied_frame(data)
    from bayesmm.model.in_files.table_files import TableFiles  # noqa: PLC0415  (a frame needs none)

    if isinstance(source, TableFiles) or source.count() > _FEW:
        return source
    return source.frame()


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

    `data` is a frame, or what names files; `add` adds rows to a table of cells, see
    `bayesmm.model.cell_sums`; the rest is as in `build_design`.
    """
    source = source_of(data)
    if source is not None:
        return _OF_FILES.build_design(
            formula, source, family, categorical=categorical, success=success, add=add
        )
    return build_design(formula, data, family, categorical=categorical, success=success)
