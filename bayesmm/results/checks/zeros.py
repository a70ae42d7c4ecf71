"""Whether there are more zeros, or fewer, than the model predicts."""

import numpy as np
import pandas as pd

from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail
from bayesmm.results.checks.score import posterior_score

__all__ = ["ZEROS"]


def _find(context: CheckContext) -> list[Finding]:
    observed = int(np.sum(context.design.y == 0))
    replicated = np.sum(context.replicates == 0, axis=1)
    found = posterior_score(context.scores, lambda rows: (rows.y == 0) - rows.none)
    verdict = by_tail(found.either)
    density = context.family.density
    words = f"{observed} zeros; replicated data have {replicated.mean():.1f} on average."
    if verdict != FINE:
        words += (
            f" Too few are predicted: {context.advice('zeros')}."
            if found.z > 0
            else " Too many are predicted: a hurdle family has as many as the data."
            if density is None or 0.0 not in density.silent
            else " Too many are predicted."
        )
    return [
        Finding(
            verdict,
            "rows",
            "P(as far from the expected number)",
            found.either,
            words,
            pd.DataFrame({"zeros": replicated}),
        )
    ]


ZEROS = FitCheck(
    "zero inflation",
    "Number of zeros less the expected one, its posterior mean: P(as far from 0) below .01 look, "
    "below .001 problem.",
    lambda context: context.design.family.response == "count",
    _find,
    replicates=True,
)
