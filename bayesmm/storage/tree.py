"""Draws as a zarr store with safe names, and the description that restores the tree.

Names of a model (``1|g/h``, ``I(Days/2)``, Greek letters) are no names of files on every system,
and two of them may differ in the case of a letter only. Such a variable is numbered in the store,
with what can be read of its name; the description and the attribute ``long_name`` keep the real
one. Plain names stay, so that ``xarray.open_datatree(path, engine="zarr")`` has ArviZ's groups.
"""

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from bayesmm.sampling.named_arrays import named_array
from bayesmm.storage.arrays import chunk_shape, refuse_forged
from bayesmm.storage.fences import refuse_bombs
from bayesmm.storage.values import NotPlainError, from_json, json_value

__all__ = ["read_tree", "write_tree"]

_PLAIN = re.compile(r"[a-z]\w{0,39}", re.ASCII | re.IGNORECASE)
# Names that Windows keeps for devices.
_DEVICES = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
_NUMBERS = "biuf"


def write_tree(tree: xr.DataTree, path: Path) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Write a tree of draws into a zarr store of format 3.

    The groups have variables of numbers or text; the folder is made. Returned are what `read_tree`
    needs, in plain values, and what could not be kept, in sentences.
    """
    import zarr  # noqa: PLC0415  (needed for saved fits only)

    notes: list[str] = []
    root = zarr.create_group(path, zarr_format=3)
    groups = []
    taken: set[str] = set()
    for node in tree.subtree:
        dataset = node.to_dataset(inherit=False)
        relative = node.path.strip("/")
        stored = _stored(relative, taken) if relative else ""
        folder = root.create_group(stored) if stored else root
        names: set[str] = set()
        dims = {dim: _stored(str(dim), names) for dim in dataset.dims}
        variables = []
        for name, variable in dataset.variables.items():
            where = dims.get(name) or _stored(str(name), names)
            if not _write_variable(folder, where, str(name), variable, dims):
                notes.append(f"'{name}' of {relative} ({variable.dtype}) was left out.")
                continue
            variables.append(
                {
                    "name": str(name),
                    "stored": where,
                    "dims": [str(dim) for dim in variable.dims],
                    "coordinate": name in dataset.coords,
                    "attributes": _attributes(variable.attrs, f"'{name}'", notes),
                }
            )
        groups.append(
            {
                "path": relative,
                "stored": stored,
                "attributes": _attributes(dataset.attrs, f"group '{relative}'", notes),
                "variables": variables,
            }
        )
    return {"groups": groups}, tuple(notes)


def read_tree(path: Path, description: dict[str, Any]) -> xr.DataTree:
    """Return the tree that `write_tree` was given.

    An array that is missing, or is not as `write_tree` writes one, is a `SavedFitError`.
    """
    import zarr  # noqa: PLC0415

    refuse_forged(path, description)
    root = zarr.open_group(path, mode="r", zarr_format=3, use_consolidated=False)
    datasets = {}
    for group in description["groups"]:
        folder = root[group["stored"]] if group["stored"] else root
        variables, coordinates = {}, {}
        for entry in group["variables"]:
            attributes = from_json(entry["attributes"])
            values = _read_array(folder, entry["stored"], path)
            variable = named_array(tuple(entry["dims"]), values, attributes)
            (coordinates if entry["coordinate"] else variables)[entry["name"]] = variable
        datasets[group["path"] or "/"] = xr.Dataset(
            variables, coordinates, from_json(group["attributes"])
        )
    return xr.DataTree.from_dict(datasets)


def _stored(name: str, taken: set[str]) -> str:
    """Return a name for files: the name itself if it is plain, else its number and letters."""
    if _PLAIN.fullmatch(name) and not _DEVICES.fullmatch(name) and name.lower() not in taken:
        stored = name
    else:
        readable = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")[:40]
        stored = f"{len(taken):04d}_{readable}"
    taken.add(stored.lower())
    return stored


def _write_variable(
    folder: Any, stored: str, name: str, variable: xr.Variable, dims: dict[Hashable, str]
) -> bool:
    """Write one array; return whether there is such an array in zarr."""
    from zarr.codecs import BloscCodec  # noqa: PLC0415

    values = variable.values
    text = values.dtype.kind in "UT"
    if not text and values.dtype.kind not in _NUMBERS:
        return False
    array = folder.create_array(
        stored,
        shape=values.shape,
        dtype=str if text else values.dtype,
        chunks=chunk_shape(values.shape),
        compressors=None if text else BloscCodec(cname="lz4", clevel=1, shuffle="shuffle"),
        dimension_names=[dims[dim] for dim in variable.dims],
        attributes={"long_name": str(variable.attrs.get("long_name", name))},
    )
    array[...] = values
    return True


def _read_array(folder: Any, stored: str, path: Path) -> np.ndarray:
    values = np.asarray(folder[stored][...])
    if values.dtype.kind != "T":
        return values
    words = values.tolist()
    # numpy gives every word the room of the longest
    longest = max(map(len, np.ravel(values).tolist()), default=0)
    refuse_bombs(path, values.size * longest * np.dtype("U1").itemsize)
    return np.array(words, dtype=str)


def _attributes(attributes: dict[Any, Any], whose: str, notes: list[str]) -> object:
    kept = {}
    for name, value in attributes.items():
        try:
            json_value(value)
            kept[str(name)] = value
        except NotPlainError as reason:
            notes.append(f"The attribute '{name}' of {whose}, {reason}, was left out.")
    return json_value(kept)
