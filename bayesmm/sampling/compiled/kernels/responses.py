"""What the rows of a family read of the responses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import distinct_rows

__all__ = ["Responses", "paired"]

type Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """What the likelihood reads of the responses.

    Columns are response, size and, for the beta family, a second statistic; or response, weight and
    known numbers of the row. Rows with the same linear predictor become one by ``"sums"`` of their
    columns, the ``"mean"`` of the response, or, with the same response only, whose weights add up,
    ``"same"``.
    """

    columns: tuple[Floats, ...]  # each (n,)
    statistics: Floats  # totals of the family, see its kernel
    merging: str = "sums"  # one of the three
    keys: tuple[int, ...] = (0,)  # columns that rows merged as ``"same"`` have in common
    silent: NDArray[np.bool_] | None = None  # rows that say nothing of the linear predictor, (n,)


def paired(y: Floats, w: Floats, *known: Floats) -> Floats:
    """Return each distinct response and the weight of the rows that have it, shape (k, 2).

    With known numbers of the rows these come between, and rows alike have them in common.
    """
    values, index = distinct_rows(y, *known)
    return np.column_stack([*values, np.bincount(index, w)])
