"""Whether the data ask for more than the model has: posterior means of scores, with their error.

A discrepancy d(y, theta), such as the score of a parameter that the model lacks, has mean 0 given
theta if the model holds. Its posterior mean D(y) = E(d | y) then has mean 0 over data and
parameters, and by the law of total variance

    Var D = E Var(d | theta) - E Var(d | y),

both of which the draws tell: the first from replicated data, the second from how d varies over the
posterior (of data that the model makes: of the data themselves it would be larger where the model
is wrong, and hide it). What the
model has learnt from the data, group effects included, is so allowed for, which a posterior
predictive probability does not do: it compares d with replicates that nothing was learnt from, and
finds too little.
"""

from dataclasses import dataclass

import numpy as np

from bayesmm.results.checks.row_scores import Discrepancy, RowScores
from bayesmm.special import gammainc, gammaincc, ndtr

__all__ = ["Score", "posterior_score"]

_LEAST_LEFT = 0.02  # of the variance: less, and the model has the parameter, or as good as has it
_STRAIGHT = 0.02  # skewness below which the distribution is taken as normal


@dataclass(frozen=True, slots=True)
class Score:
    """The posterior mean of a discrepancy."""

    # in units of its standard deviation under the model; NaN where the model learns all of it
    z: float
    more: float  # P(as large or larger), under the model
    # Var D as a part of E Var(d | theta), and two standard errors of that part: 1 when the model
    # learns nothing of it from the data
    left: float

    @property
    def either(self) -> float:
        """P(as far from 0 in either direction)."""
        return min(1.0, 2 * min(self.more, 1 - self.more))


def posterior_score(scores: RowScores, discrepancy: Discrepancy, *, linear: bool = False) -> Score:
    """Return how far the posterior mean of a discrepancy is from 0.

    The discrepancy gives contributions of independent units, rows or groups, to d, each of mean 0
    given the parameters. Where they are `linear` in the scores, those of the data tell their
    variance, too. The larger one counts: more spread than the family allows is not taken for
    anything else.

    The distribution of D is taken as Pearson's type III with the variance above and the skewness
    of d, whose second and third cumulants are the sums of those of its units.
    """
    made = discrepancy(scores.replicated)
    variance = float(np.mean(np.sum(made**2, axis=1)))
    if not variance > 0:
        return Score(float("nan"), 0.5, 0.0)
    learnt = scores.learnt(discrepancy) / variance
    left = 1 - learnt
    if left < _LEAST_LEFT:
        return Score(float("nan"), 0.5, left)
    # a variance of so many draws has this error: little left is easily taken for less
    left = min(1.0, left + 2 * learnt * np.sqrt(2 / scores.n_draws))
    of_data = discrepancy(scores.observed)
    total = of_data.sum(axis=1, keepdims=True)
    skewness = float(np.mean(np.sum(made**3, axis=1))) / variance**1.5
    if linear:
        # less what a parameter that is missing adds to each unit
        share = np.mean(made**2, axis=0) / variance
        variance = max(variance, float(np.mean(np.sum((of_data - share * total) ** 2, axis=1))))
    z = float(total.mean()) / np.sqrt(left * variance)
    return Score(float(z), _upper_tail(z, skewness), left)


def _upper_tail(z: float, skewness: float) -> float:
    """Return P(Z > z) of mean 0 and variance 1, a shifted gamma distribution."""
    if abs(skewness) < _STRAIGHT:
        return float(ndtr(-z))
    shape = 4 / skewness**2
    at = shape + np.sign(skewness) * z * np.sqrt(shape)
    if skewness > 0:
        return float(gammaincc(shape, max(at, 0.0)))
    return float(gammainc(shape, max(at, 0.0)))
