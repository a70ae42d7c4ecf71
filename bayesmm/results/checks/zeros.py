"""Whether there are more zeros, or fewer, than the model predicts."""

import numpy as np
import pandas as pd

from bayesmm.family.words import MISSING_PREDICTORS
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail, exceedance

__all__ = ["ZEROS"]


def _find(context: CheckContext) -> list[Finding]:
    observed = int(np.sum(context.design.y == 0))
    replicated = np.sum(context.replicates == 0, axis=1)
    more, less = exceedance(replicated, observed), exceedance(-replicated, -observed)
    verdict = by_tail(2 * min(more, less))
    density = context.family.density
    words = f"{observed} zeros; replicated data have {replicated.mean():.1f} on average."
    if verdict != FINE:
        words += (
            f" Too few are predicted: {_advice(context)}."
            if more < less
            else " Too many are predicted: a hurdle family has as many as the data."
            if density is None or density.zeros
            else " Too many are predicted."
        )
    return [
        Finding(
            verdict,
            "rows",
            "P(replicates have more zeros)",
            more,
            words,
            pd.DataFrame({"zeros": replicated}),
        )
    ]


def _advice(context: CheckContext) -> str:
    return context.family.words.advice.get("zeros", f"look for {MISSING_PREDICTORS}")


ZEROS = FitCheck(
    "zero inflation",
    "Number of zeros against replicated data: two-sided P below .05 look, below .01 problem.",
    lambda context: context.design.family.response == "count",
    _find,
)
