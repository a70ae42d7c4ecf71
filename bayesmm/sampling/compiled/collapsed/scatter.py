"""A pilot of one block of group effects by EM steps: a millisecond, from the first levels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.leading_levels import leading_levels

__all__ = ["Moments", "ScatterPilot", "block_moments", "em_pilot"]

type Floats = NDArray[np.float64]

_STEPS = 30
# Of the variance of the residuals, as far as rounding in their squares leaves any: what the effects
# explain to the last digit has no less.
_LEAST_REST = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """What a model with one block of effects needs of residuals r; weights are in Z and r."""

    products: Floats  # Z_j'Z_j, (J, q, q)
    pull: Floats  # Z_j'r_j, (J, q)
    total: float  # r'r
    n_obs: int

    def without(self, effect: int) -> "Moments":
        """Return the moments of the block without one of its effects."""
        kept = np.delete(np.arange(self.pull.shape[1]), effect)
        products = self.products[:, kept[:, None], kept]
        return Moments(products, self.pull[:, kept], self.total, self.n_obs)

    def of(self, way: Floats) -> "Moments":
        """Return the moments of the columns Z W."""
        products = way.T @ self.products @ way
        return Moments(products, self.pull @ way, self.total, self.n_obs)

    def orthonormal_way(self) -> Floats:
        """Return W with columns Z W that are orthonormal on average over the levels.

        Raises numpy.linalg.LinAlgError when the columns of Z are dependent.
        """
        mean = self.products.mean(axis=0)
        size = np.sqrt(np.diag(mean))
        root = np.linalg.cholesky(mean / np.outer(size, size))
        return np.linalg.inv(root).T / size[:, None]


@dataclass(frozen=True, slots=True, eq=False)
class ScatterPilot:
    """Estimates after some EM steps."""

    covariance: Floats  # Sigma, of the effects, (q, q)
    variance: float  # sigma^2, of the rest
    log_likelihood: float  # of the residuals, up to a constant


def block_moments(design: Design, block: Block) -> Moments:
    """Return the moments of a block as if it were the only one, of its first levels.

    The residuals are those of least squares on the common columns.
    """
    if design.source is not None:
        index = next(i for i, own in enumerate(design.blocks) if own is block)
        design = design.source.leading(index)
        block = design.blocks[index]
    counts = np.cumsum(np.bincount(block.columns.codes, minlength=block.n_groups))
    wanted = leading_levels(counts, block.n_effects)
    rows = slice(None) if wanted == len(counts) else block.columns.codes < wanted
    y = design.y[rows] if design.mu.offset is None else (design.y - design.mu.offset)[rows]
    X = np.hstack([np.ones((len(y), int(design.mu.intercept))), design.mu.X[rows]])
    Z, codes = block.columns.Z[rows], block.columns.codes[rows]
    if design.weights is not None:
        root = np.sqrt(design.weights[rows])
        X, y, Z = X * root[:, None], y * root, Z * root[:, None]
    r = y - X @ np.linalg.lstsq(X, y)[0]
    products = np.array([[np.bincount(codes, a * b, wanted) for b in Z.T] for a in Z.T])
    pull = np.array([np.bincount(codes, z * r, wanted) for z in Z.T])
    return Moments(products.transpose(2, 0, 1), pull.T, float(r @ r), len(r))


def em_pilot(moments: Moments) -> ScatterPilot:
    """Return estimates of r = Z u + e, u_j ~ N(0, Sigma), e ~ N(0, sigma^2), by EM steps.

    The steps are of effects of orthonormal columns: in columns that are far from it, an intercept
    at x = 0 outside the data beside a slope, 30 of them hardly move. Raises
    numpy.linalg.LinAlgError when the columns of Z are dependent.
    """
    way = moments.orthonormal_way()
    moments = moments.of(way)
    S, h, total, n = moments.products, moments.pull, moments.total, moments.n_obs
    n_levels, q = h.shape
    # half of the variance each for the effects and the rest, to begin with
    variance, least = 0.5 * total / n, _LEAST_REST * total / n
    G = np.diag(variance * n / n_levels / np.diagonal(S.mean(axis=0)))
    for _ in range(_STEPS):
        spread = np.linalg.inv(S / variance + np.linalg.inv(G))
        modes = np.einsum("jab,jb->ja", spread, h) / variance
        second = spread + modes[:, :, None] * modes[:, None, :]
        G = second.mean(axis=0)
        variance = max((total - 2 * np.sum(modes * h) + np.sum(S * second)) / n, least)
    spread = np.linalg.inv(S / variance + np.linalg.inv(G))
    quadratic = (total - np.einsum("ja,jab,jb->", h, spread, h) / variance) / variance
    log_det = n * np.log(variance) + np.linalg.slogdet(S @ G / variance + np.eye(q))[1].sum()
    covariance = way @ G @ way.T
    return ScatterPilot(covariance, float(variance), float(-0.5 * (log_det + quadratic)))
