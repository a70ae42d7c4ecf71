"""Write FORMULAS.md from the table of forms: ``python docs/make_formulas.py``."""

import re
from itertools import groupby
from pathlib import Path

from formulas_table import FORMS, REFUSED, Form, example_data

from bayesmm.errors import FormulaError
from bayesmm.family.known import resolve_family
from bayesmm.formula import parse_formulas
from bayesmm.formula.functions import FUNCTIONS, Function
from bayesmm.model.block import Block
from bayesmm.model.build import build_design
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, effect_labels

__all__ = ["PAGE", "block_text", "design_of", "page"]

PAGE = Path(__file__).parent / "FORMULAS.md"

_INTRODUCTION = """\
# The formula language

`response ~ predictors + (effects | groups)`, in the words of lme4. Every part of a formula has a
meaning or is refused with its place; nothing is dropped, and nothing is run: a formula can name
columns of the data and the functions listed below, and nothing else.

This page is written by `docs/make_formulas.py`: expansions, coefficients and groups are those that
bayesmm makes of a small data set with the numbers `x`, `z`, `e`, `w` and `count` of `n`, the
factors `a` (hi, lo, mid), `b` (no, yes) and `s` (a status of censoring), `b01` of 0 and 1, the
groupings `g`, `h` (within `g`) and `k`, and
`year`. Columns are those of R's `model.matrix` and of lme4.
"""

_NOTES = """\
## Reading of columns

- Text, pandas categoricals and booleans are factors. Whole numbers are numbers: write
  `factor(year)`, or give the column in `categorical` (`--categorical year` on the command line).
- Levels keep the order of a categorical; numbers are ordered by value, other text by code point.
  The first level is the reference. Levels without rows are left out, with a note.
- Levels compare by value: 308, 308.0 and "308" are one group.
- Groupings are factors whatever their type. Cells of `g:h` are those that occur.
- `center`, `scale`, `poly`, `bs` and `ns` remember what they learnt from the data of the fit, and
  apply that to new data.
- Rows with a missing value in a column of any of the formulas are left out and counted; the upper
  end of an interval, of `cens(status, upper)`, is needed where the status is `interval` only.
- A name with spaces, signs or anything else stands between backticks; `` \\` `` and `\\\\` inside
  them are a backtick and a backslash.
- Operators bind as in R: `^`, then a sign, `:`, `*` and `/`, `+` and `-`, `|`.

## Bounds

A formula has at most 20,000 characters, 50 levels of brackets, 3,000 terms and 50 group terms; a
design at most 5,000 coefficients, 200 effects per group and 4 GiB of columns. Beyond, there is an
error before anything is computed.
"""


def design_of(form: Form) -> Design:
    """Return the design that a form makes of the example data."""
    return build_design(form.formula, example_data(), resolve_family(form.family))


def block_text(block: Block) -> str:
    """Return a block as the table states it: ``"g: Intercept, x (correlated)"``."""
    several = " (correlated)" if block.covariance.correlated else " (independent)"
    return (
        f"{block.factor}: {', '.join(effect_labels(block))}{several if block.n_effects > 1 else ''}"
    )


def coefficients_of(design: Design) -> tuple[str, ...]:
    """Return the names of the common effects on every parameter that has a formula."""
    return tuple(n for own in design.linear_predictors for n in coefficient_names(own))


def page() -> str:
    """Return the page."""
    parts = [_INTRODUCTION]
    for section, forms in groupby(FORMS, key=lambda form: form.section):
        parts.append(f"## {section}\n")
        parts.append(
            _table(("form", "meaning", "expansion", "coefficients", "groups"), map(_row, forms))
        )
    parts.append("## Every function\n")
    parts.append(_table(("function", "what it gives"), map(_function_row, FUNCTIONS.values())))
    parts.append("## What is refused\n")
    parts.append(_table(("formula", "answer"), map(_refused_row, REFUSED)))
    parts.append(_NOTES)
    return "\n".join(parts)


def _row(form: Form) -> tuple[str, ...]:
    design = design_of(form)
    return (
        _code(form.formula),
        form.meaning.replace("|", r"\|") + _family(form),
        _code(parse_formulas(form.formula).expanded),
        ", ".join(map(_code, coefficients_of(design))),
        _plain("; ".join(map(block_text, design.blocks))),
    )


def _function_row(function: Function) -> tuple[str, ...]:
    more = ("...",) * function.repeats
    arguments = ", ".join((*function.parameters, *function.optional, *function.options, *more))
    return _code(f"{function.name}({arguments})"), _plain(function.description)


def _refused_row(formula: str) -> tuple[str, ...]:
    try:
        model = parse_formulas(formula)
        build_design(model, example_data(), resolve_family("gaussian"))
    except FormulaError as error:
        return _code(formula), _plain(error.message)
    raise ValueError(f"{formula} is not refused")


def _family(form: Form) -> str:
    return "" if form.family == "gaussian" else f" Family {form.family}."


def _plain(text: str) -> str:
    """Return text in which nothing has a meaning in Markdown."""
    return re.sub(r"([\\`*_|<>$])", r"\\\1", text)


def _code(text: str) -> str:
    """Return text as code in a cell of a table."""
    fence = "``" if "`" in text else "`"
    space = " " if "`" in text else ""
    return f"{fence}{space}{text}{space}{fence}".replace("|", r"\|")


def _table(header: tuple[str, ...], rows: object) -> str:
    lines = [header, tuple("---" for _ in header), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
