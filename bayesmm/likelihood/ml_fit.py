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
        """Return the common effects with tests of zero and Wald intervals, estimate +- t_df se.

        The columns are those of lmerTest's and lm's ``summary``: with group effects df are
        Satterthwaite's, without them n - p. Families other than the gaussian have infinite df: the
        statistic is then a z, as ``glm`` and ``glmer`` print it.

        Parameters
        ----------
        prob : float
            Probability of the intervals.

        Returns
        -------
        ResultTable
            Columns ``term, estimate, se, df, statistic`` (estimate / se), ``p_value`` (two-sided),
            ``lower, upper``; ``attrs``: ``probability`` and ``interval``, how it was made, and
            ``statistic``, ``"t"`` or ``"z"``.

        References
        ----------
        Kuznetsova et al. (2017), Journal of Statistical Software 82(13), doi:10.18637/jss.v082.i13
        """
        return tables.fixef(self, self.degrees_of_freedom, prob)

    def varcorr(self) -> ResultTable:
        """Return sds and correlations in lme4's long form: ``grp, var1, var2, vcov, sdcor``.

        Per block first one row per effect (`var2` missing), then one row per pair of effects; last
        ``grp = "Residual"`` when the family has a residual sd.
        """
        return tables.varcorr(self)

    def ranef(self) -> ResultTable:
        """Return the group effects: ``grp, level, term, estimate, se`` (conditional sd).

        They are conditional modes; by block, effect and level.
        """
        return tables.ranef(self)

    def coef(self) -> ResultTable:
        """Return the coefficients of each group: ``grp, level, term, estimate``.

        Common effect plus its own effect; by factor, term and level. A term that does not vary has
        the common estimate in every group; an effect without a common term is its deviation from
        zero.
        """
        return tables.coef(self)

    def summary(self, prob: float = tables.PROBABILITY) -> Page:
        """Return the whole fit on one page, which shows itself."""
        return ml_page(self, self.fixef(prob))

    def _repr_html_(self) -> str:
        return ml_html(self, self.fixef())

    def __repr__(self) -> str:
        """Return one line."""
        return f"MLFit({self.design.formula!r}, {self.method}, loglik={self.loglik:.4f})"
