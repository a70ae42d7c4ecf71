"""The data: rows, groups, and each column of the model with its unit."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from bayesmm.cells import decimals, fixed
from bayesmm.formula.formula import ModelFormula
from bayesmm.html.table import Table
from bayesmm.model.columns import kind_of, label_of
from bayesmm.model.design import Design
from bayesmm.model.frames import read_columns, reading_notes
from bayesmm.model.names import effect_labels
from bayesmm.model.row_sums import column_sd, extremes, mean
from bayesmm.model.rows_in_files import RowsInFiles
from bayesmm.report.material import Material
from bayesmm.report.record import Items, Paragraph, Part, Section
from bayesmm.results.marginal.units import PURE, units_of

__all__ = ["data_section"]

_LEVELS_SHOWN = 6


def data_section(material: Material) -> Section:
    """Return how many rows and groups there are, and what the columns hold."""
    fit = material.fit
    if fit.design.source is not None:
        return _files_section(fit.design)
    parts: list[Part] = [Paragraph(_rows(material))]
    if fit.design.blocks:
        parts.append(_groups(fit.design))
    if fit.design.encoder is None:
        parts.append(
            Paragraph("The design was built from arrays: there are no columns to describe.")
        )
    else:
        parts += _columns(material)
    if notes := (*reading_notes(fit.own_data), *fit.design.notes):
        parts.append(Items("How the data were read", tuple(notes)))
    return Section("data", "The data", "", tuple(parts))


def _rows(material: Material) -> str:
    design = material.fit.design
    kind = f" ({material.kind})" if material.kind else ""
    left = design.n_dropped
    dropped = (
        f"{left:,} more {'was' if left == 1 else 'were'} left out: a value that the model needs is "
        "missing."
        if left
        else "None was left out."
    )
    return f"{design.n_obs:,} rows{kind} were used. {dropped}"


def _groups(design: Design) -> Table:
    """Return one row per grouping factor: its groups, and how many rows these have."""
    rows = []
    for factor, levels in design.factors.items():
        codes = next(block.columns.codes for block in design.blocks if block.factor == factor)
        sizes = np.bincount(codes, minlength=len(levels))
        effects = ", ".join(
            effect
            for block in design.blocks
            if block.factor == factor
            for effect in effect_labels(block)
        )
        numbers = (sizes.min(), np.median(sizes), sizes.max())
        rows.append((factor, f"{len(levels):,}", *(f"{n:,g}" for n in numbers), effects))
    header = ("Factor", "Groups", "Fewest rows", "Median", "Most", "What varies between groups")
    return Table("Groups, and the rows in each", header, tuple(rows), frozenset({1, 2, 3, 4}))


def _columns(material: Material) -> Iterator[Table]:
    """Yield a table of the columns of numbers, and one of those of categories."""
    fit = material.fit
    formula = fit.design.encoder.formula
    roles = _roles(formula)
    columns = read_columns(fit.own_data, roles)
    categories = {c.value for c in formula.group_columns()} | set(fit.design.categorical)
    numeric = {
        name: name not in categories and kind_of(name, series) == "numeric"
        for name, series in columns.items()
    }
    about = f"over the {fit.design.n_obs:,} rows used"
    units = units_of(fit)
    numbers, labels = [], []
    for name, series in columns.items():
        unit = units.get(name, "")
        first = (name, ", ".join(roles[name]), "" if unit == PURE else unit)
        used, missing = series.iloc[fit.design.rows], f"{series.isna().sum():,}"
        if numeric[name]:
            numbers.append((*first, *_numbers(used), missing))
        else:
            labels.append((*first, *_labels(used), missing))
    if numbers:
        header = ("Column", "Role", "Unit", "Mean", "SD", "Least", "Median", "Most", "Missing")
        yield Table(
            f"Columns of numbers, {about}; missing: of all rows",
            header,
            tuple(numbers),
            frozenset(range(3, len(header))),
        )
    if labels:
        header = ("Column", "Role", "Unit", "Levels", "Rows of each", "Missing")
        yield Table(
            f"Columns of categories, {about}; missing: of all rows",
            header,
            tuple(labels),
            frozenset({3, 5}),
        )


def _roles(formula: ModelFormula) -> dict[str, list[str]]:
    """Return what each column does in the model; one column may do several things."""
    roles: dict[str, list[str]] = {}
    found = (
        ("response", formula.response_columns()),
        ("predictor", formula.predictor_columns()),
        ("grouping factor", formula.group_columns()),
    )
    for role, columns in found:
        for column in columns:
            if role not in roles.setdefault(column.value, []):
                roles[column.value].append(role)
    return roles


def _numbers(series: pd.Series) -> tuple[str, ...]:
    values = series.astype(float).to_numpy()
    spread = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    mean = float(np.mean(values))
    places = decimals(spread, mean)
    ends = (np.min(values), np.median(values), np.max(values))
    shown = (min(f"{value:.6g}", fixed(value, places + 1), key=len) for value in ends)
    return (fixed(mean, places), fixed(spread, places), *shown)


def _labels(series: pd.Series) -> tuple[str, str]:
    """Return the number of levels, and the rows of each as far as there is room."""
    counts = series.map(label_of).value_counts(sort=False)
    shown = [f"{label}: {n:,}" for label, n in counts.head(_LEVELS_SHOWN).items()]
    left = len(counts) - len(shown)
    more = [f"and {left:,} more levels"] if left else []
    return f"{len(counts):,}", ", ".join([*shown, *more])


_NOT_SHOWN = (
    "The rows are in files and were read batch by batch. What needs all of them at once, such as "
    "checks of the model, the answer in words and predictions at typical rows, is not on this page."
)


def _files_section(design: Design) -> Section:
    """Return the files, how many rows and groups they have, and sums of the columns."""
    left = design.n_dropped
    rows = (
        f"{design.n_obs:,} rows of {design.source.label} were used; {left:,} were left out because "
        "a value that the model needs is missing."
    )
    parts: list[Part] = [Paragraph(rows), Paragraph(_NOT_SHOWN)]
    if design.blocks:
        parts.append(_groups_of_files(design))
    parts.append(_columns_of_files(design))
    if design.notes:
        parts.append(Items("How the data were read", design.notes))
    return Section("data", "The data", "", tuple(parts))


def _groups_of_files(design: Design) -> Table:
    rows = []
    for block in design.blocks:
        sizes = block.columns.codes.counts
        numbers = (sizes.min(), np.median(sizes), sizes.max())
        cells = (f"{block.n_groups:,}", *(f"{n:,g}" for n in numbers))
        rows.append((block.factor, *cells, ", ".join(effect_labels(block))))
    header = ("Factor", "Groups", "Fewest rows", "Median", "Most", "What varies between groups")
    return Table("Groups, and the rows in each", header, tuple(rows), frozenset({1, 2, 3, 4}))


def _columns_of_files(design: Design) -> Table:
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
