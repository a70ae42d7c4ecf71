"""Coordinates of arrays with names, made as xarray makes them but without its search.

Given an array, xarray asks first whether it is one of the package ``sparse``, which imports numba:
a second, and 60 MB, where nothing is compiled. Given an index it does not ask.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd
import xarray as xr

__all__ = ["indexed"]


def indexed(values: Mapping[str, np.ndarray]) -> xr.Coordinates:
    """Return the coordinates of dimensions: what ``coords=values`` gives.

    `values` are the labels of each dimension.
    """
    variables, indexes = {}, {}
    for dimension, labels in values.items():
        index = xr.indexes.PandasIndex(_index(labels), dimension, coord_dtype=labels.dtype)
        variables |= index.create_variables()
        indexes[dimension] = index
    return xr.Coordinates(variables, indexes)


def _index(labels: np.ndarray) -> pd.Index:
    try:
        return pd.Index(labels)
    except UnicodeEncodeError:  # half of a surrogate pair: pandas has no text of it
        return pd.Index(labels, dtype=object)
