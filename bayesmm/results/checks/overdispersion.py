"""Whether the response varies more than the family allows."""

import numpy as np
import pandas as pd

from bayesmm.family.words import MISSING_PREDICTORS
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail, exceedance

__all__ = ["OVERDISPERSION"]


def _find(context: CheckContext) -> list[Finding]:
    parameters = context.parameters
    mean = context.family.response_mean(parameters)
    variance = context.family.variance(parameters)
    observed = np.mean((context.design.y - mean) ** 2 / variance, axis=1)
    replicated = np.mean((context.replicates - mean) ** 2 / variance, axis=1)
    more, less = exceedance(replicated, observed), exceedance(-replicated, -observed)
    ratio = float(observed.mean() / replicated.mean())
    verdict = by_tail(2 * min(more, less))
    words = f"P(replicates vary more) = {more:.3f}."
    if verdict != FINE:
        words += (
            f" More spread than the family allows: {_advice(context)}."
            if ratio > 1
            else " Less spread than the family allows."
        )
    table = pd.DataFrame({"observed": observed, "replicated": replicated})
    return [Finding(verdict, "rows", "Pearson ratio", ratio, words, table)]


def _advice(context: CheckContext) -> str:
    return context.family.words.advice.get("spread", f"look for {MISSING_PREDICTORS}")


OVERDISPERSION = FitCheck(
    "overdispersion",
    "Mean squared Pearson residual over that of replicated data, at each draw: two-sided P "
    "below .05 look, below .01 problem.",
    # a 0/1 response has no spread of its own: its variance is a function of its mean
    lambda context: context.family.has_moments and context.family.response in ("count", "binomial"),
    _find,
)
