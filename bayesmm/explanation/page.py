"""An explained model on one page: the text and the HTML."""

from collections.abc import Iterator, Sequence
from html import escape

from bayesmm.cells import in_columns
from bayesmm.explanation.record import ExplanationRecord
from bayesmm.html.table import Table, lines_html, list_html, page_html, table_html
from bayesmm.prose import prose_lines

__all__ = ["EQUATION_WIDTH", "explanation_html", "page_text"]

_WIDTH = 100
_INDENT = "  "
EQUATION_WIDTH = _WIDTH - len(_INDENT)
_PRIORS_NOTE = "Distributions are written as in PyMC: Normal(mean, sd), Exponential(rate)."


def page_text(explanation: ExplanationRecord) -> str:
    """Return the page as plain text."""
    lines = [explanation.formula, *_indented([_family(explanation)])]
    lines += ["", "In words", *_indented([explanation.words])]
    lines += ["", "Written out", *_indented(explanation.expansion.lines())]
    lines += ["", "In symbols", *(_INDENT + line for line in explanation.model.split("\n"))]
    lines += ["", "Counts", *_indented(explanation.counts.lines())]
    priors = _prior_rows(explanation)
    lines += ["", _priors_title(explanation)]
    lines += [_INDENT + line for line in in_columns(priors, len(priors[0]))]
    lines += _indented([_PRIORS_NOTE])
    if explanation.advice:
        lines += ["", "Worth a look", *_listed([item.text for item in explanation.advice])]
    if explanation.notes:
        lines += ["", "Notes", *_listed(explanation.notes)]
    return "\n".join(lines)


def explanation_html(explanation: ExplanationRecord) -> str:
    """Return the page as an HTML fragment; a notebook sets the equations."""
    header, *rows = _prior_rows(explanation)
    priors = Table(_priors_title(explanation), header, tuple(rows))
    return page_html(
        explanation.formula,
        lines_html([explanation.words]),
        lines_html(explanation.expansion.lines()),
        f"$${escape(explanation.latex)}$$",
        lines_html(explanation.counts.lines()),
        table_html(priors),
        lines_html([_PRIORS_NOTE]),
        list_html("Worth a look", [item.text for item in explanation.advice]),
        list_html("Notes", explanation.notes),
        facts=[_family(explanation)],
    )


def _family(explanation: ExplanationRecord) -> str:
    family = explanation.family
    parts = (f"{family.name} family", f"{family.link} link", explanation.outcome)
    return ", ".join(part for part in parts if part)


def _priors_title(explanation: ExplanationRecord) -> str:
    return f"Priors (preset '{explanation.priors.preset}')"


def _prior_rows(explanation: ExplanationRecord) -> list[tuple[str, ...]]:
    """Return the table of priors as cells, the symbols first; the source if any was replaced."""
    table = explanation.priors.table()
    if not explanation.priors.changed:
        table = table.drop(columns="source")
    rows = zip(explanation.symbols, *(table[name] for name in table), strict=True)
    return [("", *table.columns), *rows]


def _indented(texts: Sequence[str] | Iterator[str]) -> list[str]:
    wrapped = (prose_lines(t, _WIDTH, _INDENT, "    ") for t in texts)
    return [line for lines in wrapped for line in lines]


def _listed(texts: Sequence[str]) -> list[str]:
    wrapped = (prose_lines(t, _WIDTH, "  - ", "    ") for t in texts)
    return [line for lines in wrapped for line in lines]
