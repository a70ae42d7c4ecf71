"""Effects that are nearly uncorrelated in the data, in which the sampler moves.

What the groups say of their effects u_j scatters with T = Sigma + sigma^2 S^-1, S the mean of
Z_j'Z_j: the effects themselves and the error of each group's estimate of them. An intercept at
x = 0 far outside the data is correlated with the slope in both. With T = B B' the effects of
c = B^-1 u are not, and neither are their log sds in the posterior, whose correlation is about the
squared correlation in T.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.design import Block, Design
from bayesmm.model.names import corr_name
from bayesmm.sampling.compiled.collapsed.plan import Plan
from bayesmm.sampling.compiled.kernels.priors import PRIOR_CODES

__all__ = ["block_bases", "factors_with_basis"]

type Floats = NDArray[np.float64]

# Of the data that T is estimated from. Any basis is exact; some are better.
_ROWS, _LEVELS = 20_000, 500
_EM_STEPS = 15
# Part of an effect's scatter (an sd) that is its own, beside those before it, from which on the
# effects stay as they are. With parts of 0.23 to 0.81 (14 simulated shapes, 4 of the course) the
# smallest ESS per gradient was 0.9 to 10 times that in sds and correlations of the effects, in the
# median 2.9 times; with 0.86 to 0.88 (sitka, ace) 0.8 to 1.1 times.
_UNCORRELATED = 0.85
_RANK_TOLERANCE = 1e-9


def block_bases(design: Design, plan: Plan, positive: Floats) -> Floats:
    """Return B of each correlated block in u = B c, with effects c that are nearly uncorrelated.

    Parameters
    ----------
    design : Design
        The model.
    plan : Plan
        Order of the effects.
    positive : ndarray, shape (1 + Q + mixtures, 6)
        Rows of ``kernels.priors.prior_rows``: sigma, sds, ...

    Returns
    -------
    ndarray, shape (Q, Q)
        Block-diagonal and lower triangular, with positive diagonal. Zero for blocks without
        correlations, of nearly uncorrelated effects, and with an sd on an interval.
    """
    Q = sum(factor.n_effects for factor in plan.factors)
    bases = np.zeros((Q, Q))
    for index, block in enumerate(design.blocks):
        if corr_name(design.blocks, index) is None:
            continue
        first = plan.block_effects[index]
        part = slice(first, first + block.n_effects)
        if not (positive[1:][part, 0] == PRIOR_CODES["Uniform"]).any():
            bases[part, part] = _basis(_scatter(design, block))
    return bases


def factors_with_basis(plan: Plan, bases: Floats) -> tuple[str, ...]:
    """Return the names of the factors of which some effects are sampled in a basis."""
    own = np.diag(bases) > 0.0
    return tuple(
        f.name for f in plan.factors if own[f.first_effect : f.first_effect + f.n_effects].any()
    )


def _basis(T: Floats) -> Floats:
    """Return the lower Cholesky factor of T, or 0 where it is nearly diagonal or singular."""
    size = np.sqrt(np.diag(T))
    if not (np.isfinite(T).all() and size.min() > 0.0):
        return np.zeros_like(T)
    values = np.linalg.eigvalsh(T / np.outer(size, size))
    if values.min() < _RANK_TOLERANCE:
        return np.zeros_like(T)
    root = np.linalg.cholesky(T / np.outer(size, size))
    if np.diag(root).min() >= _UNCORRELATED:
        return np.zeros_like(T)
    return size[:, None] * root


def _scatter(design: Design, block: Block) -> Floats:
    """Return T of a block as if it were the only one, from the first levels; by EM steps.

    NaN where the columns of Z are dependent, or nothing is left to explain.
    """
    codes, columns, r = _first_levels(design, block)
    n_levels = int(codes.max()) + 1
    products = np.stack(
        [[np.bincount(codes, a * b, n_levels) for b in columns.T] for a in columns.T]
    ).transpose(2, 0, 1)
    pull = np.stack([np.bincount(codes, z * r, n_levels) for z in columns.T], axis=1)
    total, mean = float(r @ r), products.mean(axis=0)
    if not (total > 0.0 and np.diag(mean).min() > 0.0):
        return np.full_like(mean, np.nan)
    # half of the variance each for the effects and the error, to begin with
    variance = 0.5 * total / len(r)
    G = np.diag(variance * len(r) / n_levels / np.diag(mean))
    try:
        for _ in range(_EM_STEPS):
            spread = np.linalg.inv(products / variance + np.linalg.inv(G))
            modes = np.einsum("jab,jb->ja", spread, pull) / variance
            second = spread + modes[:, :, None] * modes[:, None, :]
            G = second.mean(axis=0)
            left = total - 2 * np.sum(modes * pull) + np.sum(products * second)
            variance = left / len(r)
        return G + variance * np.linalg.inv(mean)
    except np.linalg.LinAlgError:  # dependent columns: there is no better basis
        return np.full_like(mean, np.nan)


def _first_levels(design: Design, block: Block) -> tuple[NDArray[np.int64], Floats, Floats]:
    """Return codes, columns of Z and least-squares residuals of the rows of the first levels."""
    counts = np.cumsum(np.bincount(block.codes, minlength=block.n_groups))
    wanted = min(
        _LEVELS, max(2 * block.n_effects, int(np.searchsorted(counts, _ROWS))), len(counts)
    )
    rows = slice(None) if wanted == len(counts) else block.codes < wanted
    ones = np.ones((design.n_obs, int(design.intercept)))
    X = np.hstack([ones, design.X])[rows]
    y = (design.y if design.offset is None else design.y - design.offset)[rows]
    Z = block.Z[rows]
    if design.weights is not None:
        root = np.sqrt(design.weights[rows])
        X, y, Z = X * root[:, None], y * root, Z * root[:, None]
    return block.codes[rows], Z, y - X @ np.linalg.lstsq(X, y)[0]
