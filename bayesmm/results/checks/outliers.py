"""Rows that the model holds to be next to impossible."""

import numpy as np

from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail
from bayesmm.special import ndtr

__all__ = ["OUTLIERS"]


def _find(context: CheckContext) -> list[Finding]:
    table = context.residuals[["row", "observed", "fitted", "quantile"]].copy()
    table["tail"] = 2 * ndtr(-table["quantile"].abs())
    worst = int(table["tail"].to_numpy().argmin())
    # Bonferroni: the chance that any of n rows is as extreme
    value = float(-np.expm1(len(table) * np.log1p(-min(table["tail"][worst], 1 - 1e-16))))
    verdict = by_tail(value)
    size = table["quantile"][worst]
    words = f"The most extreme row is {table['row'][worst]}, at {size:+.1f} normal sds."
    if verdict != FINE:
        other = context.family.words.advice.get("outliers")
        words += f" Look at it; {other}." if other else " Look at it."
    return [Finding(verdict, "rows", "P(any row as extreme)", value, words, table)]


OUTLIERS = FitCheck(
    "outliers",
    "Tail probability of the most extreme quantile residual among all rows: below .01 look, "
    "below .001 problem.",
    lambda context: (
        context.family.response == "multinomial"
        or (context.family.has_moments and context.family.response != "binary")
    ),
    _find,
)
