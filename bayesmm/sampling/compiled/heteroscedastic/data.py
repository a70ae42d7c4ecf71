"""What the density of a Gaussian model with several residual sds reads, and its draws."""

from typing import NamedTuple

from bayesmm.sampling.compiled.collapsed.prior_tables import PriorTables
from bayesmm.sampling.compiled.kernels.data import JointData
from bayesmm.sampling.compiled.kernels.records import Cube, Integers, Rows, Vector, record_reader
from bayesmm.sampling.compiled.kernels.transport_data import TransportData

__all__ = ["CellData", "SharedField", "cells_behind"]


class SharedField:
    """Entries of ``CellData.shared``: the block with effects of mu and of sigma."""

    BLOCK = 0  # among those of the model of log sigma, -1 for none
    OF_SIGMA = 1  # number of its effects on log sigma, which come first
    OF_MU = 2  # number of its effects on mu
    FIRST = 3  # first of those among the effects of the eliminated factor
    COUNT = 4


class CellData(NamedTuple):
    """Cross-products of the cells, sorted by the level of the eliminated factor that they are in.

    Attributes
    ----------
    predictor : JointData
        The linear predictor of log sigma; its rows are the cells.
    starts : ndarray of int64, shape (J + 1,)
        First cell of each level; one entry, 0, where no factor is eliminated.
    rows : ndarray of int64, shape (K,)
        Row of `predictor` of each cell.
    counts : ndarray, shape (K,)
        Number of rows of the data in each cell.
    R : ndarray, shape (K, q, q)
        Upper factors of the Z'Z of the cells, as in `collapsed.statistics`.
    T : ndarray, shape (K, q, m)
        Columns of W in the coordinates of R; the response is last.
    within : ndarray, shape (K, m, m)
        Gram matrices of W within the cells, less those of T.
    small : ndarray of int64, shape (factors, 4)
        The factors that are dense, as in ``dense.to_effects``.
    priors : PriorTables
        Those of mu; sigma has the first place, where it is 1.
    shared : ndarray of int64, shape (SharedField.COUNT,)
        Effects of mu and sigma that are correlated.
    lkj : ndarray, shape (1,)
        Shape of their LKJ prior.
    scores : int
        Address of `conditional.cell_scores_code`.
    """

    predictor: JointData
    starts: Integers
    rows: Integers
    counts: Vector
    R: Cube
    T: Cube
    within: Cube
    small: Rows
    priors: PriorTables
    shared: Integers
    lkj: Vector
    scores: int = 0


class _Before(NamedTuple):
    """What comes before it in the table of a density."""

    data: JointData
    transport: TransportData


cells_behind = record_reader(CellData, before=_Before)
