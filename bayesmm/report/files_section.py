"""The data, when their rows are in files: what sums of the rows say of them."""

import numpy as np

from bayesmm.html.table import Table
from bayesmm.model.design import Design
from bayesmm.model.names import effect_labels
from bayesmm.model.row_sums import column_sd, extremes, mean
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.report.record import Items, Paragraph, Part, Section

__all__ = ["files_section"]

_NOT_SHOWN = (
    "The rows are in files and were read batch by batch. What needs all of them at once, such as "
    "checks of the model, the answer in words and predictions at typical rows, is not on this page."
)


def files_section(design: Design) -> Section:
    """Return the files, how many rows and groups they have, and sums of the columns."""
    left = design.n_dropped
    rows = (
        f"{design.n_obs:,} rows of {design.source.label} were used; {left:,} were left out because "
        "a value that the model needs is missing."
    )
    parts: list[Part] = [Paragraph(rows), Paragraph(_NOT_SHOWN)]
    if design.blocks:
        parts.append(_groups(design))
    parts.append(_columns(design))
    if design.notes:
        parts.append(Items("How the data were read", design.notes))
    return Section("data", "The data", "", tuple(parts))


def _groups(design: Design) -> Table:
    rows = []
    for block in design.blocks:
        sizes = block.columns.codes.counts
        numbers = (sizes.min(), np.median(sizes), sizes.max())
        cells = (f"{block.n_groups:,}", *(f"{n:,g}" for n in numbers))
        rows.append((block.factor, *cells, ", ".join(effect_labels(block))))
    header = ("Factor", "Groups", "Fewest rows", "Median", "Most", "What varies between groups")
    return Table("Groups, and the rows in each", header, tuple(rows), frozenset({1, 2, 3, 4}))


def _columns(design: Design) -> Table:
    """Return mean, sd and extremes of the response and of the columns of the common effects."""
    every: list[tuple[str, RowsInFiles]] = [(f"response {design.response}", design.y)]
    every += [(name, rows) for name, rows in design.known.items()]
    if design.mu.names:
        every += list(zip(design.mu.names, design.mu.X.T, strict=True))
    rows = tuple(
        (name, *(f"{number:.6g}" for number in (mean(own), column_sd(own, 1), *extremes(own))))
        for name, own in every
    )
    header = ("Column of the model", "Mean", "SD", "Least", "Most")
    return Table(
        f"Columns, over the {design.n_obs:,} rows used", header, rows, frozenset({1, 2, 3, 4})
    )
