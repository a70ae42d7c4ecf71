"""Effects of groups that the data do not have: u ~ N(0, Sigma), afresh for every level and draw."""

import numpy as np

from bayesmm.arrays import Array

__all__ = ["covariance_root", "new_effects"]


def covariance_root(covariance: Array) -> Array:
    """Return A with A A' = Sigma, shape (chain, draw, q, q).

    The root is taken from eigenvalues: at a correlation of 1 to machine precision the Cholesky
    factor does not exist.
    """
    values, vectors = np.linalg.eigh(covariance)
    return vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]


def new_effects(root: Array, block: int, level: str, seed: int) -> Array:
    """Return one draw of the effects of a new level for every draw of Sigma.

    Shape (chain, draw, q); `root` is from `covariance_root`, `block` the index of the block. The
    draws depend on the seed, the block and the label of the level only: the level keeps its effects
    whatever other rows are predicted, and different levels are independent.
    """
    label = level.encode()
    generator = np.random.default_rng([seed, block, len(label), *label])
    z = generator.standard_normal(root.shape[:-1])
    return (root @ z[..., None])[..., 0]
