"""The arrays of the draws as they may stand on the disk: compared before one is decoded.

`bayesmm.storage.tree` writes every array in one way, so all that its ``zarr.json`` says follows
from its shape and its type. What says anything else was written by somebody else.
"""

import json
import re
import stat
import struct
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from pathlib import Path
from typing import Any

import numpy as np

from bayesmm.errors import SavedFitError
from bayesmm.storage.fences import refuse_bombs

__all__ = ["STORED", "chunk_shape", "refuse_forged"]

STORED = re.compile(r"\w{1,64}", re.ASCII)
_CHUNK_VALUES = 2_000_000  # 16 MB of draws in a file
_MOST_BYTES = 2**20  # of a zarr.json
_POINTER = 8
_TEXT = "string"
_ARRAY = {
    "zarr_format": 3,
    "node_type": "array",
    "chunk_key_encoding": {"name": "default", "configuration": {"separator": "/"}},
    "storage_transformers": [],
}
_FREE_KEYS = frozenset({"attributes", "dimension_names", "fill_value", "codecs", "data_type",
                        "shape", "chunk_grid"})  # fmt: skip
# Codecs that decode numbers and text and nothing else: some of numcodecs run what they read.
_CODECS = {False: ("bytes", "blosc"), True: ("vlen-utf8",)}


def chunk_shape(shape: Sequence[int]) -> tuple[int, ...]:
    """Return the shape of one file: all draws of as many levels as fit into it."""
    chunks = [max(1, length) for length in shape]
    for axis in reversed(range(len(chunks))):
        others = prod(chunks) // chunks[axis]
        chunks[axis] = min(chunks[axis], max(1, _CHUNK_VALUES // others))
    return tuple(chunks)


def refuse_forged(path: Path, description: Mapping[str, Any]) -> None:
    """Raise unless a store is as `write_tree` writes one that is so described.

    `path` has no links, `description` is from `write_tree`. A `SavedFitError` says when an array is
    missing or coded as no array of a saved fit is, when arrays of a group disagree in the length of
    a dimension, or when they would unpack to far more than is there.
    """
    for file in path.rglob("zarr.json"):
        _refuse_consolidated(file)
    unpacked = 0
    for group in description["groups"]:
        lengths: dict[str, int] = {}
        for entry in group["variables"]:
            array = _place(path, group["stored"], entry["stored"])
            shape, itemsize = _checked(array)
            unpacked += prod(shape) * itemsize
            if len(shape) != len(entry["dims"]):
                raise SavedFitError(f"'{array}' has {len(shape)} dimensions; fit.json has others.")
            for dim, length in zip(entry["dims"], shape, strict=True):
                if lengths.setdefault(dim, length) != length:
                    raise SavedFitError(f"'{array}' is of another length in '{dim}' than others.")
    refuse_bombs(path, unpacked)


def _place(path: Path, group: str, stored: str) -> Path:
    """Return the folder of an array, which is nowhere but in the store."""
    array = path / group / stored
    named = STORED.fullmatch(stored) and (not group or STORED.fullmatch(group))
    if not named or not (array / "zarr.json").is_file():
        raise SavedFitError(f"{path.name} has no array {stored!r}.")
    return array


def _refuse_consolidated(file: Path) -> None:
    """Raise when metadata of other arrays stand where only those of one belong."""
    metadata = _metadata(file)
    known = {*_ARRAY, *_FREE_KEYS} if metadata.get("node_type") == "array" else (
        {"zarr_format", "node_type", "attributes"})  # fmt: skip
    if other := set(metadata) - known:
        raise SavedFitError(f"'{file}' says {sorted(other)}, which no saved fit does.")


def _checked(folder: Path) -> tuple[tuple[int, ...], int]:
    """Return the shape of an array and the bytes of a value, when both can be believed."""
    metadata = _metadata(folder / "zarr.json")
    shape = metadata.get("shape")
    if not isinstance(shape, list) or not all(type(n) is int and 0 <= n < 2**40 for n in shape):
        raise SavedFitError(f"'{folder}' has no shape of an array.")
    text = metadata.get("data_type") == _TEXT
    itemsize = _POINTER if text else _itemsize(folder, metadata.get("data_type"))
    codecs = metadata.get("codecs")
    names = [c.get("name") if isinstance(c, dict) else c for c in codecs or ()]
    if tuple(names) != _CODECS[text]:
        other = next((n for n in names if n not in _CODECS[text]), names)
        raise SavedFitError(
            f"'{folder}' is coded by '{other}', which no saved fit uses; it was not read."
        )
    chunks = chunk_shape(shape)
    expected = _ARRAY | {
        "chunk_grid": {"name": "regular", "configuration": {"chunk_shape": list(chunks)}},
    }
    for key, value in expected.items():
        if metadata.get(key, []) != value:
            raise SavedFitError(f"'{folder}' has another {key} than an array of a saved fit.")
    for file in _chunk_files(folder):
        _refuse_forged_chunk(file, prod(chunks), itemsize, text)
    return tuple(shape), itemsize


def _itemsize(folder: Path, data_type: object) -> int:
    numbers = {"bool", *(f"{kind}{bits}" for kind in ("int", "uint") for bits in (8, 16, 32, 64)),
               "float16", "float32", "float64"}  # fmt: skip
    if not isinstance(data_type, str) or data_type not in numbers:
        raise SavedFitError(f"'{folder}' is an array of neither numbers nor text.")
    return np.dtype(data_type).itemsize


def _chunk_files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.name != "zarr.json" and file.is_file())


def _refuse_forged_chunk(file: Path, values: int, itemsize: int, text: bool) -> None:
    """Raise when a file would unpack to more, or fewer, values than one has."""
    with file.open("rb") as opened:
        head = opened.read(16)
    if text:
        fits = len(head) >= 4 and struct.unpack_from("<I", head)[0] == values
    else:  # the head of blosc: at 4 the bytes unpacked, at 12 those packed
        fits = len(head) == 16 and (
            struct.unpack_from("<I", head, 4)[0] == values * itemsize
            and struct.unpack_from("<I", head, 12)[0] == file.stat().st_size
        )
    if not fits:
        raise SavedFitError(f"'{file}' is not of the size that its array says; it was not read.")


def _metadata(file: Path) -> dict[str, Any]:
    try:
        status = file.lstat()
        if not stat.S_ISREG(status.st_mode) or status.st_size > _MOST_BYTES:
            raise ValueError("no file of metadata")
        metadata = json.loads(file.read_text(encoding="utf-8"))
        if not isinstance(metadata, dict):
            raise ValueError("no metadata")
    except (OSError, ValueError, RecursionError) as problem:
        raise SavedFitError(f"'{file}' is damaged ({problem}).") from None
    return metadata
