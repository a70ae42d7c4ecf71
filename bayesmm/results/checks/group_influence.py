"""Groups without which the common effects would be others."""

import numpy as np
import pandas as pd

from bayesmm.fit_record import FitRecord
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, NOTE, Finding, FitCheck
from bayesmm.results.comparison.grouping import grouping_of
from bayesmm.results.comparison.loo import efficiency_of
from bayesmm.results.comparison.pareto_smoothing import psis_loo
from bayesmm.results.densities.group_likelihood import group_log_likelihood
from bayesmm.sampling.posterior import common_draws

__all__ = ["GROUP_INFLUENCE", "group_shifts"]

_NOTE_ABOVE = 0.5  # Cook and Weisberg (1982)


def group_shifts(fit: FitRecord, factor: str) -> pd.DataFrame:
    """Return how far the common effects move when a group is left out.

    D_j = d_j' Cov(beta)^-1 d_j / p with d_j = E(beta | y_-j) - E(beta | y), by importance
    sampling with the likelihood of the group: the counterpart of Cook's distance.

    One row per level: ``level``, ``distance`` D_j, ``k`` (Pareto shape; above 0.7 the shifts are
    themselves uncertain), and the shift of each common effect in units of its posterior sd, one
    column per effect.
    """
    grouping = grouping_of([fit.design], factor)
    values = group_log_likelihood(fit.design, fit.own_draws, grouping).values
    psis = psis_loo(values, efficiency_of(fit))
    weights = np.exp(psis.log_weights).reshape(-1, len(grouping.levels))
    weights /= weights.sum(axis=0)
    beta = common_draws(fit.own_draws, fit.design).reshape(len(weights), -1)
    centred = beta - beta.mean(axis=0)
    shift = weights.T @ centred
    sd = centred.std(axis=0, ddof=1)
    correlation = np.corrcoef(centred, rowvar=False).reshape(len(sd), len(sd))
    standard = shift / sd
    distance = np.sum(standard * np.linalg.solve(correlation, standard.T).T, axis=1) / len(sd)
    return pd.DataFrame(
        {"level": list(grouping.levels), "distance": distance, "k": psis.k}
        | dict(zip(fit.design.mu.terms, standard.T, strict=True))
    )


def _find(context: CheckContext) -> list[Finding]:
    return [_one(context, factor) for factor in context.design.factors]


def _one(context: CheckContext, factor: str) -> Finding:
    table = group_shifts(context.fit, factor)
    worst = int(table["distance"].to_numpy().argmax())
    value = float(table["distance"][worst])
    verdict = FINE if value <= _NOTE_ABOVE else NOTE
    words = f"Without {table['level'][worst]} the common effects move most"
    words += "." if verdict == FINE else ": look at that group, and report the fit without it."
    uncertain = int((table["k"] > 0.7).sum())
    if uncertain:
        words += f" k > 0.7 for {uncertain} levels, whose shifts are rough."
    return Finding(verdict, factor, "largest distance D", value, words, table)


GROUP_INFLUENCE = FitCheck(
    "influence of groups",
    "Shift of the common effects when a group is left out, as Cook's distance: above 0.5 note.",
    lambda context: (
        bool(context.design.blocks and context.design.mu.terms) and not context.design.varying
    ),
    _find,
    test=False,
)
