"""Whether the response varies more than the family allows."""

import numpy as np
import pandas as pd

from bayesmm.family.words import MISSING_PREDICTORS
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail
from bayesmm.results.checks.score import posterior_score

__all__ = ["OVERDISPERSION"]


def _find(context: CheckContext) -> list[Finding]:
    found = posterior_score(context.scores, lambda rows: rows.score**2 - rows.variance)
    mean = context.family.response_mean(context.parameters)
    variance = context.family.variance(context.parameters)
    observed = np.mean((context.design.y - mean) ** 2 / variance, axis=1)
    replicated = np.mean((context.replicates - mean) ** 2 / variance, axis=1)
    ratio = float(observed.mean() / replicated.mean())
    verdict = by_tail(found.more)
    words = f"Mean squared Pearson residual {ratio:.2f} times that of replicated data."
    if verdict != FINE:
        words += f" More spread than the family allows: {_advice(context)}."
    table = pd.DataFrame({"observed": observed, "replicated": replicated})
    return [Finding(verdict, "rows", "P(as much spread)", found.more, words, table)]


def _advice(context: CheckContext) -> str:
    return context.family.words.advice.get("spread", f"look for {MISSING_PREDICTORS}")


OVERDISPERSION = FitCheck(
    "overdispersion",
    "Score of the variance of an effect per row, its posterior mean: P(as large) below .01 look, "
    "below .001 problem.",
    # a 0/1 response has no spread of its own: its variance is a function of its mean
    lambda context: context.family.has_moments and context.family.response in ("count", "binomial"),
    _find,
    replicates=True,
)
