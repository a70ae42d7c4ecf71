"""A fitted model on one page: the HTML."""

from itertools import accumulate

from bayesmm.html.table import Table, lines_html, page_html, table_html
from bayesmm.results.tables.moments import interval_label
from bayesmm.results.tables.summary_record import SummaryRecord
from bayesmm.results.tables.summary_text import SummaryTable, footnotes, sections
from bayesmm.sampling.diagnostics import Diagnostics
from bayesmm.sampling.diagnostics_text import verdict

__all__ = ["fit_html", "summary_html", "summary_tables"]


def fit_html(summary: SummaryRecord, diagnostics: Diagnostics) -> str:
    """Return the summary of a fit, with the verdict on its draws, as an HTML fragment."""
    told = "" if summary.warnings else lines_html([verdict(diagnostics.checks)])
    return summary_html(summary) + told


def summary_html(summary: SummaryRecord) -> str:
    """Return the page as an HTML fragment."""
    warnings = "".join(page_html(text) for text in summary.warnings)
    facts = [f"{label}: {text}" if label else text for label, text in summary.facts]
    tables = map(table_html, summary_tables(summary))
    return warnings + page_html(summary.title, *tables, facts=facts, notes=footnotes(summary))


def summary_tables(summary: SummaryRecord) -> list[Table]:
    """Return the tables of the page, each with the interval in its caption."""
    return [_table(section, summary.prob) for section in sections(summary)]


def _table(section: SummaryTable, prob: float) -> Table:
    header, *rows = section.rows
    # in the text a group is named once; in a table every row has its name
    names = accumulate((row[0] for row in rows), lambda before, name: name or before)
    named = tuple((name, *row[1:]) for name, row in zip(names, rows, strict=True))
    numbers = frozenset(range(section.n_left, len(header)))
    columns = (header[0] or "Term", *header[1:])
    caption = f"{section.title.removesuffix(':')}, {interval_label(prob)}"
    return Table(caption, columns, named, numbers, keys=section.n_left)
