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
    """Cross-products of K cells, sorted by the level of the eliminated factor that they are in."""

    predictor: JointData  # the linear predictor of log sigma; its rows are the cells
    starts: Integers  # first cell of each level, (J + 1,); 0 alone where no factor is eliminated
    rows: Integers  # row of `predictor` of each cell
    counts: Vector  # number of rows of the data in each cell
    R: Cube  # upper factors of the Z'Z of the cells, as in `collapsed.statistics`, (K, q, q)
    T: Cube  # columns of W in the coordinates of R, the response last, (K, q, m)
    within: Cube  # Gram matrices of W within the cells, less those of T, (K, m, m)
    small: Rows  # the dense factors, (factors, 4), as in ``dense.to_effects``
    priors: PriorTables  # those of mu; sigma has the first place, where it is 1
    shared: Integers  # effects of mu and sigma that are correlated, see `SharedField`
    lkj: Vector  # shape of their LKJ prior, (1,)
    scores: int = 0  # address of `conditional.cell_scores_code`


class _Before(NamedTuple):
    """What comes before it in the table of a density."""

    data: JointData
    transport: TransportData


cells_behind = record_reader(CellData, before=_Before)
