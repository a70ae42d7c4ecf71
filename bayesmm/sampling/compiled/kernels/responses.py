"""What the rows of a family read of the responses."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import distinct_rows

__all__ = ["Responses", "ResponsesOf", "paired"]

type Floats = NDArray[np.float64]
# Of y, the weights of the rows, and the trials of binomial counts or the number of categories.
type ResponsesOf = Callable[[Floats, Floats, Floats | int | None], Responses]


@dataclass(frozen=True, slots=True, eq=False)
class Responses:
    """What the likelihood reads of the responses.

    Attributes
    ----------
    columns : tuple of ndarray, each of shape (n,)
        Response, size and, for the beta family, a second statistic; or response, weight and known
        numbers of the row.
    statistics : ndarray
        Totals of the family, see its kernel.
    merging : str
        How rows with the same linear predictor become one: ``"sums"`` of their columns;
        ``"mean"`` of the response; ``"same"`` for those with the same response only, whose
        weights add up.
    keys : tuple of int
        Columns that rows to be merged as ``"same"`` have in common; the others are their weights.
    silent : ndarray of bool, shape (n,), or None
        Rows that say nothing of the linear predictor.
    """

    columns: tuple[Floats, ...]
    statistics: Floats
    merging: str = "sums"
    keys: tuple[int, ...] = (0,)
    silent: NDArray[np.bool_] | None = None


def paired(y: Floats, w: Floats, *known: Floats) -> Floats:
    """Return each distinct response and the weight of the rows that have it, shape (k, 2).

    With known numbers of the rows these come between, and rows alike have them in common.
    """
    values, index = distinct_rows(y, *known)
    return np.column_stack([*values, np.bincount(index, w)])
