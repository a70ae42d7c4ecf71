"""Compiled functions that Python calls with numpy arrays and numbers, through a C address too.

``function(*arguments)`` becomes ``call(table)``: per argument, the word of a number, or the address
and the extents of an array. What comes back, and scratch, are arguments that the function writes:
it makes no arrays.
"""

import ctypes
import struct
from collections.abc import Callable
from types import FunctionType
from typing import Any

import numpy as np

from bayesmm.sampling.compiled.code import bound_function, c_address
from bayesmm.sampling.compiled.deferred import Deferred
from bayesmm.sampling.compiled.kernels.inner import bare, cgutils, intrinsic, ir, types
from bayesmm.sampling.compiled.kernels.pointers import array_at

__all__ = ["ArrayFunction", "array_function"]

_CALL = ctypes.CFUNCTYPE(ctypes.c_int64, ctypes.c_void_p)
_DONE = 1  # an error in the function leaves 0

# Letters of the types of numbers and of the elements of arrays.
_TYPES = {"f": "float64", "i": "int64", "u": "uint64", "h": "int32", "w": "uint32"}
_LETTERS = {np.dtype(name): letter for letter, name in _TYPES.items()}


class ArrayFunction:
    """A compiled function; its code is made, or found, per kinds of arguments."""

    def __init__(self, function: FunctionType) -> None:
        self.py_func = function
        self._calls: dict[str, Callable[[int], int]] = {}

    def __call__(self, *arguments: Any) -> None:
        """Run it on numbers and arrays: C-contiguous, of float64 or whole numbers of 64 or 32 bits.

        Raises TypeError for an argument of another kind, RuntimeError when the compiled function
        fails.
        """
        kinds, words = [], []
        for argument in arguments:
            kind, more = _words(argument)
            kinds.append(kind)
            words += more
        key = "".join(kinds)
        call = self._calls.get(key)
        if call is None:
            call = self._calls[key] = _CALL(self._address(tuple(kinds)))
        table = np.array(words, dtype=np.int64)
        if call(table.ctypes.data) != _DONE:
            raise RuntimeError(f"The compiled function {self.py_func.__qualname__} failed.")

    def _address(self, kinds: tuple[str, ...]) -> int:
        function = self.py_func
        module = function.__module__.rpartition(".")[2]
        name = f"{module}.{function.__qualname__}.{''.join(kinds)}"
        return c_address(
            name,
            "int64(voidptr)",
            lambda: bound_function(
                _call, name, function=bare(function), arguments=_arguments(kinds)
            ),
        )


# The decorator.
array_function = ArrayFunction


def _words(argument: Any) -> tuple[str, list[int]]:
    """Return the kind of an argument, as in ``"f2"`` for a matrix, and its words in the table."""
    if isinstance(argument, np.ndarray):
        letter = _LETTERS.get(argument.dtype)
        if letter is not None and argument.flags.c_contiguous and argument.ndim > 0:
            return f"{letter}{argument.ndim}", [argument.ctypes.data, *argument.shape]
    elif isinstance(argument, np.uint64):
        return "u0", [int(argument.view(np.int64))]
    elif isinstance(argument, int | np.integer):
        return "i0", [int(argument)]
    elif isinstance(argument, float):
        return "f0", list(struct.unpack("q", struct.pack("d", argument)))
    raise TypeError(f"A compiled function cannot take {argument!r}.")


def _arguments(kinds: tuple[str, ...]) -> Deferred:
    """Return a compiled function: the tuple of the arguments behind a table."""

    @intrinsic
    def of(_typing, table):
        parts = [_type(kind) for kind in kinds]
        whole = types.Tuple(parts)

        def generate(context, builder, _signature, arguments):
            words = builder.bitcast(arguments[0], ir.IntType(64).as_pointer())
            at, values = 0, []

            def word():
                nonlocal at
                at += 1
                return builder.load(cgutils.gep_inbounds(builder, words, at - 1))

            for kind, part in zip(kinds, parts, strict=True):
                first, dimensions = word(), int(kind[1])
                if dimensions:
                    pointer = context.get_value_type(types.CPointer(part.dtype))
                    pointer = builder.inttoptr(first, pointer)
                    shape = [word() for _ in range(dimensions)]
                    values.append(array_at(context, builder, part, pointer, shape))
                else:
                    values.append(builder.bitcast(first, context.get_value_type(part)))
            return context.make_tuple(builder, whole, values)

        return whole(table), generate

    return of


def _type(kind: str) -> Any:
    """Return numba's type of an argument."""
    element, dimensions = getattr(types, _TYPES[kind[0]]), int(kind[1])
    return types.Array(element, dimensions, "C") if dimensions else element


# Bound by `bound_function`.
function = arguments = None


def _call(table):
    function(*arguments(table))
    return 1
