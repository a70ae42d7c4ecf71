"""A data frame as a Parquet file and a description that restores it column by column.

Parquet holds the values; the description holds what pandas adds to them: names of any type,
dtypes, categories in their order, the index and the attributes. What neither can hold is named.
"""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from bayesmm.errors import UsageError, visible
from bayesmm.model.frames import column_names, read_columns
from bayesmm.storage.columns import (
    KeptColumn,
    keep_column,
    read_parquet,
    restore_column,
    stand_in,
    to_parquet,
)
from bayesmm.storage.table_size import refuse_forged_table
from bayesmm.storage.values import NotPlainError, from_json, json_value

__all__ = ["StoredFrame", "read_frame", "write_frame"]

_INDEX = "__index_"


@dataclass(frozen=True, slots=True, eq=False)
class StoredFrame:
    """What was written."""

    description: dict[str, Any]  # what `read_frame` needs, in plain values
    notes: tuple[str, ...]  # what of the frame is not in the file as it was, in sentences


def write_frame(
    data: object, path: Path, needed: Collection[str], *, as_read: bool = False
) -> StoredFrame:
    """Write a frame to a Parquet file.

    A frame of polars or pyarrow comes back as pandas. `needed` are the columns of the model: where
    Parquet cannot keep one, its numbers or its labels are kept, which mean the same to the model;
    another such column is left out. Both are noted. With `as_read` these are kept of every column
    of the model that holds objects of Python: some of them are equal and read differently, as times
    of two zones are.
    """
    frame = data if isinstance(data, pd.DataFrame) else _as_pandas(data)
    notes: list[str] = []
    table: dict[str, pd.Series] = {}
    entries = []
    for position, label in enumerate(frame.columns):
        text = _as_text(label)
        series = frame.iloc[:, position]
        plain = None if as_read and text in needed and series.dtype == object else (
            keep_column(series))  # fmt: skip
        kept = _kept(text, series, needed, notes) if plain is None else plain
        if kept is not None:
            stored = _stored_name(text, table)
            table[stored] = kept.written
            name = _plain(label, f"The name of column '{text}'", notes)
            entries.append({"name": name, "stored": stored} | kept.how)
    index, columns = _write_index(frame.index, notes)
    to_parquet(pd.DataFrame(table | columns), path)
    description = {
        "rows": len(frame),
        "columns": entries,
        "names_of_columns": [_plain(n, "The name of the columns", notes) for n in _names(frame)],
        "index": index,
        "attributes": _write_attributes(frame.attrs, notes),
        "not_kept": notes,
    }
    return StoredFrame(description, tuple(notes))


def read_frame(path: Path, description: dict[str, Any]) -> pd.DataFrame:
    """Return the frame that `write_frame` was given, as a pandas frame."""
    entries = description["columns"]
    levels = description["index"].get("columns", ())
    stored = [entry["stored"] for entry in (*entries, *levels)]
    refuse_forged_table(path, description["rows"], stored)
    table = read_parquet(path)
    columns = [restore_column(table[entry["stored"]], entry) for entry in entries]
    frame = pd.concat(columns, axis="columns")
    labels = [from_json(entry["name"]) for entry in entries]
    names = from_json(description["names_of_columns"])
    if len(names) > 1:
        frame.columns = pd.MultiIndex.from_tuples(labels, names=names)
    else:
        frame.columns = pd.Index(labels, tupleize_cols=False, name=names[0], dtype=_dtype(labels))
    frame.index = _read_index(table, description["index"])
    frame.attrs = from_json(description["attributes"])
    return frame


def _dtype(labels: list[Any]) -> str | None:
    """Return "object" for names that pandas' text cannot hold: half a letter."""
    try:
        "".join(label for label in labels if isinstance(label, str)).encode()
    except UnicodeEncodeError:
        return "object"
    return None


def _as_pandas(data: object) -> pd.DataFrame:
    return pd.DataFrame(read_columns(data, column_names(data)))


def _names(frame: pd.DataFrame) -> list[object]:
    return list(frame.columns.names)


def _kept(
    name: str, series: pd.Series, needed: Collection[str], notes: list[str]
) -> KeptColumn | None:
    """Return how a column is kept; None, noted, when it is left out."""
    if name in needed:
        kept = keep_column(stand_in(name, series))
        if kept is None:
            raise UsageError(
                f"Column '{visible(name)}' ({series.dtype}) cannot be saved: it holds text that no "
                "file can, such as half a letter. Give its values other names before fitting."
            )
        notes.append(
            f"Column '{name}' ({series.dtype}) holds values that Parquet cannot keep; the numbers "
            "or labels that the model reads were kept in their place."
        )
        return kept
    notes.append(
        f"Column '{name}' ({series.dtype}) was left out: Parquet cannot keep its values, and the "
        "model does not read it."
    )
    return None


def _stored_name(name: str, taken: Collection[str]) -> str:
    """Return the name in the file; the second of two columns of one name gets a number."""
    base = name.encode("utf-8", errors="backslashreplace").decode()
    base = f"column {base}" if not base or base.startswith(_INDEX) else base
    number, stored = 1, base
    while stored in taken:
        number += 1
        stored = f"{base} ({number})"
    return stored


def _as_text(value: object) -> str:
    try:
        return str(value)
    except Exception as reason:  # a number of more digits than Python writes, a class of its own
        return f"{type(value).__name__} ({type(reason).__name__})"


def _plain(value: object, what: str, notes: list[str]) -> object:
    """Return a name in plain values; as text, and noted, where it is of another type."""
    try:
        return json_value(value)
    except NotPlainError as reason:
        notes.append(f"{what}, {reason}, was kept as text.")
        return _as_text(value)


def _write_index(index: pd.Index, notes: list[str]) -> tuple[dict[str, Any], dict[str, pd.Series]]:
    """Return the description of an index, and the columns that hold it."""
    names = [_plain(name, "The name of the index", notes) for name in index.names]
    if isinstance(index, pd.RangeIndex):
        return {"range": [index.start, index.stop, index.step], "names": names}, {}
    levels = [keep_column(index.get_level_values(k).to_series()) for k in range(index.nlevels)]
    if any(level is None for level in levels):
        notes.append("The index was left out: Parquet cannot keep its values.")
        return {"range": [0, len(index), 1], "names": [None]}, {}
    columns = {f"{_INDEX}{k}__": level.written for k, level in enumerate(levels)}
    entries = [
        {"stored": stored} | level.how for stored, level in zip(columns, levels, strict=True)
    ]
    return {"columns": entries, "names": names}, columns


def _read_index(table: pd.DataFrame, written: dict[str, Any]) -> pd.Index:
    names = from_json(written["names"])
    if "range" in written:
        return pd.RangeIndex(*written["range"], name=names[0])
    levels = [restore_column(table[entry["stored"]], entry) for entry in written["columns"]]
    if len(levels) == 1:
        return pd.Index(levels[0]).rename(names[0])
    return pd.MultiIndex.from_arrays(levels, names=names)


def _write_attributes(attributes: dict[Any, Any], notes: list[str]) -> object:
    kept = {}
    for name, value in attributes.items():
        try:
            json_value({name: value})
            kept[name] = value
        except (NotPlainError, RecursionError) as reason:
            notes.append(f"The attribute '{_as_text(name)}' of the data, {reason}, was left out.")
    return json_value(kept)
