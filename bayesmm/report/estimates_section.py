"""The estimates, with maximum likelihood and the published numbers beside them."""

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from bayesmm.cells import decimals, fixed
from bayesmm.course import CourseModel, compare_published
from bayesmm.fit_record import FitRecord
from bayesmm.html.table import Table
from bayesmm.likelihood import fit_ml
from bayesmm.report.figures import ESTIMATES, figures
from bayesmm.report.material import Material
from bayesmm.report.record import Items, Paragraph, Part, Section
from bayesmm.results.tables.compare_ml import compare_ml
from bayesmm.results.tables.summary import summarise
from bayesmm.results.tables.summary_html import summary_tables
from bayesmm.results.tables.summary_text import footnotes

__all__ = ["estimates_section"]

_INTRO = (
    "Mean and SD describe the posterior: what the data and the priors say together about each "
    "quantity."
)


def estimates_section(material: Material) -> Section:
    """Return the tables of the summary, where ML differs and why, and the published numbers."""
    fit = material.fit
    summary = summarise(fit, material.prob)
    _, *notes = footnotes(summary)  # the first is about columns of the sampler
    parts: list[Part] = [_of_the_model(table) for table in summary_tables(summary)]
    parts.append(Items("", tuple(notes)))
    parts += figures(fit, ESTIMATES, material.prob)
    if fit.ml is not None:
        parts += _beside_ml(fit)
    if material.course is not None and material.course.published:
        parts += _published(material.course, material)
    return Section("estimates", "The estimates", _INTRO, tuple(parts))


def _of_the_model(table: Table) -> Table:
    """Return a table without what is about the sampler, which stands where that is described."""
    kept = [k for k, name in enumerate(table.header) if name not in ("R-hat", "ESS")]
    return replace(
        table,
        header=tuple(table.header[k] for k in kept),
        rows=tuple(tuple(row[k] for k in kept) for row in table.rows),
        right=frozenset(place for place, k in enumerate(kept) if k in table.right),
    )


def _beside_ml(fit: FitRecord) -> Iterator[Part]:
    table = compare_ml(fit)
    label = table.attrs["estimate"]
    rows = []
    for row in table.itertuples():
        places = decimals(row.sd, row.mean)
        numbers = (fixed(value, places) for value in (row.mean, row.sd, row.estimate))
        rows.append((_quantity(row), *numbers, fixed(row.difference, 2), row.note))
    reasons = any(row[-1] for row in rows)
    header = ("Quantity", "Posterior mean", "Posterior SD", label, "Difference", "Why they differ")
    width = len(header) if reasons else len(header) - 1
    yield Table(
        f"Posterior and {label}: the difference is in posterior standard deviations",
        header[:width],
        tuple(row[:width] for row in rows),
        frozenset({1, 2, 3, 4}),
    )
    if not reasons:
        yield Paragraph(
            f"The largest difference is {table['difference'].abs().max():.2f} posterior standard "
            "deviations; none of the reasons that bayesmm looks for applies."
        )


def _quantity(row: tuple) -> str:
    """Return what a row of `compare_ml` is about, in words."""
    if row.kind == "fixed":
        return row.var1
    if row.kind == "residual":
        return "residual sd"
    if row.kind == "sd":
        return f"sd of {row.var1} between {row.grp}"
    return f"correlation of {row.var1} and {row.var2} between {row.grp}"


def _published(course: CourseModel, material: Material) -> Iterator[Part]:
    """Yield the published numbers beside ML of the same model; no verdict on a twin."""
    table = compare_published(course, fit_ml(material.fit.design, reml=course.reml))
    twin = material.kind == "simulated twin"
    rows = [_published_row(row, twin=twin) for row in table.itertuples()]
    label = "REML" if course.reml and material.fit.design.blocks else "ML"
    about = (
        f"Published numbers ({course.source}), not compared: the data are a simulated twin"
        if twin
        else f"Published numbers ({course.source}) beside {label} of bayesmm"
    )
    header = ("Quantity", "Published", f"{label} of bayesmm", *(() if twin else ("Verdict",)))
    yield Table(about, header, tuple(rows), frozenset({1, 2}))
    if not twin:
        agree = int(table["agrees"].sum())
        yield Paragraph(
            f"{agree} of {len(table)} published numbers agree, to half a unit of the last printed "
            "digit and the accuracy of an optimiser."
        )


def _published_row(row: tuple, *, twin: bool) -> tuple[str, ...]:
    places = len(row.published.partition(".")[2])
    cells = (f"{row.quantity} {row.term}".strip(), row.published, f"{row.ml:.{places}f}")
    if twin:
        return cells
    reason = row.differs if not pd.isna(row.differs) else ""
    told = "agrees" if row.agrees else f"differs: {reason}" if reason else "DIFFERS"
    return (*cells, told)
