"""A maximum-likelihood fit: its record, with accessors named as those of a Bayesian fit."""

from functools import cached_property

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood import tables
from bayesmm.likelihood.page import Page, ml_html, ml_page
from bayesmm.likelihood.record import MLRecord
from bayesmm.likelihood.satterthwaite import Sensitivity, sensitivity
from bayesmm.owned import owned
from bayesmm.result_table import ResultTable

__all__ = ["MLFit"]


class MLFit(MLRecord):
    """A model fitted by maximum likelihood, or REML: `MLRecord` and what it answers."""

    @cached_property
    def sensitivity(self) -> Sensitivity | None:
        """How the covariance matrix depends on the variances; None unless gaussian."""
        return None if self.sigma is None else owned(sensitivity(self))

    @property
    def degrees_of_freedom(self) -> Array:
        """Degrees of freedom of the t statistics of the common effects, those on mu first.

        n - p without group effects, by Satterthwaite's method with them, and infinite (a z
        statistic) for other families than the gaussian.
        """
        p = len(self.coefficients)
        if self.sensitivity is None or not self.blocks:
            return np.full(p, np.inf if self.sigma is None else float(self.design.n_obs - p))
        return self.sensitivity.degrees_of_freedom(np.eye(p))

    def fixef(self, prob: float = tables.PROBABILITY) -> ResultTable:
        """Return the common effects: ``term, estimate, se, df, statistic, p_value, lower, upper``.

        See `bayesmm.likelihood.tables.fixef`.
        """
        return tables.fixef(self, self.degrees_of_freedom, prob)

    def varcorr(self) -> ResultTable:
        """Return sds and correlations in lme4's long form: ``grp, var1, var2, vcov, sdcor``."""
        return tables.varcorr(self)

    def ranef(self) -> ResultTable:
        """Return the group effects: ``grp, level, term, estimate, se`` (conditional sd)."""
        return tables.ranef(self)

    def coef(self) -> ResultTable:
        """Return the coefficients of each group: ``grp, level, term, estimate``."""
        return tables.coef(self)

    def summary(self, prob: float = tables.PROBABILITY) -> Page:
        """Return the whole fit on one page, which shows itself."""
        return ml_page(self, self.fixef(prob))

    def _repr_html_(self) -> str:
        return ml_html(self, self.fixef())

    def __repr__(self) -> str:
        """Return one line."""
        return f"MLFit({self.design.formula!r}, {self.method}, loglik={self.loglik:.4f})"
