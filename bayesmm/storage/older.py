"""Draws of saved fits of earlier formats, in the form of today."""

import numpy as np
import xarray as xr

from bayesmm.model.design import Design
from bayesmm.model.names import (
    corr_name,
    correlation_pairs,
    pair_dim,
    pair_labels,
    stored_name,
)

__all__ = ["pairs_of_matrices"]


def pairs_of_matrices(draws: xr.DataTree, design: Design) -> xr.DataTree:
    """Return draws whose correlations are one value per pair of effects.

    Format 1 kept the whole matrix, shape (chain, draw, q, q).
    """
    posterior = draws["posterior"].to_dataset()
    changed = posterior
    for index, block in enumerate(design.blocks):
        name = stored_name(corr_name(design.blocks, index) or "")
        if name not in posterior or posterior[name].ndim < 4:
            continue
        matrices = posterior[name]
        first, second = np.array(correlation_pairs(block)).T
        pairs = matrices.values[:, :, first, second]
        dim = stored_name(pair_dim(design.blocks, index))
        changed = changed.drop_vars([name, *matrices.dims[2:]]).assign_coords(
            {dim: np.array(pair_labels(block), dtype=str)}
        )
        changed[name] = (("chain", "draw", dim), pairs, matrices.attrs)
    if changed is posterior:
        return draws
    rest = {node.name: node.to_dataset() for node in draws.children.values()}
    return xr.DataTree.from_dict(rest | {"posterior": changed})
