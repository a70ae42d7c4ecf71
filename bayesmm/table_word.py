"""Tables as documents of Word, by python-docx."""

from io import BytesIO
from pathlib import Path
from typing import Any

from bayesmm.errors import UsageError, visible
from bayesmm.html.table import Table, on_point
from bayesmm.writing import refuse_file, write_whole

__all__ = ["write_word"]

_ENDING = ".docx"
# Eighths of a point: the outer rules, and the one below the header.
_THICK, _THIN = 12, 6


def write_word(table: Table, path: str | Path, caption: str | None = None) -> Path:
    """Write a table to a document of Word; see `ResultTable.to_docx`."""
    target = Path(path).expanduser()
    if target.suffix.lower() != _ENDING:
        raise UsageError(
            f"A document of Word ends in {_ENDING}, and '{path}' does not; write "
            f"'{target.with_suffix(_ENDING) if target.name else 'table.docx'}'."
        )
    refuse_file(target)
    document = _new_document()
    text = table.caption if caption is None else caption
    if text:
        document.add_paragraph(visible(text), style="Caption")
    _add_table(document, table)
    if table.shortened:
        document.add_paragraph(visible(table.shortened))
    written = BytesIO()
    document.save(written)
    return write_whole(target, written.getvalue())


def _new_document() -> Any:
    try:
        from docx import Document  # noqa: PLC0415  (optional)
    except ImportError as reason:
        raise UsageError(
            "Documents of Word need python-docx: install it, pip install 'bayesmm[word]'."
        ) from reason
    return Document()


def _add_table(document: Any, table: Table) -> None:
    """Add the cells: names on the left, numbers on their point, rules as in a paper."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH  # noqa: PLC0415  (optional)

    columns = list(zip(*table.rows, strict=True)) or [() for _ in table.header]
    shown = [on_point(cells) if k in table.right else cells for k, cells in enumerate(columns)]
    rows = [table.header, *zip(*shown, strict=True)]
    drawn = document.add_table(rows=len(rows), cols=len(table.header))
    for place, (row, texts) in enumerate(zip(drawn.rows, rows, strict=True)):
        for k, (cell, text) in enumerate(zip(row.cells, texts, strict=True)):
            paragraph = cell.paragraphs[0]
            paragraph.add_run(visible(text)).bold = place == 0 or None
            if k in table.right:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for cell in drawn.rows[0].cells:
        _rule(cell, "top", _THICK)
        _rule(cell, "bottom", _THIN)
    for cell in drawn.rows[-1].cells:
        _rule(cell, "bottom", _THICK)
    _repeat_header(drawn.rows[0])


def _rule(cell: Any, side: str, width: int) -> None:
    """Draw a line along one side of a cell."""
    from docx.oxml import OxmlElement  # noqa: PLC0415  (optional)
    from docx.oxml.ns import qn  # noqa: PLC0415  (optional)

    properties = cell._tc.get_or_add_tcPr()
    borders = properties.find(qn("w:tcBorders"))
    if borders is None:
        borders = OxmlElement("w:tcBorders")
        properties.append(borders)
    line = OxmlElement(f"w:{side}")
    for name, value in (("val", "single"), ("sz", str(width)), ("color", "auto")):
        line.set(qn(f"w:{name}"), value)
    borders.append(line)


def _repeat_header(row: Any) -> None:
    """Let the header stand on every page that the table reaches."""
    from docx.oxml import OxmlElement  # noqa: PLC0415  (optional)

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
