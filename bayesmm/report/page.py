"""The report as a page of HTML: every text is escaped by the template engine."""

from base64 import b64encode
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from bayesmm.errors import visible
from bayesmm.html.table import Table, code_html, table_html
from bayesmm.report.record import Part, Report

__all__ = ["page_of"]

_HERE = Path(__file__).parent


def page_of(report: Report) -> str:
    """Return one HTML page that needs no other file and no network."""
    environment = Environment(
        loader=FileSystemLoader(_HERE, encoding="utf-8"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        finalize=_seen,
    )
    environment.globals.update(
        base64=lambda file: b64encode(file).decode(),
        mathml=Markup,  # names of the user are escaped where it is made
        code_html=lambda text: Markup(code_html(text)),
        table_html=_table,
        kind=_kind,
    )
    css = Markup((_HERE / "page.css").read_text(encoding="utf-8"))
    return environment.get_template("page.html").render(report=report, css=css)


def _table(table: Table) -> Markup:
    return Markup(table_html(table))


def _kind(part: Part) -> str:
    return type(part).__name__


def _seen(value: object) -> object:
    """Return a text with every character visible: one could turn the line around."""
    return visible(value) if type(value) is str else value
