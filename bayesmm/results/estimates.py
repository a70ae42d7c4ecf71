"""What every analysis of a fit returns: a table, and the draws that it summarises."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.results.moments import interval_label

__all__ = ["ROWS_SHOWN", "Estimates"]

ROWS_SHOWN = 60  # by repr; the table itself has all of them


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimates:
    """A table with the draws behind it.

    Attributes
    ----------
    table : pandas.DataFrame
        One row per quantity; ``attrs`` state the ``title``, the ``probability`` and the kind of
        ``interval``.
    draws : ndarray, shape (chain, draw, row)
        Draws of each row of the table: whatever else is asked of it is computed within them.
    """

    table: pd.DataFrame
    draws: NDArray[np.float64]

    def __repr__(self) -> str:
        """Return the table as text, headed by what it shows."""
        head = f"{self.table.attrs['title']}, {interval_label(self.table.attrs['probability'])}"
        page = self.table.to_string(index=False, float_format="{:.4g}".format, max_rows=ROWS_SHOWN)
        return f"{head}\n{page}"
