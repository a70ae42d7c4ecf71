"""What the density of a Gaussian model and the draws given its parameters read."""

from typing import NamedTuple

from bayesmm.sampling.compiled.collapsed.prior_tables import PriorTables
from bayesmm.sampling.compiled.collapsed.statistics import GroupStatistics
from bayesmm.sampling.compiled.collapsed.totals import Totals
from bayesmm.sampling.compiled.kernels.records import Rows, record_reader

__all__ = ["GaussianData", "data_of_table"]


class GaussianData(NamedTuple):
    """Arrays of a Gaussian model."""

    rows: GroupStatistics  # cross-products of the data
    totals: Totals  # of the factor whose level totals are sampled; of no levels where there is none
    small: Rows  # the dense factors, (factors, 4), as in ``dense.to_effects``
    priors: PriorTables  # coefficients of the rows, then those of the totals
    gradient: int = 0  # address of the second half of the density, `density.gaussian_gradient`


data_of_table = record_reader(GaussianData)
