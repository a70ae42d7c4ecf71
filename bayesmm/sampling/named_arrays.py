"""Arrays with names and their coordinates, made as xarray makes them but without its searches.

Given an array, xarray asks first whether it is one of Dask's, which imports Dask with all its
arrays, and given coordinates whether they are of the package ``sparse``, which imports numba: half
a second to a second, and 60 MB, where the packages are installed. Given a variable, or an index,
it does not ask.
"""

from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd
import xarray as xr

__all__ = ["indexed", "named_array", "tree_of"]

type _Variable = tuple[tuple[Hashable, ...], np.ndarray, Mapping[Hashable, object]]

# What xarray takes as it is: neither objects, among which it looks for dates, nor times.
_AS_THEY_ARE = frozenset("biufUS")


def named_array(
    dims: str | tuple[Hashable, ...],
    values: np.ndarray,
    attributes: Mapping[Hashable, object] | None = None,
) -> xr.Variable:
    """Return an array with named dimensions: what ``(dims, values, attributes)`` is in a dataset.

    The values are not copied.
    """
    plain = type(values) is np.ndarray and values.dtype.kind in _AS_THEY_ARE
    return xr.Variable(dims, values, attributes, fastpath=plain)


def indexed(values: Mapping[str, np.ndarray]) -> xr.Coordinates:
    """Return the coordinates of dimensions, labels of each: what ``coords=values`` gives."""
    variables, indexes = {}, {}
    for dimension, labels in values.items():
        index = xr.indexes.PandasIndex(_index(labels), dimension, coord_dtype=labels.dtype)
        variables |= index.create_variables()
        indexes[dimension] = index
    return xr.Coordinates(variables, indexes)


def tree_of(
    groups: Mapping[
        str, tuple[Mapping[str, _Variable], Mapping[str, np.ndarray], Mapping[Hashable, object]]
    ],
) -> xr.DataTree:
    """Return a tree over the same arrays.

    A group has its variables by name, ``(dims, values, attributes)``, its coordinates and what is
    said of it.
    """
    return xr.DataTree.from_dict(
        {
            name: xr.Dataset(
                {
                    own: named_array(dims, values, dict(said))
                    for own, (dims, values, said) in variables.items()
                },
                coords=indexed(coordinates),
                attrs=dict(attributes),
            )
            for name, (variables, coordinates, attributes) in groups.items()
        }
    )


def _index(labels: np.ndarray) -> pd.Index:
    try:
        return pd.Index(labels)
    except UnicodeEncodeError:  # half of a surrogate pair: pandas has no text of it
        return pd.Index(labels, dtype=object)
