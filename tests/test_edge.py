"""Linear mixed models whose covariance matrices are singular: the minimum beside the edge."""

import numpy as np
import pandas as pd
import pytest
from handmade import handmade_block, handmade_design

from bayesmm.likelihood import fit_ml

# From all but the last two a search that keeps diagonals above zero ends at a wall, too high.
SEEDS = (16, 24, 46, 73, 96, 3, 8)


def singular_design(seed):
    """Return a design with q correlated effects, whose covariance matrix has any rank up to q."""
    rng = np.random.default_rng(seed)
    q, n_groups = int(rng.integers(2, 5)), int(rng.integers(5, 25))
    n = n_groups * int(rng.integers(q + 1, 10))
    codes, X = np.arange(n) % n_groups, rng.normal(size=(n, q - 1))
    rank = int(rng.integers(0, q + 1))
    root = rng.normal(size=(q, rank)) * rng.choice([0.1, 0.5, 2])
    Z = np.column_stack([np.ones(n), X])
    effects = rng.normal(size=(n_groups, rank)) @ root.T
    y = np.sum(Z * effects[codes], axis=1) + 0.3 * X.sum(axis=1) + rng.normal(size=n)
    columns = {f"x{j}": X[:, j] for j in range(q - 1)}
    block = handmade_block("g", codes, {"Intercept": 1.0} | columns)
    return handmade_design(y, columns, [block])


def dense_deviance(design, G):
    """Return the REML criterion at G = Sigma / sigma^2, sigma at its best, by a dense V."""
    (block,) = design.blocks
    X = np.column_stack([np.ones(design.n_obs), design.mu.X])
    same = block.columns.codes[:, None] == block.columns.codes
    V = np.eye(design.n_obs) + same * (block.columns.Z @ G @ block.columns.Z.T)
    precision = np.linalg.inv(V)
    information = X.T @ precision @ X
    residual = design.y - X @ np.linalg.solve(information, X.T @ precision @ design.y)
    degrees = design.n_obs - X.shape[1]
    variance = residual @ precision @ residual / degrees
    return (
        degrees * (1 + np.log(2 * np.pi * variance))
        + np.linalg.slogdet(V)[1]
        + np.linalg.slogdet(information)[1]
    )


@pytest.mark.parametrize("seed", SEEDS)
def test_no_step_within_the_cone_lowers_the_deviance(seed):
    design = singular_design(seed)
    fit = fit_ml(design)
    assert fit.converged
    (block,) = fit.blocks
    sd = block.sd / fit.sigma
    G = sd[:, None] * np.nan_to_num(block.corr) * sd
    best = dense_deviance(design, G)
    assert best == pytest.approx(-2 * fit.loglik, abs=1e-6)
    # towards v v' for every direction v, and back where the matrix has room
    rng = np.random.default_rng(0)
    values, vectors = np.linalg.eigh(G)
    directions = np.vstack([vectors.T, rng.normal(size=(20, len(G)))])
    for direction in directions:
        for length in (1e-4, 1e-2):
            step = length * np.outer(direction, direction)
            assert dense_deviance(design, G + step) > best - 1e-6
    for value, direction in zip(values, vectors.T, strict=True):
        shrunk = G - 0.5 * max(value, 0.0) * np.outer(direction, direction)
        assert dense_deviance(design, shrunk) > best - 1e-6


@pytest.mark.parametrize("seed", SEEDS)
def test_as_low_as_a_search_without_gradient(seed):
    from mixedlm import lmer, lmerControl

    design = singular_design(seed)
    (block,) = design.blocks
    terms = " + ".join(design.mu.terms[1:])
    frame = {name: design.mu.X[:, j] for j, name in enumerate(design.mu.terms[1:])}
    data = pd.DataFrame(frame | {"y": design.y, "g": block.columns.codes})
    control = lmerControl(optimizer="COBYQA", check_conv=False, check_singular=False)
    theirs = lmer(f"y ~ {terms} + ({terms} | g)", data, control=control)
    assert -2 * fit_ml(design).loglik < theirs.deviance + 1e-6
