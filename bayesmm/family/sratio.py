"""Ordered categories as steps, by who stays at each: P(Y = k | Y >= k) = F(c_k - mu).

References
----------
Tutz (1990), doi:10.1111/j.2044-8317.1990.tb00925.x. Buerkner and Vuorre (2019),
doi:10.1177/2515245918823199.
"""

from bayesmm.family.steps import reached_by_steps, sequential
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


def _shares(inverse, distances):
    """Return F_k (1 - F_1) ... (1 - F_(k-1))."""
    found, left = [], 1.0
    for z in distances:
        stays = inverse(z)
        found.append(left * stays)
        left = left * (1.0 - stays)
    return [*found, left]


FAMILY = reached_by_steps(
    "sratio",
    sequential,
    _shares,
    Words(
        title="stopping ratio",
        equation=("StoppingRatio", "{mu}", "{c}"),
        category=("P({} = k | {} ≥ k)", " − "),
        names={"bambi": "sratio", "brms": "sratio"},
        unweighted=frozenset({"bambi"}),
        synonyms=("stoppingratio", "sequential"),
    ),
)
