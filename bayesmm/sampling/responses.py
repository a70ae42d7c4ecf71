"""Responses of every row as labelled arrays: those observed, and replicates of them."""

from collections.abc import Mapping

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from bayesmm.model.design import Design
from bayesmm.model.names import stored_name
from bayesmm.sampling.assemble import OBSERVATION_DIM
from bayesmm.sampling.named_arrays import indexed, named_array

__all__ = ["CATEGORY_DIM", "observed_responses", "responses_dataset"]

CATEGORY_DIM = "category"


def responses_dataset(
    design: Design, values: NDArray[np.float64], coordinates: Mapping[str, NDArray]
) -> xr.Dataset:
    """Return responses under the name of that of a design.

    `values`, shape (..., n_obs) or (..., n_obs, K), are counts of categories along a last axis;
    `coordinates` are the dimensions before that of the categories, in their order.
    """
    dims = tuple(coordinates)
    if design.category_counts is not None:
        coordinates = {**coordinates, CATEGORY_DIM: np.array(design.categories, dtype=str)}
        dims = (*dims, CATEGORY_DIM)
    name = stored_name(design.response)
    return xr.Dataset(
        {name: named_array(dims, values, {"long_name": design.response})},
        coords=indexed(coordinates),
    )


def observed_responses(design: Design, tree: xr.DataTree) -> xr.Dataset:
    """Return what was observed, as replicates of it are.

    A fit holds the total of counts of categories in its group ``observed_data``.
    """
    held = tree["observed_data"].to_dataset()
    if design.category_counts is None:
        return held
    rows = {OBSERVATION_DIM: held.coords[OBSERVATION_DIM].values}
    return responses_dataset(design, design.category_counts, rows)
