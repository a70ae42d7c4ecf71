"""What the joint density reads: a record of arrays, passed through a table of addresses."""

from typing import NamedTuple

import numpy as np
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic
from numpy.typing import NDArray

from bayesmm.sampling.compiled.kernels.pointers import array_at

__all__ = [
    "BlockField",
    "JointData",
    "array_kinds",
    "array_of_table",
    "data_of_table",
    "record_reader",
    "row_data",
    "table_of_data",
]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


class BlockField:
    """Columns of ``JointData.blocks``."""

    EFFECTS = 0  # q
    LEVELS = 1  # J
    CORRELATED = 2
    CENTERED = 3  # number of centred levels, which come first
    SDS = 4  # first coordinate of the log sds in x
    PARTIALS = 5  # first coordinate of the partial correlations
    EFFECTS_AT = 6  # first coordinate of the effects, (q, J) in C order
    VALUES_AT = 7  # first level value, (q, J) in C order
    PRIOR = 8  # row of the prior of the first sd
    RUNS = 9  # whether rows are taken run by run
    SHIFTED = 10  # effect from which the means of other blocks are shifted out, or -1
    SHIFTS = 11  # effect whose mean is shifted into another block, or -1
    SHIFT_WEIGHTS = 12  # first weight of that mean
    OUTER = 13  # block whose effects are integrated out of the prior of this one, or -1
    OUTER_AT = 14  # where `maps` says how, see `nested.nested_forward`
    TURN = 15  # in row i: the i-th block to go forward, outer factors before inner ones
    COUNT = 16


class JointData(NamedTuple):
    """Arrays of the joint density.

    Attributes
    ----------
    sizes : int64, shape (7,)
        Rows n, coefficients (with the intercept), auxiliary parameters, whether there is an
        intercept, number of linear predictors D, scalar that is the dispersion of Decov priors
        or -1, address of the rows of the family (see `rows`).
    columns : float64, shape (m, n)
        Row data: response, size, second statistic, then offset, columns of X and of Z.
    codes : int64, shape (K, n)
        Level of each row per block.
    blocks : int64, shape (K, BlockField.COUNT)
        The blocks of group effects.
    terms : int64, shape (T, 4)
        One row per effect of a block: block, first level value, column of Z or -1 for ones,
        linear predictor.
    carried : int64, shape (C, 5)
        Coefficients that act on the level values: coefficient, block, first level value, first
        weight, levels J.
    row_coefficients : int64, shape (R, 3)
        Coefficients that act on the rows: coefficient, or -1 for an offset; column, or -1 for
        ones; linear predictor.
    weights : float64
        Weights of `carried` and of the shifts, one after the other.
    centers : float64, shape (coefficients,)
        What each carried slope takes from the intercept.
    priors : float64, shape (parameters, 6)
        Rows of `priors.prior_rows`: coefficients, auxiliary parameters, sds block by block.
    lkj : float64, shape (K,)
        Shape of the LKJ prior of each block.
    links : int64, shape (L, 3)
        Blocks that rest on the level values of a coarser one: inner block, first level value of
        the outer one, first entry in `maps` of the outer level of each inner level.
    maps : int64
        Levels of coarser factors.
    runs : int64, shape (U, 3)
        First row, last row + 1 and level of each run of equal level, cut at chunks.
    run_starts : int64, shape (K, chunks + 1)
        First run of each chunk, per block.
    statistics : float64
        Totals that the family needs, see the module of the family.
    workspace : int64
        Where the scratch of an evaluation is, see `workspace`.
    """

    sizes: Integers
    columns: Floats
    codes: Integers
    blocks: Integers
    terms: Integers
    carried: Integers
    row_coefficients: Integers
    weights: Floats
    centers: Floats
    priors: Floats
    lkj: Floats
    links: Integers
    maps: Integers
    runs: Integers
    run_starts: Integers
    statistics: Floats
    workspace: Integers


def table_of_data(data: NamedTuple) -> NDArray[np.int64]:
    """Return address, first and second extent of each array, which `data_of_table` reads."""
    words = [(a.ctypes.data, a.shape[0], a.shape[1] if a.ndim > 1 else 1) for a in data]
    return np.array(words, dtype=np.int64).ravel()


def array_kinds(
    record: type, floats: frozenset[str], matrices: frozenset[str]
) -> dict[str, types.Array]:
    """Return the type of each array of a record: of float64 or int64, of one dimension or two."""
    return {
        field: types.Array(
            types.float64 if field in floats else types.int64, 2 if field in matrices else 1, "C"
        )
        for field in record._fields
    }


_FLOAT_FIELDS = frozenset({"columns", "weights", "centers", "priors", "lkj", "statistics"})
_ROW_FIELDS = frozenset({"columns", "codes", "blocks", "terms", "carried", "row_coefficients"})
_ROW_FIELDS |= {"priors", "links", "runs", "run_starts"}
_KINDS = array_kinds(JointData, _FLOAT_FIELDS, _ROW_FIELDS)


def array_of_table(context, builder, table, kind: types.Array, place: int):
    """Generate the array whose address and extents come after those of `place` others."""
    at = 3 * place

    def word(k: int):
        return builder.load(cgutils.gep_inbounds(builder, table, at + k))

    pointer = builder.inttoptr(word(0), context.get_value_type(types.CPointer(kind.dtype)))
    return array_at(context, builder, kind, pointer, [word(1 + k) for k in range(kind.ndim)])


def record_reader(record: type, kinds: dict[str, types.Array], first: int):
    """Return the compiled function that reads a record behind the untyped pointer of the sampler.

    Parameters
    ----------
    record : type
        A named tuple of arrays.
    kinds : dict of str to numba type
        The type of each.
    first : int
        Number of arrays that come before it in the table.
    """
    kind = types.NamedTuple(list(kinds.values()), record)

    @intrinsic
    def read(_typing, pointer):
        def generate(context, builder, _signature, arguments):
            words = context.get_value_type(types.CPointer(types.int64))
            table = builder.bitcast(arguments[0], words)
            arrays = [
                array_of_table(context, builder, table, own, first + record._fields.index(field))
                for field, own in kinds.items()
            ]
            return context.make_tuple(builder, kind, arrays)

        return kind(pointer), generate

    return read


data_of_table = record_reader(JointData, _KINDS, 0)


@intrinsic
def row_data(_typing, pointer):
    """Return what the rows of a family read of the record: its columns and statistics."""
    fields = ("columns", "statistics")
    kind = types.Tuple([_KINDS[field] for field in fields])

    def generate(context, builder, _signature, arguments):
        table = builder.bitcast(arguments[0], context.get_value_type(types.CPointer(types.int64)))
        places = {field: JointData._fields.index(field) for field in fields}
        arrays = [
            array_of_table(context, builder, table, _KINDS[f], at) for f, at in places.items()
        ]
        return context.make_tuple(builder, kind, arrays)

    return kind(pointer), generate
