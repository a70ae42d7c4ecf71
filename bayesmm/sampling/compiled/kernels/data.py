"""What the joint density reads: a record of arrays, passed through a table of addresses."""

from typing import NamedTuple

from bayesmm.sampling.compiled.kernels.records import (
    Integers,
    Matrix,
    Rows,
    Vector,
    fields_reader,
    record_reader,
    table_of_record,
)

__all__ = ["BlockField", "JointData", "data_of_table", "row_data", "table_of_data"]


class BlockField:
    """Columns of ``JointData.blocks``."""

    EFFECTS = 0  # q
    LEVELS = 1  # J
    CORRELATED = 2
    CENTRED = 3  # number of centred levels, which come first
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
    centres : float64, shape (coefficients,)
        What each carried slope takes from the intercept.
    priors : float64, shape (parameters, 6)
        Rows of `priors.prior_rows`: coefficients, auxiliary parameters, sds block by block.
    thresholds : float64, shape (thresholds, 4)
        Priors of thresholds, see `thresholds`; no rows where the response has none.
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
    columns: Matrix
    codes: Rows
    blocks: Rows
    terms: Rows
    carried: Rows
    row_coefficients: Rows
    weights: Vector
    centres: Vector
    priors: Matrix
    thresholds: Matrix
    lkj: Vector
    links: Rows
    maps: Integers
    runs: Rows
    run_starts: Rows
    statistics: Vector
    workspace: Integers


table_of_data = table_of_record
data_of_table = record_reader(JointData)
# What the rows of a family read.
row_data = fields_reader(JointData, ("columns", "statistics"))
