"""Ordered categories as steps, by who goes on at each: P(Y > k | Y >= k) = F(mu - c_k).

With the symmetric links, logit and probit, this is the stopping ratio.

References
----------
Fienberg (1980), The Analysis of Cross-Classified Categorical Data, section 6.5. Buerkner and Vuorre
(2019), doi:10.1177/2515245918823199.
"""

from bayesmm.family.steps import reached_by_steps, sequential
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


def _kernel(below, above, K, scale):
    def stays(z):
        return above(-z)

    def goes(z):
        return below(-z)

    return sequential(stays, goes, K, scale)


def _shares(inverse, distances):
    """Return (1 - G_k) G_1 ... G_(k-1), G_k = F(mu - c_k)."""
    found, left = [], 1.0
    for z in distances:
        goes = inverse(-z)
        found.append(left * (1.0 - goes))
        left = left * goes
    return [*found, left]


FAMILY = reached_by_steps(
    "cratio",
    _kernel,
    _shares,
    Words(
        title="continuation ratio",
        equation=("ContinuationRatio", "{mu}", "{c}"),
        category=("P({} > k | {} ≥ k)", "mu"),
        names={"brms": "cratio"},
        synonyms=("continuationratio",),
    ),
)
