"""Scratch arrays of one evaluation, without numba's runtime: no counts of references, one free.

An arena is one block of memory that arrays are cut from. What no longer fits is allocated by
itself, so that nobody has to know beforehand how much an evaluation needs.
"""

import numpy as np

from bayesmm.sampling.compiled.kernels.inner import bare, intrinsic, ir, merged, types
from bayesmm.sampling.compiled.kernels.pointers import (
    address_of,
    array_at,
    float64_pointer,
    floats,
)
from bayesmm.sampling.compiled.kernels.workspace import allocate, release

__all__ = [
    "close_arena",
    "mark_of_arena",
    "open_arena",
    "rewind_arena",
    "take",
    "take_zeros",
]

# Words of an arena: arrays allocated by themselves, next free word, own address, ...
_ALONE, _NEXT, _ADDRESS, _FIRST = 0, 1, 2, 3
# ... the addresses of those arrays (an evaluation makes some 60 in all), then 64 kB of memory.
_HEADER = 256
_WORDS = _HEADER + 8192
_LINE = 8  # words of a cache line, at which every array begins


@intrinsic
def _word_of(_typing, pointer):
    """Return an address as an int64 word."""

    def generate(_context, builder, _signature, arguments):
        return builder.ptrtoint(arguments[0], ir.IntType(64))

    return types.int64(pointer), generate


@intrinsic
def _words(_typing, pointer, n):
    """Return the memory behind a pointer as an array of n int64 words."""
    kind = types.Array(types.int64, 1, "C")

    def generate(context, builder, _signature, arguments):
        target = context.get_value_type(types.CPointer(types.int64))
        return array_at(
            context, builder, kind, builder.bitcast(arguments[0], target), [arguments[1]]
        )

    return kind(pointer, types.int64), generate


@intrinsic
def _shaped(_typing, pointer, shape):
    """Return the memory behind a pointer as an array of float64 of a shape."""
    kind = types.Array(types.float64, len(shape), "C")

    def generate(context, builder, signature, arguments):
        extents = [
            context.cast(builder, builder.extract_value(arguments[1], k), own, types.intp)
            for k, own in enumerate(signature.args[1])
        ]
        return array_at(context, builder, kind, arguments[0], extents)

    return kind(pointer, shape), generate


@intrinsic
def _count(_typing, shape):
    """Return the number of entries of an array of a shape."""

    def generate(context, builder, signature, arguments):
        n = ir.Constant(ir.IntType(64), 1)
        for k, own in enumerate(signature.args[0]):
            extent = builder.extract_value(arguments[0], k)
            n = builder.mul(n, context.cast(builder, extent, own, types.int64))
        return n

    return types.int64(shape), generate


@bare
def _on_a_line(word):
    """Return the first address from `word` on at which a cache line begins."""
    return (word + np.int64(8 * _LINE - 1)) & np.int64(-8 * _LINE)


@bare
def _opened():
    """Return the address of a new arena."""
    memory = allocate(np.int64(_WORDS + _LINE))
    address = float64_pointer(_on_a_line(_word_of(memory)))
    arena = _words(address, np.int64(_WORDS))
    arena[_ALONE] = 0
    arena[_NEXT] = _HEADER
    arena[_ADDRESS] = _word_of(memory)
    return address


@bare
def _memory(arena, n):
    """Return a pointer to n float64."""
    first = arena[_NEXT]
    following = first + ((n + np.int64(_LINE - 1)) & np.int64(-_LINE))
    if following <= _WORDS:
        arena[_NEXT] = following
        return float64_pointer(_on_a_line(arena[_ADDRESS]) + 8 * first)
    memory = allocate(n + np.int64(_LINE))
    arena[_FIRST + arena[_ALONE]] = _word_of(memory)
    arena[_ALONE] += 1
    return float64_pointer(_on_a_line(_word_of(memory)))


@bare
def _clear(memory, n):
    flat = floats(memory, n)
    for i in range(n):
        flat[i] = 0.0


# Merged into their callers: without its runtime numba lets no function return a new array.


@merged
def open_arena():
    """Return a new arena, which `close_arena` must be given."""
    return _words(_opened(), np.int64(_WORDS))


@merged
def take(arena, shape):
    """Return an array of float64 of a shape, which is a tuple; its contents are arbitrary."""
    return _shaped(_memory(arena, _count(shape)), shape)


@merged
def take_zeros(arena, shape):
    """Return an array of zeros."""
    array = _shaped(_memory(arena, _count(shape)), shape)
    _clear(address_of(array), array.size)
    return array


@bare
def mark_of_arena(arena):
    """Return what `rewind_arena` needs to give back all arrays that are made from now on."""
    return arena[_ALONE], arena[_NEXT]


@bare
def rewind_arena(arena, mark):
    """Give back the arrays made since a mark."""
    for k in range(mark[0], arena[_ALONE]):
        release(float64_pointer(arena[_FIRST + k]))
    arena[_ALONE] = mark[0]
    arena[_NEXT] = mark[1]


@bare
def close_arena(arena):
    """Give back all memory of an arena."""
    rewind_arena(arena, (np.int64(0), np.int64(_HEADER)))
    release(float64_pointer(arena[_ADDRESS]))
