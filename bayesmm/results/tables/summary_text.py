"""A fitted model on one page: its sections as cells, and the text."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from bayesmm.cells import align, decimals, fixed
from bayesmm.prose import prose_lines
from bayesmm.results.tables.moments import interval_label
from bayesmm.results.tables.summary_record import SummaryRecord
from bayesmm.wording import either

__all__ = ["SummaryTable", "footnotes", "sections", "summary_text"]

WIDTH = 100
_INDENT = 2
_CORRELATION_PLACES = 2

type _Triangle = dict[tuple[str, str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SummaryTable:
    """One table of the page."""

    title: str
    rows: tuple[tuple[str, ...], ...]  # cells, the header first
    n_left: int  # columns of names at the start


def summary_text(summary: SummaryRecord) -> str:
    """Return the page as plain text."""
    lines: list[str] = []
    for warning in summary.warnings:
        lines += prose_lines(warning, WIDTH)
    lines += ["", summary.title] if lines else [summary.title]
    width = max(len(label) for label, _ in summary.facts) + 2
    for label, text in summary.facts:
        head = f"{label}:" if label else ""
        lines += prose_lines(text, WIDTH, f"{head:<{width}}", " " * width)
    for section in sections(summary):
        table = align(section.rows, section.n_left, WIDTH - _INDENT)
        lines += ["", section.title, *(" " * _INDENT + line for line in table)]
    lines.append("")
    for note in footnotes(summary):
        lines += prose_lines(note, WIDTH)
    return "\n".join(lines)


def sections(summary: SummaryRecord) -> Iterator[SummaryTable]:
    """Yield the tables of the page; one without rows is left out."""
    if len(summary.varcorr):
        yield _group_effects(summary)
    if len(summary.fixef):
        yield _common_effects(summary)
    if len(summary.auxiliary):
        yield _further_parameters(summary)


_ESTIMATE_HEADER = ("", "Mean", "SD", "lower", "upper", "R-hat", "ESS")


def _common_effects(summary: SummaryRecord) -> SummaryTable:
    label = summary.ml_label
    rows = [(*_ESTIMATE_HEADER, *((label, "SE") if label else ()))]
    for row in summary.fixef.itertuples():
        places = decimals(row.sd, row.mean)
        beside = (fixed(row.ml_estimate, places), fixed(row.ml_se, places)) if label else ()
        rows.append((*_estimate_cells(row), *beside))
    return SummaryTable("Common effects:", tuple(rows), 1)


def _further_parameters(summary: SummaryRecord) -> SummaryTable:
    label = summary.ml_label
    rows = [(*_ESTIMATE_HEADER, *((label,) if label else ()))]
    for row in summary.auxiliary.itertuples():
        beside = (fixed(row.ml, decimals(row.sd, row.mean)),) if label else ()
        rows.append((*_estimate_cells(row), *beside))
    return SummaryTable("Further parameters:", tuple(rows), 1)


def _estimate_cells(row: tuple) -> tuple[str, ...]:
    places = decimals(row.sd, row.mean)
    numbers = (fixed(value, places) for value in (row.mean, row.sd, row.lower, row.upper))
    return (
        row.term,
        *numbers,
        fixed(row.rhat, 3),
        fixed(row.ess_bulk, 0),
    )


def _group_effects(summary: SummaryRecord) -> SummaryTable:
    """Return sds with the lower triangle of correlations beside, as lme4 prints them."""
    title = "Group effects:" if summary.varcorr["var1"].notna().any() else "Residual:"
    triangle, ml_triangle = _triangles(summary)
    return SummaryTable(title, _group_rows(summary, triangle, ml_triangle), 2)


def _triangles(summary: SummaryRecord) -> tuple[_Triangle, _Triangle]:
    """Return the correlations to show, posterior and ML, as far as the page is wide enough."""
    posterior = _triangle(summary.varcorr, "sdcor")
    ml = _triangle(summary.varcorr, "ml") if summary.ml_label else {}
    for choice in ((posterior, ml), (posterior, {})):
        lines = align(_group_rows(summary, *choice), 2, WIDTH - _INDENT)
        if max(len(line) for line in lines) <= WIDTH - _INDENT:
            return choice
    return {}, {}


def _group_rows(
    summary: SummaryRecord, triangle: _Triangle, ml_triangle: _Triangle
) -> tuple[tuple[str, ...], ...]:
    label = summary.ml_label
    n_corr, n_ml = (max(map(len, t.values()), default=0) for t in (triangle, ml_triangle))
    header = ["Groups", "Name", "SD", "lower", "upper", *_corr_header(n_corr)]
    if label:
        header += [f"{label} SD", *_corr_header(n_ml)]
    rows = [tuple(header)]
    previous = None
    for row in summary.varcorr[summary.varcorr["var2"].isna()].itertuples():
        places = decimals(row.sd, row.sdcor)
        effect = "" if pd.isna(row.var1) else row.var1
        cells = [
            "" if row.grp == previous else row.grp,
            effect,
            *(fixed(value, places) for value in (row.sdcor, row.lower, row.upper)),
            *_padded(triangle.get((row.grp, effect), ()), n_corr),
        ]
        if label:
            cells += [
                fixed(row.ml, places),
                *_padded(ml_triangle.get((row.grp, effect), ()), n_ml),
            ]
        rows.append(tuple(cells))
        previous = row.grp
    return tuple(rows)


def _triangle(varcorr: pd.DataFrame, column: str) -> _Triangle:
    """Return for each effect its correlations with the effects before it in its block."""
    cells: _Triangle = {}
    for row in varcorr[varcorr["var2"].notna()].itertuples():
        key = (row.grp, row.var2)
        text = fixed(getattr(row, column), _CORRELATION_PLACES)
        cells[key] = (*cells.get(key, ()), text)
    return cells


def _corr_header(n: int) -> list[str]:
    return ["Corr", *([""] * (n - 1))] if n else []


def _padded(cells: tuple[str, ...], n: int) -> list[str]:
    return [*cells, *([""] * (n - len(cells)))]


def footnotes(summary: SummaryRecord) -> Iterator[str]:
    """Yield what stands below the tables: intervals, abbreviations, notes."""
    yield f"lower, upper: {interval_label(summary.prob)}. ESS: bulk effective sample size."
    if summary.varcorr["var2"].notna().any():
        where = either(".varcorr()", "--json")
        shown = "" if any(_triangles(summary)) else "; too many to show here"
        yield f"Corr: posterior means; their intervals are in {where}{shown}."
    if summary.ml_label:
        yield _ML_WORDS[summary.ml_label]
    yield from summary.notes


_ML_WORDS = {
    "REML": "REML, SE: the estimate of the same model by restricted maximum likelihood.",
    "ML": "ML, SE: the estimate of the same model by maximum likelihood.",
}
