"""Whether the response varies more than the family allows."""

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail
from bayesmm.results.checks.score import posterior_score

__all__ = ["OVERDISPERSION"]


def _find(context: CheckContext) -> list[Finding]:
    found = posterior_score(context.scores, lambda rows: rows.score**2 - rows.variance)
    mean, variance = _moments(context)
    rows = tuple(range(1, mean.ndim))
    observed = np.mean((context.design.observed - mean) ** 2 / variance, axis=rows)
    replicated = np.mean((context.replicates - mean) ** 2 / variance, axis=rows)
    ratio = float(observed.mean() / replicated.mean())
    verdict = by_tail(found.more)
    words = f"Mean squared Pearson residual {ratio:.2f} times that of replicated data."
    if verdict != FINE:
        words += f" More spread than the family allows: {context.advice('spread')}."
    table = pd.DataFrame({"observed": observed, "replicated": replicated})
    return [Finding(verdict, "rows", "P(as much spread)", found.more, words, table)]


def _moments(context: CheckContext) -> tuple[Array, Array]:
    """Return mean and variance of the responses, of counts those of each category."""
    family, parameters = context.family, context.parameters
    if context.design.category_counts is None:
        return family.response_mean(parameters), family.variance(parameters)
    share = family.probabilities(parameters)
    mean = context.design.y[:, None] * share
    return mean, mean * (1.0 - share)


OVERDISPERSION = FitCheck(
    "overdispersion",
    "Score of the variance of an effect per row, its posterior mean: P(as large) below .01 look, "
    "below .001 problem.",
    # a 0/1 response has no spread of its own: its variance is a function of its mean
    lambda context: (
        context.family.response == "multinomial"
        or (context.family.has_moments and context.family.response in ("count", "binomial"))
    ),
    _find,
    replicates=True,
)
