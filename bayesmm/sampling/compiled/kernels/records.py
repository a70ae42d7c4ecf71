"""Records of arrays, passed to compiled code through a table of addresses.

A record is a `NamedTuple` whose fields are annotated with the kinds below, with ``int``, or with
another record: what a field is stands in one place, and no table is numbered by hand.
"""

import ctypes
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.deferred import Library
from bayesmm.sampling.compiled.kernels.inner import cgutils, intrinsic, ir, types
from bayesmm.sampling.compiled.kernels.pointers import array_at

__all__ = [
    "Cube",
    "Integers",
    "Matrix",
    "Rows",
    "Vector",
    "Words",
    "arrays_of_record",
    "call_with_record",
    "fields_reader",
    "record_reader",
    "record_writer",
    "table_of_record",
    "words_of_record",
]

type Vector = NDArray[np.float64]
type Matrix = NDArray[np.float64]
type Cube = NDArray[np.float64]
type Integers = NDArray[np.int64]
type Rows = NDArray[np.int64]
type Words = NDArray[np.uint64]

# kind -> elements, dimensions; every array is C-contiguous
_ARRAYS = {
    Vector: ("float64", 1),
    Matrix: ("float64", 2),
    Cube: ("float64", 3),
    Integers: ("int64", 1),
    Rows: ("int64", 2),
    Words: ("uint64", 1),
}

_arrays_of_numba = Library("numba.np.arrayobj")

_FUNCTION = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)


def table_of_record(record: Any) -> NDArray[np.int64]:
    """Return what `record_reader` reads: address and shape of each array, and each number.

    Raises TypeError when a field is not what its annotation says: compiled code would read other
    memory.
    """
    return np.array(list(_words(record)), dtype=np.int64)


def arrays_of_record(record: Any) -> tuple[NDArray, ...]:
    """Return the arrays of a record, which must live as long as its table is used."""
    return tuple(value for _, value in _leaves(record) if isinstance(value, np.ndarray))


def call_with_record(address: int, record: Any) -> None:
    """Call a function of type ``pointers.TABLE_SIGNATURE``, without the interpreter's lock."""
    table = table_of_record(record)
    _FUNCTION(address)(table.ctypes.data)


def _leaves(record: Any) -> Iterator[tuple[Any, Any]]:
    """Yield kind and value of each number and array, those of inner records in their place."""
    for value, kind in zip(record, type(record).__annotations__.values(), strict=True):
        if kind is int or kind in _ARRAYS:
            yield kind, value
        else:
            yield from _leaves(value)


def _words(record: Any) -> Iterator[int]:
    for kind, value in _leaves(record):
        if kind is int:
            yield int(value)
            continue
        element, dimensions = _ARRAYS[kind]
        right = (value.dtype.name, value.ndim) == (element, dimensions)
        if not (right and value.flags.c_contiguous):
            raise TypeError(
                f"{type(record).__name__} has an array of {value.dtype}, shape {value.shape}, "
                f"strides {value.strides}, where {element} of {dimensions} dimensions in C "
                "order belongs."
            )
        yield value.ctypes.data
        yield from value.shape


def _kind(annotation: Any) -> Any:
    """Return numba's type of a field."""
    if annotation is int:
        return types.int64
    if annotation in _ARRAYS:
        element, dimensions = _ARRAYS[annotation]
        return types.Array(getattr(types, element), dimensions, "C")
    return types.NamedTuple([_kind(a) for a in annotation.__annotations__.values()], annotation)


def _length(kind: Any) -> int:
    """Return the number of words of a field."""
    if isinstance(kind, types.NamedTuple):
        return sum(map(_length, kind))
    return 1 + kind.ndim if isinstance(kind, types.Array) else 1


def _value(context, builder, table, kind: Any, at: int):
    """Generate a field from its words, the first of which is at position `at`."""

    def word(k: int):
        return builder.load(cgutils.gep_inbounds(builder, table, at + k))

    if isinstance(kind, types.NamedTuple):
        parts = []
        for inner in kind:
            parts.append(_value(context, builder, table, inner, at))
            at += _length(inner)
        return context.make_tuple(builder, kind, parts)
    if isinstance(kind, types.Array):
        pointer = builder.inttoptr(word(0), context.get_value_type(types.CPointer(kind.dtype)))
        return array_at(context, builder, kind, pointer, [word(1 + k) for k in range(kind.ndim)])
    return word(0)


def record_reader(record: type, before: type | None = None):
    """Return a compiled function: of a pointer to a table, the record behind it.

    `before` is a record whose words come before it in the table.
    """

    @intrinsic
    def read(_typing, pointer):
        whole = _kind(record)
        start = 0 if before is None else _length(_kind(before))

        def generate(context, builder, _signature, arguments):
            return _value(context, builder, _table(context, builder, arguments[0]), whole, start)

        return whole(pointer), generate

    return read


def record_writer(record: type):
    """Return a compiled function: of a pointer to a table and a record, writes what is read there.

    The table takes `words_of_record` words.
    """

    @intrinsic
    def write(_typing, pointer, values):
        whole = _kind(record)

        def generate(context, builder, _signature, arguments):
            table = _table(context, builder, arguments[0])
            for at, word in enumerate(_words_of_value(context, builder, whole, arguments[1])):
                builder.store(word, cgutils.gep_inbounds(builder, table, at))
            return context.get_dummy_value()

        return types.void(pointer, whole), generate

    return write


def _words_of_value(context, builder, kind: Any, value) -> Iterator[Any]:
    """Generate the words of a field, in the order in which `_value` reads them."""
    if isinstance(kind, types.NamedTuple):
        for k, inner in enumerate(kind):
            yield from _words_of_value(context, builder, inner, builder.extract_value(value, k))
    elif isinstance(kind, types.Array):
        array = _arrays_of_numba.make_array(kind)(context, builder, value)
        yield builder.ptrtoint(array.data, ir.IntType(64))
        yield from cgutils.unpack_tuple(builder, array.shape, kind.ndim)
    else:
        yield value


def words_of_record(record: type) -> int:
    """Return how many words the table of a record has."""
    words = 0
    for kind in record.__annotations__.values():
        if kind is int:
            words += 1
        elif kind in _ARRAYS:
            words += 1 + _ARRAYS[kind][1]
        else:
            words += words_of_record(kind)
    return words


def fields_reader(record: type, fields: Sequence[str]):
    """Return a compiled function as `record_reader` does, of a tuple of some of the fields."""

    @intrinsic
    def read(_typing, pointer):
        kinds = {name: _kind(own) for name, own in record.__annotations__.items()}
        whole = types.Tuple([kinds[name] for name in fields])
        names = list(kinds)
        starts = [sum(_length(kinds[n]) for n in names[: names.index(name)]) for name in fields]

        def generate(context, builder, _signature, arguments):
            table = _table(context, builder, arguments[0])
            values = [
                _value(context, builder, table, kind, at)
                for kind, at in zip(whole, starts, strict=True)
            ]
            return context.make_tuple(builder, whole, values)

        return whole(pointer), generate

    return read


def _table(context, builder, pointer):
    """Generate the untyped pointer of the sampler as a pointer to words."""
    return builder.bitcast(pointer, context.get_value_type(types.CPointer(types.int64)))
