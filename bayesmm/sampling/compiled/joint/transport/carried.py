"""Coefficients whose column is the same in all rows of a level: they act on the level's value."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.sampling.compiled.joint.model import JointModel
from bayesmm.sampling.compiled.kernels.transport_data import CarriedField

__all__ = ["carried_coefficients"]

type Floats = NDArray[np.float64]
type Integers = NDArray[np.int64]


def carried_coefficients(model: JointModel) -> tuple[Integers, Floats, Integers]:
    """Return which coefficients act on level values, their weights, and those left to the rows.

    That is ``carried`` and ``weights`` of `TransportData`, the column of each in the levels, and
    ``JointData.row_coefficients`` without them.
    """
    data = model.data
    carried, weights, rows = [], [np.empty(0)], []
    at = 0
    for coefficient, c, d in data.row_coefficients:
        found = None
        if coefficient >= 0 and model.likelihood is None:
            found = _carrier(model, int(c), int(d))
        if found is None:
            rows.append((coefficient, c, d))
            continue
        first, own = found
        carried.append((coefficient, first, at, own.size))
        weights.append(own)
        at += own.size
    table = np.array(carried, dtype=np.int64).reshape(-1, CarriedField.COUNT)
    kept = np.array(rows, dtype=data.row_coefficients.dtype).reshape(-1, 3)
    return table, np.concatenate(weights), kept


def _carrier(model: JointModel, c: int, d: int) -> tuple[int, Floats] | None:
    """Return the first level value that can carry a column, and its weights, or None."""
    data = model.data
    n = data.codes.shape[1]
    column = data.columns[c] if c >= 0 else np.ones(n)
    # intercepts of the same linear predictor, of the fewest levels first
    terms = [term for term in data.terms if term[2] < 0 and term[3] == d]
    for k, first, _, _ in sorted(terms, key=lambda t: model.layout.blocks[t[0]].n_groups):
        levels = model.layout.blocks[k].n_groups
        weights = np.zeros(levels)
        weights[data.codes[k]] = column
        if 2 * levels <= n and np.array_equal(weights[data.codes[k]], column):
            return int(first), weights
    return None
