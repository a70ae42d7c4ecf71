"""What the joint density reads: a record of arrays, passed through a table of addresses."""

from typing import NamedTuple

from bayesmm.sampling.compiled.kernels.records import (
    Integers,
    Matrix,
    Rows,
    Vector,
    fields_reader,
    record_reader,
)

__all__ = ["BlockField", "JointData", "data_of_table", "row_data"]


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

    The seven `sizes` are rows n, coefficients (with the intercept), auxiliary parameters, whether
    there is an intercept, number of linear predictors D, scalar that is the dispersion of Decov
    priors or -1, address of the rows of the family (see `rows`).

    `terms` has a row per effect of a block: block, first level value, column of Z or -1 for ones,
    linear predictor. `carried` are the coefficients that act on the level values: coefficient,
    block, first level value, first weight, levels J; `row_coefficients` those that act on the rows:
    coefficient, or -1 for an offset; column, or -1 for ones; linear predictor. `links` are the
    blocks that rest on the level values of a coarser one: inner block, first level value of the
    outer one, first entry in `maps` of the outer level of each inner level.
    """

    sizes: Integers  # (7,), see above
    columns: Matrix  # response, size, second statistic, then offset, columns of X and of Z, (m, n)
    codes: Rows  # level of each row per block, (K, n)
    blocks: Rows  # of group effects, (K, BlockField.COUNT)
    terms: Rows  # (T, 4)
    carried: Rows  # (C, 5)
    row_coefficients: Rows  # (R, 3)
    weights: Vector  # of `carried` and of the shifts, one after the other
    centres: Vector  # what each carried slope takes from the intercept, (coefficients,)
    priors: Matrix  # `priors.prior_rows` of coefficients, auxiliary parameters, sds block by block
    thresholds: Matrix  # their priors, see `thresholds`, (thresholds, 4); (0, 4) without
    lkj: Vector  # shape of the LKJ prior of each block, (K,)
    links: Rows  # (L, 3)
    maps: Integers  # levels of coarser factors
    runs: Rows  # of equal level, cut at chunks: first row, last row + 1 and level, (U, 3)
    run_starts: Rows  # first run of each chunk, per block, (K, chunks + 1)
    statistics: Vector  # totals that the family needs, see the module of the family
    workspace: Integers  # where the scratch of an evaluation is, see `workspace`


data_of_table = record_reader(JointData)
# What the rows of a family read.
row_data = fields_reader(JointData, ("columns", "statistics"))
