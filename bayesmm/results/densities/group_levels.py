"""The effects of a factor on mu as what is integrated out of the likelihood of groups."""

import numpy as np
import xarray as xr

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN
from bayesmm.model.small_cholesky import cholesky
from bayesmm.results.densities.group_gaussian import Level
from bayesmm.results.prediction.response_parameters import Where
from bayesmm.sampling.posterior import correlation_draws, sd_draws

__all__ = ["covariance_of_block", "level_of_factor"]


def level_of_factor(
    design: Design,
    draws: xr.DataTree,
    where: Where,
    factor: str,
    given: tuple[int, int] | None = None,
) -> Level:
    """Return the effects of a factor on mu, all its blocks together.

    Those of the block of `given`, a block and one of its effects, are what is left given that one.
    """
    members = [k for k, block in enumerate(design.blocks) if block.factor == factor]
    columns, parts = [np.empty((design.n_obs, 0))], []
    for k in members:
        block = design.blocks[k]
        own = [a for a, effect in enumerate(block.effects) if effect.predictor == MEAN]
        columns.append(
            np.column_stack(
                [
                    np.empty((design.n_obs, 0)),
                    *(block.columns.column(block.effects[a].column) for a in own),
                ]
            )
        )
        parts.append(_root(design, draws, where, k, own, given))
    q = sum(map(len, parts))
    factors, at = np.zeros((q, q, len(where[0]))), 0
    for part in parts:
        place = slice(at, at + len(part))
        factors[place, place] = part
        at += len(part)
    return Level(design.blocks[members[0]].columns.codes, np.hstack(columns), factors)


def _root(
    design: Design,
    draws: xr.DataTree,
    where: Where,
    k: int,
    own: list[int],
    given: tuple[int, int] | None,
) -> Array:
    """Return the factor of the covariance matrix of some effects of a block, (q, q, S)."""
    if given is not None and given[0] == k and design.blocks[k].covariance.correlated and own:
        G = covariance_of_block(design, draws, where, k)
        a = given[1]
        left = G[np.ix_(own, own)] - G[own, a][:, None] * G[own, a][None] / G[a, a]
        return cholesky(left)
    sd = sd_draws(draws, design.blocks[k])[where].T[own]
    corr = correlation_draws(draws, design, k)
    root = np.eye(len(sd))[..., None]
    if corr is not None and own:
        root = cholesky(np.moveaxis(corr[where][:, own][..., own], 0, -1))
    return sd[:, None] * root


def covariance_of_block(design: Design, draws: xr.DataTree, where: Where, k: int) -> Array:
    """Return the covariance matrix of the effects of a block, shape (q, q, S)."""
    sd = sd_draws(draws, design.blocks[k])[where].T
    corr = correlation_draws(draws, design, k)
    matrix = np.eye(len(sd))[..., None] if corr is None else np.moveaxis(corr[where], 0, -1)
    return sd[:, None] * matrix * sd[None]
