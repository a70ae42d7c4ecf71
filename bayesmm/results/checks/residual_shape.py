"""Whether quantile residuals are uniform."""

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.results.checks.context import CheckContext
from bayesmm.results.checks.record import FINE, Finding, FitCheck, by_tail, exceedance

__all__ = ["RESIDUAL_SHAPE"]


def _distance(ordered: Array) -> Array:
    """Return the Kolmogorov-Smirnov distance of ordered rows, shape (S, n), from uniform."""
    n = ordered.shape[1]
    above = (np.arange(1, n + 1) / n - ordered).max(axis=1)
    below = (ordered - np.arange(n) / n).max(axis=1)
    return np.maximum(above, below)


def _find(context: CheckContext) -> list[Finding]:
    """Compare the distance of the data with that of replicates, draw by draw."""
    observed, replicated = (np.sort(u, axis=1) for u in context.uniforms)
    distance = _distance(observed)
    p = exceedance(_distance(replicated), distance)
    n = context.design.n_obs
    lower, upper = np.quantile(replicated, [0.025, 0.975], axis=0)
    places = (np.arange(1, n + 1) - 0.5) / n
    table = pd.DataFrame(
        {
            "expected": places,
            "observed": observed.mean(axis=0),
            "lower": lower,
            "upper": upper,
        }
    )
    # an average of uniform probabilities is below p with probability 2 p at most
    verdict = by_tail(p, 2)
    words = f"Distance from uniform {distance.mean():.3f} on average over draws. "
    words += (
        "Replicated data are as far."
        if verdict == FINE
        else "Replicated data are nearer: the family, the link or a predictor's form is wrong."
    )
    return [Finding(verdict, "rows", "P(distance of replicates is larger)", p, words, table)]


RESIDUAL_SHAPE = FitCheck(
    "residuals",
    "Kolmogorov-Smirnov distance of quantile residuals from uniform, at each draw, against "
    "that of replicated data: 2 P below .01 look, below .001 problem.",
    lambda context: context.family.has_moments and context.family.response != "binary",
    _find,
)
