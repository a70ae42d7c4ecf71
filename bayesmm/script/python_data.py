"""Lines of Python that read the data of a fit, and make its columns."""

from collections.abc import Iterable, Iterator, Sequence

import pandas as pd

from bayesmm.errors import visible
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import Sum, unwrap
from bayesmm.model.coding import Category, CodedTerm
from bayesmm.model.frames import read_columns
from bayesmm.model.names import prefixed
from bayesmm.model.predictor import MEAN
from bayesmm.model.response import log_exposure
from bayesmm.script.parts import ScriptParts
from bayesmm.script.python_columns import PythonColumns, has_basis
from bayesmm.script.texts import python_text

__all__ = [
    "basis_lines",
    "common_codes",
    "effect_codes",
    "head_lines",
    "level_lines",
    "numpy_line",
    "read_csv_lines",
    "reading_lines",
    "response_codes",
]

# What pandas reads as a missing value even in a column of text; a level may be called so.
_MISSING = frozenset(
    ("#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND", "1.#QNAN", "<NA>",
     "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null")
)  # fmt: skip


def head_lines(parts: ScriptParts, *more: str) -> list[str]:
    """Return the comments at the top: the model, what the script is, how its file is made."""
    family = parts.design.family
    frame = parts.source or "data"
    imports = ["import bayesmm", *parts.imports] if parts.source else []
    lines = [f"{parts.design.formula}; {family.name} family, {family.link} link", *more]
    if parts.given:
        lines.append(f"{parts.file} holds the data of the fit.")
    else:
        lines += [
            f"{parts.file} holds the data of the fit. In Python:",
            *(f"  {line}" for line in imports),
            f"  {frame}.to_csv({python_text(parts.file)}, index=False)",
        ]
    return [f"# {visible(line)}" for line in lines]


def read_csv_lines(parts: ScriptParts) -> list[str]:
    """Return the lines that read the file; factors and groupings as text."""
    texts = [text for levels in parts.texts.levels.values() for t in levels.values() for text in t]
    options = [python_text(parts.file)]
    if parts.texts.levels:
        types = ", ".join(f"{python_text(name)}: str" for name in parts.texts.levels)
        options.append(f"dtype={{{types}}}")
    if _MISSING & set(texts):
        options.append('keep_default_na=False, na_values=[""]')
    return [f"data = pd.read_csv({', '.join(options)})"]


def reading_lines(parts: ScriptParts) -> list[str]:
    """Return the lines that read the file and leave out the rows that the fit left out."""
    lines = read_csv_lines(parts)
    if parts.design.n_dropped:
        names = ", ".join(map(python_text, parts.columns))
        lines.append(f"data = data.dropna(subset=[{names}])  # {parts.design.n_dropped} rows")
    return lines


def level_lines(parts: ScriptParts) -> list[str]:
    """Return the lines that give back the order of levels that a file does not keep."""
    lines = _order_of_response(parts)
    for variable in parts.design.encoder.variables.values():
        if not isinstance(variable, Category):
            continue
        series = read_columns(parts.data, [variable.column])[variable.column]
        if isinstance(series.dtype, pd.CategoricalDtype):
            name = python_text(variable.column)
            levels = [
                python_text(text)
                for label in variable.levels
                for text in parts.texts.texts_of(variable.column, label)
            ]
            lines.append(f"data[{name}] = pd.Categorical(data[{name}], [{', '.join(levels)}])")
    return list(dict.fromkeys(lines))


def _order_of_response(parts: ScriptParts) -> list[str]:
    """Return the line that puts the categories of a response in order, where data declare it."""
    response, labels = parts.design.encoder.formula.response, parts.design.categories
    if not labels or response.order or response.counts:
        return []
    column = response.value.value
    series = read_columns(parts.data, [column])[column]
    if not isinstance(series.dtype, pd.CategoricalDtype):
        return []
    texts = (python_text(t) for label in labels for t in parts.texts.texts_of(column, label))
    name = python_text(column)
    categories = f"[{', '.join(texts)}], ordered=True"
    return [f"data[{name}] = pd.Categorical(data[{name}], {categories})"]


def common_codes(
    parts: ScriptParts, columns: PythonColumns, parameter: str = MEAN
) -> dict[str, str]:
    """Return the code of each column of the common effects on a parameter, by its name."""
    matrix = "design.mu.X"
    if parameter != MEAN:
        matrix = f"design.predictor({python_text(parameter)}).X"
    return dict(_term_codes(parts.design.encoder.terms[parameter], columns, matrix))


