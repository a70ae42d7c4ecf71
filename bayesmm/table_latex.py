"""Tables in LaTeX, with booktabs: every character of a name is text, no number is set anew."""

import re
import unicodedata

from bayesmm.errors import visible
from bayesmm.html.table import Table

__all__ = ["table_latex"]

# What LaTeX would obey, and what the old encodings of its fonts show as something else.
_ESCAPED = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "'": r"\char39{}",
    "`": r"\char96{}",
    "\u2212": r"\ensuremath{-}",
    "\u00d7": r"\ensuremath{\times}",
    "\u00b2": r"\textsuperscript{2}",
    "\u00b3": r"\textsuperscript{3}",
    "\u2264": r"\ensuremath{\leq}",
    "\u2265": r"\ensuremath{\geq}",
    **{character: f"\\{character}" for character in "&%$#_"},
}
_GREEK = re.compile(r"GREEK (?P<size>SMALL|CAPITAL) LETTER (?P<name>[A-Z]+)")
# Letters of Greek without a command of their own: they look like Latin ones.
_LATIN = {"OMICRON": "o", "ALPHA": "A", "BETA": "B", "EPSILON": "E", "ZETA": "Z", "ETA": "H",
          "IOTA": "I", "KAPPA": "K", "MU": "M", "NU": "N", "RHO": "P", "TAU": "T",
          "CHI": "X"}  # fmt: skip
_SPELLED = {"LAMDA": "LAMBDA"}  # Unicode's
_NUMBER = re.compile(r"-?[\d.]+(e[+-]?\d+)?")


def table_latex(table: Table, caption: str | None = None, label: str | None = None) -> str:
    r"""Return a table as LaTeX, for ``\usepackage{booktabs}``; see `ResultTable.to_latex`."""
    text = table.caption if caption is None else caption
    columns = "".join("r" if k in table.right else "l" for k in range(len(table.header)))
    lines = [
        rf"\begin{{tabular}}{{{columns}}}",
        r"\toprule",
        _row(table, table.header),
        r"\midrule",
        *(_row(table, row) for row in table.rows),
        r"\bottomrule",
        r"\end{tabular}",
    ]
    if table.shortened:
        lines += ["", latex_text(table.shortened)]
    if not text:
        return "\n".join(lines) + "\n"
    head = [r"\begin{table}[htbp]", r"\centering", rf"\caption{{{latex_text(text)}}}"]
    head += [rf"\label{{{label}}}"] if label else []
    return "\n".join([*head, *lines, r"\end{table}"]) + "\n"


def latex_text(text: str) -> str:
    """Return a text in which no character is a command, as every engine of LaTeX sets it.

    Letters of other scripts than Latin and Greek need LuaLaTeX or XeLaTeX.
    """
    return "".join(map(_escaped, visible(text)))


def _escaped(character: str) -> str:
    if character in _ESCAPED:
        return _ESCAPED[character]
    greek = _GREEK.fullmatch(unicodedata.name(character, "")) if ord(character) > 127 else None
    if greek is None:
        return character
    small, name = greek["size"] == "SMALL", _SPELLED.get(greek["name"], greek["name"])
    if name in _LATIN and (name == "OMICRON" or not small):
        return _LATIN[name] if small else _LATIN[name].upper()
    command = name.lower() if small else name.capitalize()
    return rf"\ensuremath{{\{command}}}"


def _row(table: Table, cells: tuple[str, ...]) -> str:
    r"""Return a line; behind ``\\`` a bracket or a star of the next row would be an option."""
    shown = [_number(cell) if k in table.right else latex_text(cell) for k, cell in
             enumerate(cells)]  # fmt: skip
    if shown[0][:1] in ("[", "*"):
        shown[0] = f"{{{shown[0][0]}}}{shown[0][1:]}"
    return " & ".join(shown) + r" \\"


def _number(cell: str) -> str:
    """Return a number as it is, its sign a minus and no hyphen."""
    if not _NUMBER.fullmatch(cell):
        return latex_text(cell)
    return cell.replace("-", "$-$")
