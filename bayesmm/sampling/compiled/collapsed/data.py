"""What the density of a Gaussian model and the draws given its parameters read."""

from typing import NamedTuple

from bayesmm.sampling.compiled.collapsed.prior_tables import PriorTables
from bayesmm.sampling.compiled.collapsed.statistics import GroupStatistics
from bayesmm.sampling.compiled.collapsed.totals import Totals
from bayesmm.sampling.compiled.kernels.records import Rows, record_reader

__all__ = ["GaussianData", "data_of_table"]


class GaussianData(NamedTuple):
    """Arrays of a Gaussian model.

    Attributes
    ----------
    rows : GroupStatistics
        Cross-products of the data.
    totals : Totals
        The factor whose level totals are sampled; of no levels where there is none.
    small : array of int64, shape (factors, 4)
        The factors that are dense, as in ``dense.to_effects``.
    priors : PriorTables
        The priors; coefficients of the rows, then those of the totals.
    gradient : int
        Address of the second half of the density, `density.gaussian_gradient`.
    """

    rows: GroupStatistics
    totals: Totals
    small: Rows
    priors: PriorTables
    gradient: int = 0


data_of_table = record_reader(GaussianData)
