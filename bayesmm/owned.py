"""Values that nobody outside can change: what a fit keeps of what it was made of.

A fit answers long after it was made, and everything that it holds can be reached. So its arrays
are read-only for good, its mappings have no way to write, and its data frame is a copy.
"""

import copy
import pickle
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

__all__ = ["FrozenMapping", "copied_frame", "owned", "read_only", "writable"]

# Columns of objects that pandas tells to be of one of these types hold nothing that can change.
_UNCHANGEABLE = frozenset(
    {"string", "bytes", "boolean", "integer", "floating", "mixed-integer", "mixed-integer-float",
     "decimal", "complex", "date", "datetime", "time", "timedelta", "period", "empty"}
)  # fmt: skip


class FrozenMapping(Mapping[Any, Any]):
    """A mapping that cannot be written to; unlike a mapping proxy it can be pickled."""

    __slots__ = ("_of",)

    def __init__(self, mapping: Mapping[Any, Any]) -> None:
        self._of = dict(mapping)

    def __getitem__(self, key: Any) -> Any:
        """Return the value of a key."""
        return self._of[key]

    def __iter__(self) -> Iterator[Any]:
        """Iterate over the keys in their order."""
        return iter(self._of)

    def __len__(self) -> int:
        """Return the number of keys."""
        return len(self._of)

    def __repr__(self) -> str:
        """Return the mapping as a dictionary is printed."""
        return repr(self._of)


def read_only(array: NDArray[Any]) -> NDArray[Any]:
    """Return an array over the same memory that cannot be written to, nor be made so again.

    An array that was merely marked (``array.flags.writeable = False``) can be unmarked.
    """
    if isinstance(array.base, memoryview) and not array.flags.writeable:
        return array
    return np.asarray(memoryview(array).toreadonly()).reshape(array.shape)


def owned(value: Any) -> Any:
    """Return a value with every array in it read-only and every mapping and list frozen.

    Goes into records (dataclasses), tuples, lists and mappings. Arrays keep their memory, so
    that whoever made them must not write to them afterwards.
    """
    if isinstance(value, np.ndarray):
        return read_only(value)
    if is_dataclass(value) and not isinstance(value, type):
        return _record_of(value, owned)
    if type(value) is tuple or isinstance(value, list):
        return _tuple_of(value, owned)
    if isinstance(value, Mapping) and not isinstance(value, FrozenMapping):
        return FrozenMapping({key: owned(item) for key, item in value.items()})
    return value


def writable(value: Any) -> Any:
    """Return a record with copies of its arrays that can be written to.

    Numba compiles a function anew for read-only arrays, which takes seconds.
    """
    if isinstance(value, np.ndarray):
        return value if value.flags.writeable else value.copy()
    if is_dataclass(value) and not isinstance(value, type):
        return _record_of(value, writable)
    if isinstance(value, FrozenMapping):
        return {key: writable(item) for key, item in value.items()}
    return _tuple_of(value, writable) if type(value) is tuple else value


def _record_of(record: Any, change: Callable[[Any], Any]) -> Any:
    given = {f.name: getattr(record, f.name) for f in fields(record) if f.init}
    changed = {name: change(value) for name, value in given.items()}
    changed = {name: value for name, value in changed.items() if value is not given[name]}
    return replace(record, **changed) if changed else record


def _tuple_of(value: Sequence[Any], change: Callable[[Any], Any]) -> tuple[Any, ...]:
    items = tuple(change(item) for item in value)
    same = isinstance(value, tuple) and all(a is b for a, b in zip(items, value, strict=True))
    return value if same else items


def copied_frame(data: Any) -> Any:
    """Return a data frame of the same kind that shares no memory with `data`.

    Those of polars, pyarrow and others have copies that share memory, so that they are written and
    read again.
    """
    if not isinstance(data, pd.DataFrame):
        return pickle.loads(pickle.dumps(data, protocol=pickle.HIGHEST_PROTOCOL))
    result = data.copy(deep=True)
    result.attrs = copy.deepcopy(data.attrs)
    for position, dtype in enumerate(result.dtypes):
        if dtype == np.dtype(object):
            column = result.iloc[:, position]
            if pd.api.types.infer_dtype(column, skipna=True) not in _UNCHANGEABLE:
                values = [copy.deepcopy(item) for item in column]
                fresh = pd.Series(values, index=column.index, dtype=object, name=column.name)
                result.isetitem(position, fresh)
    return result
