"""Effects that are nearly uncorrelated in the data, in which the sampler moves.

What the groups say of their effects u_j scatters with T = Sigma + sigma^2 S^-1, S the mean of
Z_j'Z_j: the effects themselves and the error of each group's estimate of them. An intercept at
x = 0 far outside the data is correlated with the slope in both. With T = B B' the effects
c = B^-1 u are not, and neither are their log sds in the posterior, whose correlation is about the
squared correlation in T.

Where an sd of u itself may be zero its own logarithm is the better coordinate: in those of c that
place is a ridge of no width, which chains miss or do not leave (the sd of a slope between 0.01 and
0.9, 40 seeds: in 13 not all checks passed, once a chain stayed there). There is therefore no basis
unless the data keep every sd away from zero.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.names import corr_name
from bayesmm.sampling.compiled.collapsed.cell_products import moments_of_cells
from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.compiled.collapsed.scatter import Moments, block_moments, em_pilot
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES

__all__ = ["block_bases", "factors_with_basis", "is_nearly_singular"]

type Floats = NDArray[np.float64]

# Part of an effect's scatter (an sd) that is its own, beside those before it, from which on the
# effects stay as they are: sitka, with 0.86, gains nothing.
_UNCORRELATED = 0.85
# Twice the log likelihood that an effect is worth, from which on less than one draw of 4,000 comes
# near the place where its sd is zero. Of 23 shapes in `benchmarks/bases.py` the two rules take 8:
# there the smallest ESS per gradient is 1.9 to 11 times as large, and no check failed in 80 fits.
_WORTH = 17.0
# Share of the scatter of effects, in the direction that has least, that is theirs and no error,
# below which their covariance may be singular: .11 in `labs_lmm3`, whose correlation is -1 by REML,
# and .80 in `dapr3_slopes`.
_SINGULAR = 0.2


def block_bases(design: Design, plan: Plan, positive: Floats) -> Floats:
    """Return B of each correlated block in u = B c, with effects c that are nearly uncorrelated.

    The result, (Q, Q), is block-diagonal and lower triangular, with positive diagonal. It is zero
    for blocks without correlations, of nearly uncorrelated effects, with an sd that may be zero,
    and with one on an interval. `positive` has rows of ``kernels.priors.prior_rows``: sigma, sds,
    ...
    """
    Q = sum(factor.n_effects for factor in plan.factors)
    bases = np.zeros((Q, Q))
    for index, block in enumerate(design.blocks):
        if corr_name(design.blocks, index) is None:
            continue
        first = plan.block_effects[index]
        part = slice(first, first + block.n_effects)
        if not (positive[1:][part, 0] == PRIOR_CODES["Uniform"]).any():
            bases[part, part] = _basis(_moments(design, block))
    return bases


def is_nearly_singular(design: Design, plan: Plan, bases: Floats) -> bool:
    """Return whether effects that have a basis may have a singular covariance.

    Each sd is kept from 0 there, but one combination of the effects is not: the log sd of the last
    coordinate has a long side, and beside its spread the other one is steep.
    """
    for index, block in enumerate(design.blocks):
        first = plan.block_effects[index]
        part = slice(first, first + block.n_effects)
        if corr_name(design.blocks, index) is not None and bases[first, first] > 0.0:
            inverse = np.linalg.inv(bases[part, part])
            own = inverse @ em_pilot(_moments(design, block)).covariance @ inverse.T
            if np.linalg.eigvalsh(own).min() < _SINGULAR:
                return True
    return False


def factors_with_basis(plan: Plan, bases: Floats) -> tuple[str, ...]:
    """Return the names of the factors of which some effects are sampled in a basis."""
    own = np.diag(bases) > 0.0
    return tuple(
        f.name for f in plan.factors if own[f.first_effect : f.first_effect + f.n_effects].any()
    )


def _moments(design: Design, block: Block) -> Moments:
    """Return the moments of a block, from sums within cells where the rows are known by these."""
    summed = design.source is not None and design.source.cells is not None
    return (moments_of_cells if summed else block_moments)(design, block)


def _basis(moments: Moments) -> Floats:
    """Return the lower Cholesky factor of T, or 0 where it is not needed or may do harm."""
    q = moments.pull.shape[1]
    none, mean = np.zeros((q, q)), moments.products.mean(axis=0)
    if not (moments.total > 0.0 and np.diag(mean).min() > 0.0):
        return none
    try:
        pilot = em_pilot(moments)
        T = pilot.covariance + pilot.variance * np.linalg.inv(mean)
        size = np.sqrt(np.diag(T))
        root = np.linalg.cholesky(T / np.outer(size, size))
        if np.diag(root).min() >= _UNCORRELATED:
            return none
        without = [em_pilot(moments.without(a)).log_likelihood for a in range(q)]
    except np.linalg.LinAlgError:  # dependent columns: there is no better basis
        return none
    worth = 2 * (pilot.log_likelihood - max(without))
    return size[:, None] * root if worth > _WORTH else none
