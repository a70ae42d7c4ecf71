"""Ordered categories by pairs of neighbours: P(Y = k + 1 | Y = k or k + 1) = F(mu - c_k).

References
----------
Agresti (2010), Analysis of Ordinal Categorical Data, section 4.1. Buerkner and Vuorre (2019),
doi:10.1177/2515245918823199.
"""

from math import prod

from bayesmm.family.numeric import softplus, where
from bayesmm.family.steps import reached_by_steps
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


def _kernel(below, above, K, scale):
    def rise(z):
        """Return the log odds of the higher of two neighbours."""
        return below(-z) - above(-z)

    def kernel(y, eta, *further):
        position = -eta
        score = rise(scale(position, 0, further))
        total = softplus(score)  # log of the sum of exp(score), that of the first being 0
        own = where(y > 1.5, score, 0.0)
        for k in range(1, K - 1):
            position = position + further[k - 1]
            score = score + rise(scale(position, k, further))
            total = total + softplus(score - total)
            own = where(y > k + 1.5, score, own)
        return own - total

    def of_two(y, eta, *further):
        score = rise(scale(-eta, 0, further))
        return where(y > 1.5, score, 0.0) - softplus(score)

    # a loop over no gaps would not compile
    return kernel if K > 2 else of_two


def _shares(inverse, distances):
    """Return G_1 ... G_(k-1) (1 - G_k) ... (1 - G_(K-1)) over their sum, G_k = F(mu - c_k)."""
    rises = [inverse(-z) for z in distances]
    products = [
        prod([*rises[:k], *(1.0 - rise for rise in rises[k:])]) for k in range(len(rises) + 1)
    ]
    total = sum(products)
    return [product / total for product in products]


FAMILY = reached_by_steps(
    "acat",
    _kernel,
    _shares,
    Words(
        title="adjacent category",
        equation=("AdjacentCategory", "{mu}", "{c}"),
        category=("P({} = k+1 | {} = k or k+1)", "mu"),
        names={"brms": "acat"},
        synonyms=("adjacentcategory",),
    ),
)
