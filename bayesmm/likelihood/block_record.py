"""The record of the estimates of one block of group effects."""

from dataclasses import dataclass

from bayesmm.arrays import Array

__all__ = ["BlockEstimates"]


@dataclass(frozen=True, slots=True, eq=False)
class BlockEstimates:
    """ML or REML estimates of one block of group effects (same order as ``Design.blocks``).

    Attributes
    ----------
    sd : ndarray, shape (q,)
        Standard deviations of the effects, in the units of the response per unit of the column.
    corr : ndarray, shape (q, q), or None
        Correlation matrix; None when the block is not correlated, NaN beside a zero sd.
    modes : ndarray, shape (q, J)
        Conditional modes of the effects (BLUPs of a linear model).
    mode_sds : ndarray, shape (q, J)
        Conditional sds given the estimates of all other parameters.
    """

    sd: Array
    corr: Array | None
    modes: Array
    mode_sds: Array

    @property
    def n_covariance_parameters(self) -> int:
        """Number of free parameters of the covariance matrix."""
        q = len(self.sd)
        return q if self.corr is None else q * (q + 1) // 2
