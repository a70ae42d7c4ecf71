"""What stands on the page of a fitted model."""

from dataclasses import dataclass

import pandas as pd

__all__ = ["SummaryRecord"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class SummaryRecord:
    """Everything that the page shows.

    Attributes
    ----------
    title : str
        What kind of model it is.
    facts : tuple of (str, str)
        The lines above the tables: formula, family, data, sampler.
    fixef : pandas.DataFrame
        Common effects, with ``ml_estimate`` and ``ml_se``.
    varcorr : pandas.DataFrame
        Standard deviations and correlations, with ``ml``.
    auxiliary : pandas.DataFrame
        Further parameters of the family (``nu``, ``alpha``, ``kappa``): ``term, mean, sd,
        median, lower, upper, rhat, ess_bulk, ess_tail, ml``. Empty for most families.
    ml_label : str
        ``"REML"`` or ``"ML"``; empty when there is no such fit.
    warnings : tuple of str
        What must be read first: why the numbers are not to be used, or with which caution.
    notes : tuple of str
        What should be read after.
    prob : float
        Probability of all intervals.
    """

    title: str
    facts: tuple[tuple[str, str], ...]
    fixef: pd.DataFrame
    varcorr: pd.DataFrame
    auxiliary: pd.DataFrame
    ml_label: str
    warnings: tuple[str, ...]
    notes: tuple[str, ...]
    prob: float
