"""The table of the common (fixed) effects."""

import numpy as np
import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names
from bayesmm.result_table import ResultTable
from bayesmm.results.prediction.parameter_view import refuse_varying
from bayesmm.results.tables.coefficient_ratios import ratio_words
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.sampling.convergence import MEASURES
from bayesmm.sampling.posterior import common_draws, named_draws

__all__ = ["fixef"]


def fixef(fit: FitRecord, prob: float = PROB, *, exponentiate: bool = False) -> ResultTable:
    """Posterior of the common effects beta, as lme4's ``fixef`` with its uncertainty.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    prob : float
        Probability of the equal-tailed interval.
    exponentiate : bool
        Summarise the draws of exp(beta), a ratio per unit of the column: odds ratios with the
        logit link, rate ratios of counts with the log link (see `ratio_words`); the title and
        ``attrs["quantity"]`` name it. exp of the intercept is no ratio but odds, a rate.

    Returns
    -------
    ResultTable
        One row per common effect, the intercept (at X = 0), or the thresholds between ordered
        categories, first; then those of further parameters
        that vary, on their links: ``sigma_Intercept``, ``sigma_Days``. Columns ``term``; ``mean``,
        ``sd``, ``median``, ``lower``, ``upper`` on the scale of the link, per unit of the
        column; ``prob_positive`` = P(beta > 0 | y) (of ratios ``prob_above_1``, which is the
        same); ``rhat``, ``ess_bulk``, ``ess_tail`` of beta.
        ``attrs`` of every table state the ``probability`` and the kind of ``interval``.

    Raises
    ------
    UsageError
        When exp of a coefficient is no ratio, as with the probit link.
    """
    title, positive = "Common effects", "prob_positive"
    if exponentiate:
        if fit.design.varying_elsewhere and not fit.design.mu_is_empty:
            refuse_varying(
                fit.design,
                "Ratios of the coefficients of several parameters",
                _ratios_of_draws(fit.design),
            )
        ratio, level = ratio_words(fit.design.family)
        against = f" against {fit.design.categories[0]}" if fit.design.mu_is_empty else ""
        intercepts = any(own.intercept for own in fit.design.coefficient_predictors)
        with_intercept = f" (of Intercept: {level})" if intercepts else ""
        if fit.design.family.thresholds:
            with_intercept = " (of thresholds: odds of the categories below)"
        title, positive = f"{title}, {ratio}{against}{with_intercept}", "prob_above_1"
    predictors, thresholds = fit.design.linear_predictors, fit.design.family.thresholds
    draws = np.concatenate(
        [named_draws(fit.own_arrays, name)[..., None] for name in thresholds]
        + [common_draws(fit.own_arrays, fit.design, p.parameter) for p in predictors],
        axis=-1,
    )
    terms = [*thresholds, *(name for p in predictors for name in coefficient_names(p))]
    rows = [fit.convergence[term].at(0) for term in terms]
    measures = pd.DataFrame(rows, columns=list(MEASURES), dtype=float)
    frame = pd.DataFrame(
        {
            "term": terms,
            **moments(np.exp(draws) if exponentiate else draws, prob),
            positive: (draws > 0).mean(axis=(0, 1)),
        }
    )
    table = state_interval(frame.join(measures), prob, title)
    if exponentiate:
        table.attrs["quantity"] = ratio
    return table


# By link, of what exp of a coefficient is a ratio.
_RATIOS = {"log": "{}", "logit": "the odds of {}"}


def _ratios_of_draws(design: Design) -> str:
    """Return where else there are ratios of the parameters that vary, or their coefficients."""
    links = {name: design.predictor(name).link for name in design.varying_elsewhere}
    told = [_RATIOS[link].format(name) for name, link in links.items() if link in _RATIOS]
    if not told:
        return "fit.fixef() has the coefficients"
    return f"exp of the draws in fit.draws are ratios, of {' and '.join(told)}"
