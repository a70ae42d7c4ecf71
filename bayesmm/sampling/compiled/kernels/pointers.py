"""The C interface of a density: arrays reached through a table of addresses.

The sampler calls ``density(dimension, x, gradient, log_density, table)`` through its C address.
`table` is an array of int64 words, sizes and addresses of numpy arrays, so that one compiled
function serves every data set.
"""

import numba
from numba import types
from numba.extending import intrinsic

__all__ = [
    "BAD_DENSITY",
    "BAD_GRADIENT",
    "DENSITY_SIGNATURE",
    "EXPAND_SIGNATURE",
    "copy_position",
    "float64_pointer",
    "int64_pointer",
    "table_pointer",
]

_FLOATS = types.CPointer(types.float64)

# Non-zero returns: the sampler records a divergence and rejects the point.
BAD_GRADIENT = 3
BAD_DENSITY = 4

# (dimension, x, gradient, log density, table) -> status
DENSITY_SIGNATURE = types.int64(types.uint64, _FLOATS, _FLOATS, _FLOATS, types.voidptr)
# (dimension, expanded dimension, x, expanded, table) -> status
EXPAND_SIGNATURE = types.int64(types.uint64, types.uint64, _FLOATS, _FLOATS, types.voidptr)


def _from_word(target):
    """Return the code generator that reads an int64 word as an address of type `target`."""

    def generate(context, builder, _signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(target))

    return generate


@intrinsic
def float64_pointer(_typing, word):
    """Return the address in an int64 word as a pointer to float64."""
    return _FLOATS(word), _from_word(_FLOATS)


@intrinsic
def int64_pointer(_typing, word):
    """Return the address in an int64 word as a pointer to int64."""
    target = types.CPointer(types.int64)
    return target(word), _from_word(target)


@intrinsic
def table_pointer(_typing, pointer):
    """Return the untyped pointer of the sampler as a pointer to int64 words."""
    target = types.CPointer(types.int64)

    def generate(context, builder, _signature, arguments):
        return builder.bitcast(arguments[0], context.get_value_type(target))

    return target(pointer), generate


@numba.cfunc(EXPAND_SIGNATURE, cache=True)
def copy_position(dimension, _expanded_dimension, x, expanded, _table):
    """Store the position itself; draws are unpacked after sampling, all at once."""
    for i in range(dimension):
        expanded[i] = x[i]
    return 0
