"""The scratch of one evaluation of the joint density; every chain has its own at every step."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.kernels.chunks import CHUNK
from bayesmm.sampling.compiled.kernels.inner import cgutils, intrinsic, ir, types
from bayesmm.sampling.compiled.kernels.pointers import array_at

__all__ = [
    "Workspace",
    "allocate",
    "places_of",
    "release",
    "space_reader",
    "workspace_in",
    "workspace_places",
]


class Workspace(NamedTuple):
    """Arrays of float64 that an evaluation writes.

    Attributes
    ----------
    eta : shape (D, CHUNK)
        Linear predictors of a chunk, then their scores.
    work : shape (max(5, 1 + further parameters), CHUNK)
        Scratch of the rows, see `rows`.
    scalars, slopes, d_scalars : shape (coefficients and further parameters,)
        Parameters, their derivatives in their coordinates, those of log p in them.
    L, Lam : shape (K q, q)
        Cholesky factors of the correlation and the covariance matrix of each block.
    scales : shape (2 K, q)
        Sds of each block, and their derivatives in their coordinates.
    dLam : shape (q, q)
        Derivatives in Lam of one block.
    values, mean, d_values, d_mean : shape (values,)
        Level values of all blocks, their part that is no effect, derivatives in both.
    nested : 1-d
        Scratch of `nested`.
    """

    eta: object
    work: object
    scalars: object
    slopes: object
    d_scalars: object
    L: object
    Lam: object
    scales: object
    dLam: object
    values: object
    mean: object
    d_values: object
    d_mean: object
    nested: object


_VECTORS = frozenset({"scalars", "slopes", "d_scalars", "nested"})
_VECTORS |= {"values", "mean", "d_values", "d_mean"}


def workspace_places(
    predictors: int, coefficients: int, further: int, blocks: int, q: int, values: int, nested: int
) -> NDArray[np.int64]:
    """Return where each array is: ``(first entry, extent, second extent)``, then the total.

    The arguments are numbers: D of linear predictors, of coefficients, of further parameters, of
    blocks K, the largest one of effects per level, of level values, and `nested.nested_scratch`.
    """
    scalars = (coefficients + further, 1)
    vector = (values, 1)
    shapes = Workspace(
        eta=(predictors, CHUNK),
        work=(max(5, 1 + further), CHUNK),
        scalars=scalars,
        slopes=scalars,
        d_scalars=scalars,
        L=(blocks * q, q),
        Lam=(blocks * q, q),
        scales=(2 * blocks, q),
        dLam=(q, q),
        values=vector,
        mean=vector,
        d_values=vector,
        d_mean=vector,
        nested=(nested, 1),
    )
    return places_of(shapes)


def places_of(shapes: NamedTuple) -> NDArray[np.int64]:
    """Return where arrays of these shapes are, one after the other, then the total."""
    sizes = np.prod(shapes, axis=1)
    firsts = np.cumsum(sizes) - sizes
    places = np.column_stack([firsts, shapes]).ravel()
    return np.append(places, sizes.sum()).astype(np.int64)


def space_reader(record: type, vectors: frozenset[str]):
    """Return the compiled function that reads a record of scratch in the memory at a pointer.

    Fields in `vectors` have one dimension; the others have two.
    """

    @intrinsic
    def space_in(_typing, memory, places):
        extents = [1 if field in vectors else 2 for field in record._fields]
        kinds = [types.Array(types.float64, extent, "C") for extent in extents]
        kind = types.NamedTuple(kinds, record)

        def generate(context, builder, signature, arguments):
            table = context.make_array(signature.args[1])(context, builder, arguments[1]).data
            arrays = []
            for k, own in enumerate(kinds):
                at = [cgutils.gep_inbounds(builder, table, 3 * k + i) for i in range(3)]
                word = [builder.load(address) for address in at]
                pointer = builder.gep(arguments[0], [word[0]])
                arrays.append(array_at(context, builder, own, pointer, word[1 : 1 + own.ndim]))
            return context.make_tuple(builder, kind, arrays)

        return kind(memory, places), generate

    return space_in


# The arrays of `workspace_places`.
workspace_in = space_reader(Workspace, _VECTORS)


@intrinsic
def allocate(_typing, n):
    """Return a pointer to n new float64, which `release` must be given."""

    def generate(_context, builder, _signature, arguments):
        word = ir.IntType(64)
        kind = ir.FunctionType(ir.IntType(8).as_pointer(), [word])
        malloc = cgutils.get_or_insert_function(builder.module, kind, "malloc")
        memory = builder.call(malloc, [builder.mul(arguments[0], ir.Constant(word, 8))])
        return builder.bitcast(memory, ir.DoubleType().as_pointer())

    return types.CPointer(types.float64)(types.int64), generate


@intrinsic
def release(_typing, memory):
    """Give back the memory of `allocate`."""

    def generate(context, builder, _signature, arguments):
        untyped = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [untyped])
        free = cgutils.get_or_insert_function(builder.module, kind, "free")
        builder.call(free, [builder.bitcast(arguments[0], untyped)])
        return context.get_dummy_value()

    return types.none(memory), generate
