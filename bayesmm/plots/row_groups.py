"""The rows of a fit by the levels of a grouping factor or of any column of the data."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import UsageError, suggestion
from bayesmm.fit_record import FitRecord
from bayesmm.model.columns import kind_of, label_of, read_levels
from bayesmm.results.prediction.prediction_rows import used_rows

__all__ = ["row_groups"]

_MOST_NUMBERS = 12  # distinct numbers that are read as levels


def row_groups(fit: FitRecord, by: str) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """Return the levels of a column, and the index of the level of each row of the fit.

    `by` is a grouping factor (also ``"batch:sample"``), or a column of the data, whether or not it
    is in the formula. A column with missing values in rows of the fit, and one of many different
    numbers, is refused.
    """
    by = label_of(by)
    for block in fit.design.blocks:
        if block.factor == by:
            return block.levels, block.columns.codes
    data = used_rows(fit)
    if by not in data.columns:
        known = list(dict.fromkeys([*fit.design.factors, *map(str, data.columns)]))
        raise UsageError(
            f"'{by}' is no column of the data. {suggestion(by, known, label='Columns')}"
        )
    column = data[by]
    if kind_of(by, column) == "numeric" and column.nunique() > _MOST_NUMBERS:
        raise UsageError(
            f"'{by}' has {column.nunique()} different numbers; cut it into a few classes, as with "
            f"pandas.cut(data['{by}'], 4), and name that column."
        )
    levels = read_levels(by, column)
    if missing := int((levels.codes < 0).sum()):
        raise UsageError(f"'{by}' is missing in {missing} rows of the fit; fill it, or drop them.")
    return levels.labels, levels.codes
