"""A script of R: what it is, its packages, and the data, factors with their levels in order."""

from collections.abc import Iterable, Iterator, Sequence

from bayesmm.formula.functions import columns_of
from bayesmm.model.coding import Category
from bayesmm.script.parts import ScriptParts
from bayesmm.script.python_data import head_lines
from bayesmm.script.r_formula import RFormula, numeric_columns, r_column, r_name
from bayesmm.script.texts import r_text

__all__ = ["r_script"]


def r_script(
    parts: ScriptParts, formula: RFormula, what: str, library: str, lines: Iterable[str]
) -> str:
    """Return a script that reads the file, leaves out rows as the fit did, and makes factors.

    `what` is said of it, `library` is its package, which may be R itself, and `lines` come last.
    """
    head = [
        *head_lines(parts, what),
        *([f"library({library})"] if library else []),
        *(["library(splines)"] if formula.needs_splines else []),
    ]
    data = [*_read(parts), *_dropped(parts), *_response(parts), *_factors(parts, formula)]
    return "\n".join([*head, "", *data, "", *lines])


def _read(parts: ScriptParts) -> Iterator[str]:
    numbers = numeric_columns(parts.design)
    texts = [name for name in parts.texts.levels if name not in numbers]
    options = [r_text(parts.file), "check.names = FALSE"]
    if texts:
        classes = ", ".join(f'{_class_name(name)} = "character"' for name in texts)
        options.append(f"colClasses = c({classes})")
    written = {t for levels in parts.texts.levels.values() for ts in levels.values() for t in ts}
    options.append('na.strings = ""' if "NA" in written else 'na.strings = c("", "NA")')
    yield f"data <- read.csv({', '.join(options)})"
    for name in parts.columns:
        if r_column(name) != name:
            yield f"names(data)[names(data) == {r_text(name)}] <- {r_text(r_column(name))}"


def _class_name(name: str) -> str:
    """Return a name of the file as an argument; as a text, with escapes, where it needs them."""
    return r_name(name) if r_column(name) == name else r_text(name)


def _dropped(parts: ScriptParts) -> Iterator[str]:
    if parts.design.n_dropped:
        names = ", ".join(r_text(r_column(name)) for name in parts.columns)
        yield f"data <- data[complete.cases(data[c({names})]), ]  # {parts.design.n_dropped} rows"


def _response(parts: ScriptParts) -> Iterator[str]:
    if parts.design.categories and parts.design.family.response != "multinomial":
        name = next(iter(parts.design.encoder.formula.response_columns())).value
        labels = parts.design.categories
        pairs = [(text, label) for label in labels for text in parts.texts.texts_of(name, label)]
        ordered = ", ordered = TRUE" if parts.design.family.response == "ordered" else ""
        yield f"{_column(name)} <- {_factor_of(name, pairs)[:-1]}{ordered})"
    levels = parts.design.encoder.response_levels
    if levels:
        name = next(columns_of(parts.design.encoder.formula.response.of_two)).value
        success = ", ".join(map(r_text, parts.texts.texts_of(name, levels[1])))
        yield f"{_column(name)} <- as.integer({_column(name)} %in% c({success}))"


def _factors(parts: ScriptParts, formula: RFormula) -> Iterator[str]:
    """Yield the lines that make the factors among the predictors, coded as in the fit."""
    numbers = numeric_columns(parts.design)
    encoder, done = parts.design.encoder, set()
    for node, variable in encoder.variables.items():
        if not isinstance(variable, Category):
            continue
        column = variable.column
        made = f"factor({_column(column)})"
        if column not in numbers:
            made = _column(column)
            if column not in done:
                done.add(column)
                yield f"{made} <- {_with_levels(parts, variable)}"
        if node in formula.coded:
            own = _column(formula.coded[node])
            yield f"{own} <- {made}"
            yield f"contrasts({own}) <- {_contrasts(variable)}"


def _with_levels(parts: ScriptParts, variable: Category) -> str:
    """Return the call that makes a factor with its levels in order, and with their labels."""
    pairs = [
        (t, label)
        for label in variable.levels
        for t in parts.texts.texts_of(variable.column, label)
    ]
    return _factor_of(variable.column, pairs)


def _factor_of(column: str, pairs: Sequence[tuple[str, str]]) -> str:
    """Return the call that makes a factor of a column, from its texts and their labels."""
    levels = ", ".join(r_text(text) for text, _ in pairs)
    options = f"levels = c({levels})"
    if any(text != label for text, label in pairs):
        options += f", labels = c({', '.join(r_text(label) for _, label in pairs)})"
    return f"factor({_column(column)}, {options})"


def _contrasts(variable: Category) -> str:
    n = len(variable.levels)
    if variable.contrast.kind == "sum":
        return f"contr.sum({n})"
    reference = variable.contrast.reference
    base = 1 if reference is None else variable.levels.index(reference) + 1
    labels = ", ".join(map(r_text, variable.levels))
    return f"contr.treatment(c({labels}), base = {base})"


def _column(name: str) -> str:
    return f"data${r_name(name)}"
