"""The C interface of a density: arrays reached through a table of addresses.

The sampler calls ``density(dimension, x, gradient, log_density, table)`` through its C address.
`table` is an array of int64 words, sizes and addresses of numpy arrays, so that one compiled
function serves every data set.
"""

import math

from bayesmm.sampling.compiled.code import c_address
from bayesmm.sampling.compiled.deferred import Library
from bayesmm.sampling.compiled.kernels.inner import bare, intrinsic, ir, types

__all__ = [
    "BAD_DENSITY",
    "DENSITY_SIGNATURE",
    "EXPAND_SIGNATURE",
    "GRADIENT_SIGNATURE",
    "ROWS_SIGNATURE",
    "TABLE_SIGNATURE",
    "address_of",
    "array_at",
    "call_density",
    "call_gradient",
    "call_rows",
    "call_table",
    "copy_address",
    "finish_density",
    "float64_pointer",
    "floats",
]

# Non-zero returns: the sampler records a divergence and rejects the point.
BAD_GRADIENT = 3
BAD_DENSITY = 4
# Below this a density is an overflow and not a bad point of the posterior.
_LOWEST = -1e300

_FLOATS = "CPointer(float64)"

# In numba's words.
# (dimension, x, gradient, log density, table) -> status
DENSITY_SIGNATURE = f"int64(uint64, {_FLOATS}, {_FLOATS}, {_FLOATS}, voidptr)"
# (dimension, expanded dimension, x, expanded, table) -> status
EXPAND_SIGNATURE = f"int64(uint64, uint64, {_FLOATS}, {_FLOATS}, voidptr)"
# (table, first row, number of rows, eta, work, scalars, derivatives of the scalars) -> log p:
# the rows of one chunk, see `rows`.
ROWS_SIGNATURE = f"float64(voidptr, int64, int64, {_FLOATS}, {_FLOATS}, {_FLOATS}, {_FLOATS})"
# (dimension, x, gradient, what was kept, table) -> the rest of log p: the second half of a density
GRADIENT_SIGNATURE = f"float64(uint64, {_FLOATS}, {_FLOATS}, {_FLOATS}, voidptr)"
# (table) -> 0: work on a record of arrays, see `records`
TABLE_SIGNATURE = "int64(voidptr)"

_arrays = Library("numba.np.arrayobj")


def _to_floats():
    """Return the type of the address of float64."""
    return types.CPointer(types.float64)


@intrinsic
def float64_pointer(_typing, word):
    """Return the address in an int64 word as a pointer to float64."""
    target = _to_floats()

    def generate(context, builder, _signature, arguments):
        return builder.inttoptr(arguments[0], context.get_value_type(target))

    return target(word), generate


def array_at(context, builder, kind, pointer, shape):
    """Generate a C-contiguous array of type `kind` around memory that somebody else owns."""
    array = _arrays.make_array(kind)(context, builder)
    size = ir.IntType(64)
    item = context.get_abi_sizeof(context.get_data_type(kind.dtype))
    strides = [ir.Constant(size, item)]
    for extent in reversed(shape[1:]):
        strides.insert(0, builder.mul(strides[0], extent))
    _arrays.populate_array(array, pointer, shape, strides, ir.Constant(size, item), None)
    return array._getvalue()


@intrinsic
def floats(_typing, pointer, n):
    """Return the memory behind a pointer to float64 as an array of length n."""
    kind = types.Array(types.float64, 1, "C")

    def generate(context, builder, signature, arguments):
        n = context.cast(builder, arguments[1], signature.args[1], types.intp)
        return array_at(context, builder, kind, arguments[0], [n])

    return kind(_to_floats(), n), generate


@intrinsic
def address_of(_typing, array):
    """Return the address of the first entry of an array of float64."""

    def generate(context, builder, signature, arguments):
        return context.make_array(signature.args[0])(context, builder, arguments[0]).data

    return _to_floats()(array), generate


@intrinsic
def call_rows(_typing, address, table, first, n, eta, work, scalars, d_scalars):
    """Call the function of type `ROWS_SIGNATURE` whose address is in an int64 word."""
    floats_at, integer = _to_floats(), types.int64
    signature = types.float64(types.voidptr, integer, integer, *[floats_at] * 4)
    return types.float64(integer, *signature.args), _call_of(signature)


@intrinsic
def call_density(_typing, address, dimension, x, gradient, log_density, table):
    """Call the function of type `DENSITY_SIGNATURE`; its address and the table's are words."""
    floats_at = _to_floats()
    signature = types.int64(types.uint64, *[floats_at] * 3, types.voidptr)

    def generate(context, builder, own, arguments):
        table_at = builder.inttoptr(arguments[-1], context.get_value_type(types.voidptr))
        return _call_of(signature)(context, builder, own, [*arguments[:-1], table_at])

    return types.int64(types.int64, *signature.args[:-1], types.int64), generate


@intrinsic
def call_gradient(_typing, address, dimension, x, gradient, kept, table):
    """Call the function of type `GRADIENT_SIGNATURE` whose address is in an int64 word."""
    signature = types.float64(types.uint64, *[_to_floats()] * 3, types.voidptr)
    return types.float64(types.int64, *signature.args), _call_of(signature)


@intrinsic
def call_table(_typing, address, table):
    """Call the function of type `TABLE_SIGNATURE` whose address is in an int64 word."""
    signature = types.int64(_to_floats())
    return types.int64(types.int64, *signature.args), _call_of(signature)


def _call_of(signature):
    """Return what generates the call of a C function: of its address, then its arguments."""

    def generate(context, builder, _signature, arguments):
        kinds = [context.get_value_type(kind) for kind in signature.args]
        function = ir.FunctionType(context.get_value_type(signature.return_type), kinds)
        pointer = builder.inttoptr(arguments[0], function.as_pointer())
        return builder.call(pointer, arguments[1:])

    return generate


@bare
def finish_density(log_density, gradient, log_pointer):
    """Write the log density where the sampler reads it; return 0 or the kind of failure."""
    # False for NaN too
    if not _LOWEST < log_density < math.inf:
        return BAD_DENSITY
    for i in range(gradient.size):
        if not math.isfinite(gradient[i]):
            return BAD_GRADIENT
    log_pointer[0] = log_density
    return 0


def copy_address() -> int:
    """Return the C address of `copy_position`."""
    return c_address("copy_position", EXPAND_SIGNATURE, lambda: copy_position)


def copy_position(dimension, _expanded_dimension, x, expanded, _table):
    """Store the position itself; draws are unpacked after sampling, all at once."""
    for i in range(dimension):
        expanded[i] = x[i]
    return 0
