"""The table of the common (fixed) effects."""

import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.result_table import ResultTable
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.convergence import MEASURES
from bayesmm.sampling.posterior import common_draws

__all__ = ["fixef"]


def fixef(fit: FitRecord, prob: float = PROB) -> ResultTable:
    """Posterior of the common effects beta, as lme4's ``fixef`` with its uncertainty.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the equal-tailed interval.

    Returns
    -------
    ResultTable
        One row per common effect, the intercept (at X = 0) first. Columns ``term``; ``mean``,
        ``sd``, ``median``, ``lower``, ``upper`` on the scale of the link, per unit of the
        column; ``prob_positive`` = P(beta > 0 | y); ``rhat``, ``ess_bulk``, ``ess_tail``.
        ``attrs`` of every table state the ``probability`` and the kind of ``interval``.
    """
    draws = common_draws(fit.own_draws, fit.design)
    rows = [fit.convergence[term].at(0) for term in fit.design.mu.terms]
    measures = pd.DataFrame(rows, columns=list(MEASURES), dtype=float)
    frame = pd.DataFrame(
        {
            "term": list(fit.design.mu.terms),
            **moments(draws, prob),
            "prob_positive": (draws > 0).mean(axis=(0, 1)),
        }
    )
    return state_interval(frame.join(measures), prob, "Common effects")
