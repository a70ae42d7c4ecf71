"""What a saved fit holds of rows in files: which files, sums of their rows, a row for each level.

``data.parquet`` has the rows with every level, as they stand in the files; ``sums.parquet`` all
sums, one after the other in a single column, whose names and shapes are in ``fit.json``. The files
themselves stay where they are: of each the record has its path, its size and when it was changed.
"""

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from bayesmm.errors import DataError, SavedFitError, UnsupportedModelError
from bayesmm.family.record import Family
from bayesmm.model.design import Design
from bayesmm.model.in_files.build import design_of_kept_rows
from bayesmm.model.in_files.table_files import TableFiles
from bayesmm.model.in_files.table_source import TableSource
from bayesmm.saved_folder import DATA, SUMS
from bayesmm.storage.files import checksum
from bayesmm.storage.table_size import refuse_forged_table

__all__ = ["changed_files", "read_rows", "refuse_no_files", "write_rows"]

_VALUE = "value"


def refuse_no_files(data: object) -> None:
    """Raise for rows that are neither in memory nor in files whose paths can be kept."""
    if isinstance(data, TableSource) and not isinstance(data, TableFiles):
        raise UnsupportedModelError(
            "A saved fit names the Parquet files in which its rows are, and these rows are "
            f"{data.label}; write them to Parquet files and fit those."
        )


def write_rows(design: Design, folder: Path) -> dict[str, Any]:
    """Write what is kept of the rows of a design in files.

    They go into ``data.parquet`` and ``sums.parquet``; returned are the parts ``data`` and
    ``files`` of the record.
    """
    import pyarrow as pa  # noqa: PLC0415  (needed for saved fits only)
    from pyarrow import parquet  # noqa: PLC0415

    source = design.source
    examples = source.look.examples
    parquet.write_table(examples, folder / DATA)
    arrays = dict(source.kept(design))
    numbers = np.concatenate([array.ravel() for array in arrays.values()])
    table = pa.table({_VALUE: numbers})
    parquet.write_table(table, folder / SUMS, use_dictionary=False, compression="none")
    return {
        "data": {
            "file": DATA,
            "sha256": checksum(folder / DATA),
            "rows": len(examples),
            "names": examples.column_names,
            "not_kept": [],
        },
        "files": {
            "of": asdict(source.files),
            "sums": {"file": SUMS, "sha256": checksum(folder / SUMS)},
            "arrays": [[name, list(array.shape)] for name, array in arrays.items()],
        },
    }


def read_rows(folder: Path, record: Mapping[str, Any], family: Family) -> tuple[Design, TableFiles]:
    """Return the design of rows in files, and these, from what `write_rows` wrote.

    The checksums of the folder are right.
    """
    from pyarrow import parquet  # noqa: PLC0415

    data, kept = record["data"], record["files"]
    sizes = [int(np.prod(shape, dtype=object)) for _, shape in kept["arrays"]]
    refuse_forged_table(folder / DATA, data["rows"], data["names"])
    refuse_forged_table(folder / SUMS, sum(sizes), [_VALUE])
    numbers = parquet.read_table(folder / SUMS).column(_VALUE).to_numpy()
    parts = np.split(numbers, np.cumsum(sizes)[:-1])
    arrays = {
        name: part.reshape(shape) for (name, shape), part in zip(kept["arrays"], parts, strict=True)
    }
    files = TableFiles(**{name: _tuples(value) for name, value in kept["of"].items()})
    design = design_of_kept_rows(
        record["formula"],
        files,
        family,
        parquet.read_table(folder / DATA),
        arrays,
        categorical=record["categorical"],
        success=record["success"],
        notes=record["design"]["notes"],
    )
    if design.n_obs != record["design"].get("n_obs"):
        raise SavedFitError(f"'{folder}' is damaged: its sums are those of other rows.")
    return design, files


def changed_files(files: TableFiles) -> str:
    """Return in a sentence that rows can no longer be read; empty when they can."""
    try:
        files.refuse_changed()
    except DataError as problem:
        return f"Questions that read rows are refused: {problem}"
    return ""


def _tuples(value: Any) -> Any:
    return tuple(map(_tuples, value)) if isinstance(value, list) else value
