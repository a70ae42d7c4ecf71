"""What the joint density reads: a record of arrays, passed through a table of addresses."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.kernels.inner import cgutils, intrinsic, types
from bayesmm.sampling.compiled.kernels.pointers import array_at

__all__ = ["BlockField", "JointData", "data_of_table", "row_data", "table_of_data"]

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


def table_of_data(data: JointData) -> NDArray[np.int64]:
    """Return address, first and second extent of each array, which `data_of_table` reads."""
    words = [(a.ctypes.data, a.shape[0], a.shape[1] if a.ndim > 1 else 1) for a in data]
    return np.array(words, dtype=np.int64).ravel()


def _kind(field: str) -> object:
    """Return the type of an array of `JointData`: one dimension, or two."""
    element = types.float64 if field in _FLOAT_FIELDS else types.int64
    return types.Array(element, 2 if field in _ROW_FIELDS else 1, "C")


_FLOAT_FIELDS = frozenset({"columns", "weights", "centers", "priors", "lkj", "statistics"})
_ROW_FIELDS = frozenset({"columns", "codes", "blocks", "terms", "carried", "row_coefficients"})
_ROW_FIELDS |= {"priors", "links", "runs", "run_starts"}


def _array_of_table(context, builder, table, field: str):
    """Generate the array of a field from its address and extents in the table."""
    kind, at = _kind(field), 3 * JointData._fields.index(field)

    def word(k: int):
        return builder.load(cgutils.gep_inbounds(builder, table, at + k))

    pointer = builder.inttoptr(word(0), context.get_value_type(types.CPointer(kind.dtype)))
    return array_at(context, builder, kind, pointer, [word(1 + k) for k in range(kind.ndim)])


@intrinsic
def data_of_table(_typing, pointer):
    """Return the record behind the untyped pointer that the sampler passes on."""
    kind = types.NamedTuple([_kind(field) for field in JointData._fields], JointData)

    def generate(context, builder, _signature, arguments):
        table = builder.bitcast(arguments[0], context.get_value_type(types.CPointer(types.int64)))
        arrays = [_array_of_table(context, builder, table, f) for f in JointData._fields]
        return context.make_tuple(builder, kind, arrays)

    return kind(pointer), generate


@intrinsic
def row_data(_typing, pointer):
    """Return what the rows of a family read of the record: its columns and statistics."""
    fields = ("columns", "statistics")
    kind = types.Tuple([_kind(field) for field in fields])

    def generate(context, builder, _signature, arguments):
        table = builder.bitcast(arguments[0], context.get_value_type(types.CPointer(types.int64)))
        arrays = [_array_of_table(context, builder, table, field) for field in fields]
        return context.make_tuple(builder, kind, arrays)

    return kind(pointer), generate
