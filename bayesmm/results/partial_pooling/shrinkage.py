"""How much each group's estimate rests on its own data: the factor of partial pooling."""

import os
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.fit_record import FitRecord
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.names import effect_labels
from bayesmm.results.prediction.parameters import Parameters, ml_parameters, posterior_parameters
from bayesmm.results.tables.moments import PROB, moments, state_interval
from bayesmm.results.tables.ranef import level_frame
from bayesmm.sampling.posterior import level_chunks

__all__ = ["block_shrinkage", "shrinkage"]


def shrinkage(fit: FitRecord, eta: Array, prob: float = PROB) -> pd.DataFrame:
    """Return the shrinkage factor of every group effect: 1 no pooling, 0 complete pooling.

    lambda = 1 - Var(u | y, theta) / Var(u | theta), with
    Var(u_g | y, theta) = (Sigma^-1 + Z_g' W Z_g)^-1 given all other effects. For a gaussian
    random intercept that is Gelman and Hill's (n / sigma^2) / (n / sigma^2 + 1 / tau^2).

    `eta`, shape (n_obs,), is the linear predictor at which W, the Fisher information of a row, is
    taken; the gaussian family does not need it, and takes W = weight / sigma^2 in every draw.
    Columns ``grp``, ``level``, ``term``, ``mean``, ``sd``, ``median``, ``lower``, ``upper``,
    ``n_obs``, and ``ml``: the factor at the ML or REML estimates. NaN for families whose Fisher
    information is not known.
    """
    design = fit.design
    parameters = posterior_parameters(fit.own_draws, design)
    ml = None if fit.ml is None else ml_parameters(fit.ml)
    information = _information(design, parameters, eta)
    frames = []
    for index, block in enumerate(design.blocks):
        # levels with the same rows are shrunk alike: of an intercept there are few sorts
        crossed, sort = np.unique(_crossproducts(block, information), axis=0, return_inverse=True)
        columns = _moments(design, parameters, index, crossed, prob)
        own = np.full((len(crossed), block.n_effects), np.nan)
        if ml is not None:
            own = block_shrinkage(design, ml, index, crossed)[0, 0]
        for k, effect in enumerate(effect_labels(block)):
            found = {
                name: values[sort] for name, values in (columns[k] | {"ml": own[:, k]}).items()
            }
            frames.append(level_frame(block, effect, found))
    table = pd.concat(frames, ignore_index=True)
    table["ml"] = table.pop("ml")  # after n_obs
    return state_interval(table, prob, "Shrinkage: weight of a group's own data")


def block_shrinkage(design: Design, parameters: Parameters, index: int, crossed: Array) -> Array:
    """Return lambda of some levels of a block, shape (chain, draw, level, q).

    `index` is that of the block, and `crossed`, shape (level, q, q), has Z_g' W Z_g of each level,
    times sigma^2 for the gaussian family.
    """
    covariance = parameters.covariances[index][:, :, None]
    information = crossed[None, None]
    if design.family.normal:
        sigma = parameters.auxiliary[design.family.residual_scale]
        information = information / sigma[:, :, None, None, None] ** 2
    if crossed.shape[-1] == 1:
        posterior = covariance / (1 + covariance * information)
    else:
        left = np.eye(crossed.shape[-1]) + covariance @ information
        posterior = np.linalg.solve(left, np.broadcast_to(covariance, left.shape))
    after = np.diagonal(posterior, axis1=-2, axis2=-1)
    before = np.diagonal(covariance, axis1=-2, axis2=-1)
    # with a zero sd (ML on the boundary) there is nothing but the common effect
    return 1 - np.divide(after, before, out=np.ones_like(after), where=before > 0)


def _information(design: Design, parameters: Parameters, eta: Array) -> Array:
    """Return the Fisher information of each row on eta; of the gaussian family times sigma^2."""
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    link = LINKS[design.family.link_of_mu]
    squared_derivative = link.derivative(eta) ** 2
    if design.family.normal:
        return weights * squared_derivative
    auxiliary = {name: value.mean() for name, value in parameters.auxiliary.items()}
    response = ResponseParameters(link.inverse(eta), auxiliary, design.known)
    _, information = design.family.score_in_mean(design.y, response)
    return weights * information * squared_derivative


def _crossproducts(block: Block, information: Array) -> Array:
    """Return Z_g' W Z_g of every level, shape (J, q, q)."""
    q = block.n_effects
    crossed = np.empty((block.n_groups, q, q))
    for a in range(q):
        for b in range(a + 1):
            products = information * block.columns.Z[:, a] * block.columns.Z[:, b]
            crossed[:, a, b] = crossed[:, b, a] = np.bincount(
                block.columns.codes, weights=products, minlength=block.n_groups
            )
    return crossed


def _moments(
    design: Design, parameters: Parameters, index: int, crossed: Array, prob: float
) -> list[dict[str, Array]]:
    """Return the moments of lambda of some levels of a block, for each of its effects."""
    q = crossed.shape[-1]

    def of_levels(part: slice) -> list[dict[str, Array]]:
        factor = block_shrinkage(design, parameters, index, crossed[part])
        return [moments(factor[..., k], prob) for k in range(q)]

    n_draws = parameters.shape[0] * parameters.shape[1] * q**2
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # numpy releases the interpreter lock
        parts = list(pool.map(of_levels, level_chunks(len(crossed), n_draws)))
    return [
        {name: np.concatenate([part[k][name] for part in parts]) for name in parts[0][k]}
        for k in range(q)
    ]
