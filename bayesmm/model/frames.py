"""Data frames of several kinds, read column by column without a copy of the rest.

Frames may name their columns by numbers: every frame is read by names as text.
"""

from collections.abc import Iterable

import pandas as pd

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.exact_integers import with_exact_integers
from bayesmm.model.in_files.table_source import TableSource
from bayesmm.model.rows_in_files import NEEDS_ROWS

__all__ = [
    "Columns",
    "as_pandas",
    "column_names",
    "data_kind",
    "index_names",
    "read_columns",
    "reading_notes",
]

type Columns = dict[str, pd.Series]


def column_names(data: object) -> list[str]:
    """Return the names of the columns of a frame, as text.

    The frame may be one of pandas, polars, pyarrow or another library that speaks Arrow. The
    `DataError` about anything else says how to make a frame of it; a table in files has an
    `UnsupportedModelError`, as nothing but fitting reads its rows.
    """
    if isinstance(data, TableSource):
        raise UnsupportedModelError(NEEDS_ROWS)
    if isinstance(data, pd.DataFrame):
        if data.columns.nlevels > 1:
            raise DataError(
                "The columns of the data have several levels; give each one name: "
                "data.columns = ['_'.join(map(str, c)) for c in data.columns]."
            )
        return [str(name) for name in data.columns]
    if hasattr(data, "__arrow_c_stream__") and hasattr(data, "select"):
        return list(data.column_names if hasattr(data, "column_names") else data.columns)
    raise DataError(
        f"The data must be a pandas, polars or pyarrow data frame, not {_kind(data)}. "
        f"{_remedy(data)}"
    )


def read_columns(data: object, names: Iterable[str]) -> Columns:
    """Return the columns `names` of a frame as pandas Series, uncopied where that is possible.

    The names exist; one that belongs to two columns is refused.
    """
    wanted = list(dict.fromkeys(names))
    known = column_names(data)
    for name in wanted:
        if known.count(name) > 1:
            raise DataError(
                f"The data have {known.count(name)} columns named '{name}'; rename all but one."
            )
    if isinstance(data, pd.DataFrame):
        return {name: data.iloc[:, known.index(name)] for name in wanted}
    try:
        chosen = data.select(wanted)
        frame = pd.DataFrame.from_arrow(chosen)
        if any(kind.kind == "f" for kind in frame.dtypes):
            import pyarrow as pa  # noqa: PLC0415

            frame = with_exact_integers(frame, pa.table(chosen))
    except ImportError as error:
        raise DataError(
            f"Reading {_kind(data)} needs the package pyarrow: install it, or give a pandas frame."
        ) from error
    columns = {name: frame[name] for name in wanted}
    for series in columns.values():
        series.attrs["converted"] = hasattr(data, "to_pandas")
    return columns


def as_pandas(data: object) -> pd.DataFrame:
    """Return a frame as pandas with texts for names of columns, as a formula names them.

    Columns 0, 1, 2 of a frame that was made of an array become "0", "1", "2". Values are not
    copied.
    """
    names = column_names(data)
    if not isinstance(data, pd.DataFrame):
        return pd.DataFrame(read_columns(data, names))
    return data if list(data.columns) == names else data.set_axis(names, axis="columns")


def index_names(data: object) -> list[str]:
    """Return the names of the index of a pandas frame, where people look for a column."""
    names = data.index.names if isinstance(data, pd.DataFrame) else []
    return [str(name) for name in names if name is not None]


def reading_notes(data: object) -> list[str]:
    """Return what `bayesmm.read_table` noted about the file that a frame comes from."""
    notes = getattr(data, "attrs", {}).get("notes", ()) if isinstance(data, pd.DataFrame) else ()
    return [note for note in notes if isinstance(note, str)] if isinstance(notes, tuple) else []


def data_kind(data: object) -> str:
    """Return ``"simulated twin"`` or ``"simulated data"``, as a data set of bayesmm says it is.

    Empty for any other frame.
    """
    attributes = data.attrs if isinstance(data, pd.DataFrame) else {}
    if attributes.get("simulated") is not True:
        return ""
    return "simulated twin" if str(attributes.get("name")).endswith("_twin") else "simulated data"


def _kind(data: object) -> str:
    """Return the type of an object in the words of its library."""
    if data is None:
        return "None"
    module = type(data).__module__.partition(".")[0]
    name = type(data).__name__
    return name if module == "builtins" else f"{module}.{name}"


def _remedy(data: object) -> str:
    """Return what to write to make a frame of an object."""
    if isinstance(data, str):
        return "Read the file first: pandas.read_csv(path)."
    if hasattr(data, "collect"):
        return "Collect it first: data.collect()."
    if hasattr(data, "to_frame"):
        return "Make one first: data.to_frame()."
    return "Make one first: pandas.DataFrame(data)."
