"""The linear predictor of every row, draw by draw."""

from collections.abc import Sequence

import numpy as np
import xarray as xr

from bayesmm.arrays import Array
from bayesmm.model.block import Block
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names
from bayesmm.model.predictor import MEAN
from bayesmm.sampling.posterior import effect_draws, named_draws

__all__ = ["linear_predictor"]


def linear_predictor(
    design: Design,
    draws: xr.DataTree,
    where: tuple[Sequence[int], Sequence[int]],
    parameter: str = MEAN,
    blocks: Sequence[Block] | None = None,
) -> Array:
    """Return eta = b0 + X beta + offset + sum_k Z_k u_k[g_k] for the groups in the data.

    Shape (S, n_obs). X is uncentred, so b0 is the reported intercept; `where` has the chains and
    the draws of the S draws to use; only effects of `blocks` are in it, by default of all.
    """
    chain, draw = where
    predictor = design.predictor(parameter)
    eta = np.zeros((len(chain), design.n_obs))
    names = coefficient_names(predictor)
    slopes = names[int(predictor.intercept) :]
    if slopes:
        beta = np.stack([named_draws(draws, name)[chain, draw] for name in slopes], axis=1)
        eta += beta @ predictor.X.T
    if predictor.intercept:
        eta += named_draws(draws, names[0])[chain, draw][:, None]
    if predictor.offset is not None:
        eta += predictor.offset
    for block in design.blocks if blocks is None else blocks:
        for (effect, column), values in zip(
            block.effect_columns(), effect_draws(draws, block), strict=True
        ):
            if effect.predictor == parameter:
                own = np.take(values[chain, draw], block.columns.codes, axis=1)
                if (column != 1).any():
                    own *= column
                eta += own
    return eta