def effect_codes(parts: ScriptParts, index: int, columns: PythonColumns) -> dict[str, str]:
    """Return the code of each column of the effects of block `index`, by the effects' names."""
    found: dict[str, str] = {}
    for part in parts.design.encoder.parts[index]:
        if part.group.intercept:
            found[prefixed("Intercept", part.predictor)] = "1.0"
        first = len(found)
        matrix = f"design.blocks[{index}].columns.Z"
        matrix = f"{matrix}[:, {first}:]" if first else matrix
        for name, code in _term_codes(part.terms, columns, matrix):
            found[prefixed(name, part.predictor)] = code
    return found


def _term_codes(
    terms: Sequence[CodedTerm], columns: PythonColumns, matrix: str
) -> Iterator[tuple[str, str]]:
    """Yield the name and the code of each column; what no line makes is taken from `matrix`."""
    place = 0
    for term in terms:
        from_matrix = (f"{matrix}[:, {place + k}]" for k in range(term.width))
        codes = from_matrix if has_basis(term) else columns.term(term)
        yield from zip(term.names, codes, strict=True)
        place += term.width


def basis_lines(parts: ScriptParts) -> list[str]:
    """Return the lines that let bayesmm make splines and polynomials; none when it need not."""
    encoder = parts.design.encoder
    terms = [term for own in encoder.terms.values() for term in own]
    terms += [term for block in encoder.groups for term in block]
    if not any(map(has_basis, terms)):
        return []
    family = parts.design.family
    link = f", {python_text(family.link)}" if family.link != family.links[0] else ""
    return [
        "# the columns of poly(), bs() and ns(), as R makes them",
        "from bayesmm.model.build import build_design",
        "from bayesmm.family.known import resolve_family",
        "",
        f"formula = {python_text(parts.design.formula)}",
        f"family = resolve_family({python_text(family.name)}{link})",
        f"design = build_design(formula, data, family{_options(parts)})",
    ]


def _options(parts: ScriptParts) -> str:
    names, success = parts.design.categorical, parts.design.success
    said = f", categorical=[{', '.join(map(python_text, names))}]" if names else ""
    return said + (f", success={python_text(success)}" if success is not None else "")


def numpy_line(code: Iterable[str]) -> list[str]:
    """Return the import of numpy, where code needs it."""
    return ["import numpy as np"] if any("np." in line for line in code) else []


def response_codes(parts: ScriptParts, columns: PythonColumns) -> dict[str, str]:
    """Return the code of ``y`` and, where the model has them, ``trials, weights, offset``."""
    formula, encoder = parts.design.encoder.formula, parts.design.encoder
    response = formula.response
    if encoder.response_levels:
        name = next(iter(formula.response_columns())).value
        codes = {"y": columns.is_level(name, encoder.response_levels[1])}
    elif parts.design.family.response == "multinomial":
        counts = ", ".join(columns.expression(node) for node in response.counts)
        codes = {"y": f"np.column_stack([{counts}])"}
    elif parts.design.categories:
        name = next(iter(formula.response_columns())).value
        numbers = ", ".join(
            f"{python_text(text)}: {k}"
            for k, label in enumerate(parts.design.categories)
            for text in parts.texts.texts_of(name, label)
        )
        codes = {"y": f"data[{python_text(name)}].map({{{numbers}}})"}
    else:
        codes = {"y": columns.expression(response.value)}
    if response.trials is not None:
        codes["trials"] = columns.expression(response.trials)
    elif response.failures is not None and parts.design.trials is not None:
        codes["trials"] = _trials(response, columns)
    elif parts.design.trials is not None:
        codes["trials"] = "1.0"
    if response.weights is not None:
        codes["weights"] = columns.expression(response.weights)
    offsets = list(formula.offsets)
    if response.rate is not None:
        offsets.append(log_exposure(response.rate))
    if offsets:
        codes["offset"] = " + ".join(f"({columns.expression(node)})" for node in offsets)
    return codes


def _trials(response: Response, columns: PythonColumns) -> str:
    """Return the code of the trials of ``cbind(y, n - y)``, which are n, or of ``cbind(y, f)``."""
    match unwrap(response.failures):
        case Sum((("+", total), ("-", taken))) if taken == response.value:
            return columns.expression(total)
    y, failures = map(columns.expression, (response.value, response.failures))
    return f"{y} + ({failures})"
