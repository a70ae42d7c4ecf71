"""Draw responses whose estimates lie near the parameters that they are drawn from.

A plain simulation of twenty groups misses its own parameters by a standard error. Here residuals
are made orthogonal to the model and group effects are whitened, so that the likelihood of what
comes out peaks close to what went in.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import nbinom

__all__ = ["Array", "Truth", "positive_counts", "response", "systematic"]

type Array = np.ndarray


@dataclass(frozen=True, slots=True)
class Truth:
    """Standard deviations of a group's intercept and slope, their correlation, residual sd."""

    sd: tuple[float, float]
    corr: float
    sigma: float


def response(
    rng: np.random.Generator,
    design: Array,
    fixed: Sequence[float],
    *,
    group: Array,
    truth: Truth,
    strata: Array | int = 0,
    most: float = np.inf,
) -> Array:
    """Draw a random-slope response whose estimates lie near the parameters it is drawn from.

    The slope belongs to column 1 of `design`. Residuals are made orthogonal to every column of
    the model and scaled; group effects are whitened within `strata`; the line is moved until
    generalised least squares returns `fixed`. Values above `most` are folded in on the way.
    """
    blocks = np.eye(group.max() + 1)[group]
    z = np.column_stack([blocks, blocks * design[:, [1]]])
    spanned = np.column_stack([design, z])
    free = group.size - np.linalg.matrix_rank(spanned)
    cov = _covariance(truth)
    marginal = z @ np.kron(cov, np.eye(blocks.shape[1])) @ z.T
    marginal += truth.sigma**2 * np.eye(group.size)
    weighted = np.linalg.solve(marginal, design)

    line = design @ np.array(fixed) + z @ _group_effects(rng, design, group, truth, strata)
    residual = rng.normal(0, truth.sigma, size=group.size)
    for _ in range(40):
        residual = np.minimum(line + residual, most) - line
        residual -= spanned @ np.linalg.lstsq(spanned, residual, rcond=None)[0]
        residual *= truth.sigma * np.sqrt(free / np.sum(residual**2))
        estimate = np.linalg.solve(weighted.T @ design, weighted.T @ (line + residual))
        line += design @ (np.array(fixed) - estimate)
    return line + residual


def _group_effects(
    rng: np.random.Generator, design: Array, group: Array, truth: Truth, strata: Array | int
) -> Array:
    """Draw intercept and slope of every group as least squares would see them, noise included."""
    n_groups = group.max() + 1
    strata = np.broadcast_to(strata, n_groups)
    white = rng.normal(size=(n_groups, 2))
    means = np.eye(strata.max() + 1)[strata]
    white -= means @ np.linalg.lstsq(means, white, rcond=None)[0]
    scatter = white.T @ white / (n_groups - means.shape[1])
    white = np.linalg.solve(np.linalg.cholesky(scatter), white.T).T
    effects = np.empty_like(white)
    for j in range(n_groups):
        own = design[group == j, :2]
        noise = truth.sigma**2 * np.linalg.inv(own.T @ own)
        effects[j] = np.linalg.cholesky(_covariance(truth) + noise) @ white[j]
    return effects.T.ravel()


def _covariance(truth: Truth) -> Array:
    """Return the covariance matrix of the group effects, shape (2, 2)."""
    sd = np.array(truth.sd)
    return np.outer(sd, sd) * np.array([[1, truth.corr], [truth.corr, 1]])


def systematic(rng: np.random.Generator, chance: Array, cell: Array, by: Array) -> Array:
    """Draw yes or no so that each cell, and each stretch of `by`, has the expected number."""
    order = np.lexsort((by, cell))
    passed = np.floor(np.cumsum(chance[order]) + rng.uniform())
    drawn = np.empty(chance.size, dtype=bool)
    drawn[order] = np.diff(passed, prepend=0) > 0
    return drawn


def positive_counts(
    rng: np.random.Generator, mean: Array, size: float, where: Array, cell: Array
) -> Array:
    """Draw negative binomial counts given that they are positive, evenly over each cell.

    The variance of an unconditional count is ``mean + mean**2 / size``; rows not in `where` get 0.
    """
    counts = np.zeros(mean.size)
    for c in np.unique(cell):
        rows = np.flatnonzero(where & (cell == c))
        # Rounded, so that equal means are equal on every machine and keep their order.
        rows = rows[np.argsort(mean[rows].round(9), kind="stable")]
        # Multiples of the golden ratio fill the unit interval evenly over every stretch of rows.
        share = (np.arange(rows.size) * (np.sqrt(5) - 1) / 2 + rng.uniform()) % 1
        success = size / (size + mean[rows])
        none = success**size
        counts[rows] = nbinom.ppf(none + share * (1 - none), size, success)
    return counts
