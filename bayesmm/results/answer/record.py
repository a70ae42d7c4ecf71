"""The record of an answer: sentences, and the table of the numbers in them."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from bayesmm.html.table import Table, lines_html, table_html
from bayesmm.prose import prose_lines
from bayesmm.result_table import ResultTable
from bayesmm.results.answer.sentences import numbers_of
from bayesmm.results.tables.moments import interval_label
from bayesmm.table_text import table_lines, text_width

__all__ = ["Answer"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Answer:
    """One paragraph, and the numbers in it.

    Attributes
    ----------
    focus : tuple of str
        The predictors asked about.
    trust : str
        Whether the numbers may be used: the verdict on the draws, in words.
    usable : bool
        Whether they may.
    sentences : tuple of str
        The effects with their intervals, in words.
    about : tuple of str
        For whom, and compared how.
    table : ResultTable
        One row per comparison: ``comparison``, ``where``, ``quantity``, ``whom``, ``estimate``
        (posterior mean, of a ratio the median), ``sd``, ``lower``, ``upper``, ``prob_higher``
        (that the difference is above 0, the ratio above 1), ``ml_estimate``.
    """

    focus: tuple[str, ...]
    trust: str
    usable: bool
    sentences: tuple[str, ...]
    about: tuple[str, ...]
    table: ResultTable

    @property
    def lead(self) -> str:
        """What a reader in a hurry should read: the first effect, for whom, whether to trust it."""
        told = [*self.sentences[:1], *self.about[:1]]
        return " ".join([*told, self.trust] if self.usable else [self.trust, *told])

    @property
    def further(self) -> tuple[str, ...]:
        """The sentences that `lead` leaves out."""
        return (*self.sentences[1:], *self.about[1:])

    @property
    def text(self) -> str:
        """All of it: a paragraph, and one of what it leaves out."""
        return "\n\n".join(filter(None, [self.lead, " ".join(self.further)]))

    def shown(self) -> Table:
        """Return the table as text, with the digits of the sentences."""
        rows = [_cells(row) for row in self.table.itertuples()]
        # what is the same in all rows is said once, above them
        alike = [k for k in (2, 3) if len({row[k] for row in rows}) == 1 and len(rows) > 1]
        filled = [k for k in range(len(_HEADER)) if k not in alike and any(row[k] for row in rows)]
        about = [rows[0][k] for k in alike if rows[0][k]]
        interval = interval_label(self.table.attrs["probability"])
        caption = ", ".join(["The answer in numbers", *about, interval])
        return Table(
            caption,
            tuple(_HEADER[k] for k in filled),
            tuple(tuple(row[k] for k in filled) for row in rows),
            frozenset(place for place, k in enumerate(filled) if k >= _NAMES),
            keys=sum(k < _NAMES for k in filled),
        )

    def __repr__(self) -> str:
        """Return the paragraph and the table."""
        lines = prose_lines(self.lead, text_width())
        lines += ["", *prose_lines(" ".join(self.further), text_width())] if self.further else []
        return "\n".join([*lines, "", *table_lines(self.shown())] if len(self.table) else lines)

    def _repr_html_(self) -> str:
        table = table_html(self.shown()) if len(self.table) else ""
        return lines_html([self.lead]) + lines_html(self.further) + table


_HEADER = (
    *("Comparison", "Where", "Quantity", "For"),
    *("estimate", "lower", "upper", "P(higher)", "ML"),
)
_NAMES = 4


def _cells(row: Any) -> tuple[str, ...]:
    """Return the cells of a row; what is missing is empty."""
    is_ratio = "ratio" in row.quantity
    values = (row.lower, row.upper, row.ml_estimate)
    texts = numbers_of(row.estimate, row.sd, values, is_ratio=is_ratio)
    higher = "" if np.isnan(row.prob_higher) else f"{row.prob_higher:.3f}"
    ml = "" if np.isnan(row.ml_estimate) else texts[3]
    return (row.comparison, row.where, row.quantity, row.whom, *texts[:3], higher, ml)
