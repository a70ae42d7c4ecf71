"""What every analysis of a fit returns: a table, and the draws that it summarises."""

from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.data_columns import names_in_words
from bayesmm.html.table import lines_html
from bayesmm.prose import prose_lines
from bayesmm.result_table import ResultTable
from bayesmm.table_text import text_width

__all__ = ["Estimates", "notes_on"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Estimates:
    """A table with the draws behind it.

    Attributes
    ----------
    table : ResultTable
        One row per quantity, columns of the data first (one called like a column of ours is
        ``data.NAME``, see `bayesmm.data_columns.beside`); ``attrs`` state the ``title``, the
        ``quantity`` of ``mean`` with its unit, the ``probability`` and the kind of ``interval``.
    draws : ndarray, shape (chain, draw, row)
        Draws of each row of the table: whatever else is asked of it is computed within them.
    """

    table: ResultTable
    draws: NDArray[np.float64]

    def __repr__(self) -> str:
        """Return the table as text, headed by what it shows."""
        notes = (prose_lines(note, text_width()) for note in notes_on(self.table))
        return "\n".join([repr(self.table), *chain.from_iterable(notes)])

    def _repr_html_(self) -> str:
        return self.table._repr_html_() + lines_html(notes_on(self.table))

    def to_polars(self) -> Any:
        """Return the table for polars; see `bayesmm.result_table.ResultTable.to_polars`."""
        return self.table.to_polars()

    def to_latex(
        self,
        path: str | Path | None = None,
        *,
        caption: str | None = None,
        label: str | None = None,
    ) -> str:
        """Return the table in LaTeX; see `bayesmm.result_table.ResultTable.to_latex`."""
        return self.table.to_latex(path, caption=caption, label=label)

    def to_docx(self, path: str | Path, *, caption: str | None = None) -> Path:
        """Write the table for Word; see `bayesmm.result_table.ResultTable.to_docx`."""
        return self.table.to_docx(path, caption=caption)


def notes_on(table: pd.DataFrame) -> list[str]:
    """Return the sentences that belong below a table: names of columns, what is missing and why."""
    notes = (names_in_words(table), table.attrs.get("ml", ""))
    return [note for note in notes if note]
