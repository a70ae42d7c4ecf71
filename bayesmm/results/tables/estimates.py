"""What every analysis of a fit returns: a table, and the draws that it summarises."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.data_columns import names_in_words
from bayesmm.html.frame import ROWS_SHOWN, frame_table
from bayesmm.html.table import lines_html, table_html
from bayesmm.results.tables.moments import interval_label

__all__ = ["Estimates"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimates:
    """A table with the draws behind it.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per quantity, columns of the data first (one called like a column of ours is
        ``data.NAME``, see `bayesmm.data_columns.beside`); ``attrs`` state the ``title``, the
        ``quantity`` of ``mean`` with its unit, the ``probability`` and the kind of ``interval``.
    draws : ndarray, shape (chain, draw, row)
        Draws of each row of the table: whatever else is asked of it is computed within them.
    """

    table: pd.DataFrame
    draws: NDArray[np.float64]

    def __repr__(self) -> str:
        """Return the table as text, headed by what it shows."""
        page = self.table.to_string(index=False, float_format="{:.4g}".format, max_rows=ROWS_SHOWN)
        return "\n".join(filter(None, [self._head, page, names_in_words(self.table)]))

    def _repr_html_(self) -> str:
        table = table_html(frame_table(self.table, self._head, where=".table"))
        return table + lines_html(filter(None, [names_in_words(self.table)]))

    @property
    def _head(self) -> str:
        return f"{self.table.attrs['title']}, {interval_label(self.table.attrs['probability'])}"
