"""The linear predictor of every row, draw by draw."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.sampling.posterior import effect_draws, named_draws

__all__ = ["linear_predictor"]

type Array = NDArray[np.float64]


def linear_predictor(
    design: Design, draws: xr.DataTree, where: tuple[Sequence[int], Sequence[int]]
) -> Array:
    """Return eta = b0 + X beta + offset + sum_k Z_k u_k[g_k] for the groups in the data.

    Parameters
    ----------
    design : Design
        The design; X is uncentred, so b0 is the reported intercept.
    draws : xarray.DataTree
        Draws as `assemble` returns them.
    where : (chains, draws)
        Indices of the S draws to use.

    Returns
    -------
    ndarray, shape (S, n_obs)
    """
    chain, draw = where
    eta = np.zeros((len(chain), design.n_obs))
    if design.names:
        beta = np.stack([named_draws(draws, name)[chain, draw] for name in design.names], axis=1)
        eta += beta @ design.X.T
    if design.intercept:
        eta += named_draws(draws, "Intercept")[chain, draw][:, None]
    if design.offset is not None:
        eta += design.offset
    for block in design.blocks:
        for effects, column in zip(effect_draws(draws, block), block.Z.T, strict=True):
            own = np.take(effects[chain, draw], block.codes, axis=1)
            if (column != 1).any():
                own *= column
            eta += own
    return eta
