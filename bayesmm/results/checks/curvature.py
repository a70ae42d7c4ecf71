"""Whether the common effects of numeric predictors are straight lines, as the model says."""

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail
from bayesmm.results.checks.score import posterior_score

__all__ = ["CURVATURE"]

_DEGREES = (2, 3)


def _find(context: CheckContext) -> list[Finding]:
    tried = []
    for name, column in context.curved.items():
        for degree in _DEGREES:
            bend = _orthogonal(column, degree)
            found = posterior_score(
                context.scores, lambda rows, bend=bend: rows.score * bend, linear=True
            )
            tried.append((name, degree, found.z, found.either))
    table = pd.DataFrame(tried, columns=["predictor", "degree", "z", "p"])
    worst = table.loc[table["p"].idxmin()]
    verdict = by_tail(worst["p"], len(table))
    words = f"Furthest from a straight line: {worst['predictor']}, at {worst['z']:+.1f} sds."
    if verdict != FINE:
        words += " Try a curve, as poly(x, 2) or a spline, or another scale of that predictor."
    value = min(1.0, float(worst["p"]) * len(table))
    return [Finding(verdict, "predictors", "P(any as bent)", value, words, table)]


def _orthogonal(column: Array, degree: int) -> Array:
    """Return the polynomial of a degree orthogonal to those of lower ones, of mean square 1."""
    powers = np.vander(column, degree + 1, increasing=True)
    last = np.linalg.qr(powers)[0][:, -1]
    return last * np.sqrt(len(column))


CURVATURE = FitCheck(
    "straight lines",
    "Scores of the second and third power of each numeric column of the common effects, their "
    "posterior means: P(any as far from 0) below .01 look, below .001 problem.",
    lambda context: bool(context.family.has_moments and context.curved),
    _find,
    replicates=True,
)
