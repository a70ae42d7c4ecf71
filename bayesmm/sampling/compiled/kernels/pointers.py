"""The C interface of a density: arrays reached through a table of addresses.

The sampler calls ``density(dimension, x, gradient, log_density, table)`` through its C address.
`table` is an array of int64 words, sizes and addresses of numpy arrays, so that one compiled
function serves every data set.
"""

import numba
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numba.np.arrayobj import make_array, populate_array

__all__ = [
    "BAD_DENSITY",
    "BAD_GRADIENT",
    "DENSITY_SIGNATURE",
    "EXPAND_SIGNATURE",
    "ROWS_SIGNATURE",
    "TABLE_SIGNATURE",
    "address_of",
    "array_at",
    "call_rows",
    "copy_position",
    "float64_pointer",
    "floats",
]

_FLOATS = types.CPointer(types.float64)

# Non-zero returns: the sampler records a divergence and rejects the point.
BAD_GRADIENT = 3
BAD_DENSITY = 4

# (dimension, x, gradient, log density, table) -> status
DENSITY_SIGNATURE = types.int64(types.uint64, _FLOATS, _FLOATS, _FLOATS, types.voidptr)
# (dimension, expanded dimension, x, expanded, table) -> status
EXPAND_SIGNATURE = types.int64(types.uint64, types.uint64, _FLOATS, _FLOATS, types.voidptr)
# (table, first row, number of rows, eta, work, scalars, derivatives of the scalars) -> log p:
# the rows of one chunk, see `rows`.
ROWS_SIGNATURE = types.float64(
    types.voidptr, types.int64, types.int64, _FLOATS, _FLOATS, _FLOATS, _FLOATS
)
# (table) -> 0: work on a record of arrays, see `records`
TABLE_SIGNATURE = types.int64(types.voidptr)


_SIZE = ir.IntType(64)


@intrinsic
def float64_pointer(_typing, word):
    """Return the address in an int64 word as a pointer to float64."""

    def generate(context, builder, _signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(_FLOATS))

    return _FLOATS(word), generate


def array_at(context, builder, kind, pointer, shape):
    """Generate a C-contiguous array of type `kind` around memory that somebody else owns."""
    array = make_array(kind)(context, builder)
    item = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    strides = [ir.Constant(_SIZE, item)]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent))
    populate_array(array, pointer, shape, strides, ir.Constant(_SIZE, item), None)
    return array._getvalue()


@intrinsic
def floats(_typing, pointer, n):
    """Return the memory behind a pointer to float64 as an array of length n."""
    kind = types.Array(types.float64, 1, "C")

    def generate(context, builder, signature, arguments):
        n = context.cast(builder, arguments[1], signature.args[1], types.intp)
        return array_at(context, builder, kind, arguments[0], [n])

    return kind(_FLOATS, n), generate


@intrinsic
def address_of(_typing, array):
    """Return the address of the first entry of an array of float64."""

    def generate(context, builder, signature, arguments):
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return _FLOATS(array), generate


@intrinsic
def call_rows(_typing, address, table, first, n, eta, work, scalars, d_scalars):
    """Call the function of type `ROWS_SIGNATURE` whose address is in an int64 word."""

    def generate(context, builder, _signature, arguments):
        kinds = [context.get_value_type(kind) for kind in ROWS_SIGNATURE.args]
        function = ir.FunctionType(context.get_value_type(ROWS_SIGNATURE.return_type), kinds)
        pointer = builder.inttoptr(arguments[0], function.as_pointer())
        return builder.call(pointer, arguments[1:])

    return types.float64(types.int64, *ROWS_SIGNATURE.args), generate


@numba.cfunc(EXPAND_SIGNATURE, cache=True)
def copy_position(dimension, _expanded_dimension, x, expanded, _table):
    """Store the position itself; draws are unpacked after sampling, all at once."""
    for i in range(dimension):
        expanded[i] = x[i]
    return 0
