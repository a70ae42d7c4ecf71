"""Text of the command line as the values that the package takes."""

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bayesmm.cli.destinations import is_screen
from bayesmm.cli.options import ModelOptions
from bayesmm.cli.tables import read_file
from bayesmm.errors import UsageError

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "files_named",
    "of_model",
    "parse_names",
    "parse_numbers",
    "parse_options",
    "parse_priors",
    "parse_region",
    "parse_sizes",
    "parse_values",
    "read_data",
]

# The last "=" before a distribution: names of coefficients hold "=" too, as poly(x, degree = 2)[1].
_REPLACED = re.compile(r"(?P<name>.*?\S)\s*=\s*(?P<prior>[A-Za-z_]+\s*\([^()]*\))", re.DOTALL)


def read_data(formula: str, path: Path, options: ModelOptions) -> "pd.DataFrame":
    """Return the table; a slip of the pen in the formula is answered before heavy imports.

    Columns of digits that `read_table` left as text are numbers, where the formula uses them as
    numbers: nobody can change the table between reading and fitting.
    """
    from bayesmm.formula import parse_formulas  # noqa: PLC0415

    model = parse_formulas(formula)
    frame = read_file(path)
    from bayesmm.model.number_texts import as_numbers  # noqa: PLC0415

    labels = {*parse_names(options.categorical), *(name.value for name in model.group_columns())}
    labels |= {name.value for name in model.factor_columns()}
    used = {name.value for name in (*model.response_columns(), *model.predictor_columns())}
    for name in used - labels:
        if list(frame.columns).count(name) == 1:
            frame[name] = as_numbers(frame[name])
    return frame


def files_named(data: Path) -> str | None:
    """Return a folder or a pattern of Parquet files as it was written; None for one file."""
    from bayesmm.model.in_files.table_files import names_files  # noqa: PLC0415

    return None if data.is_file() or is_screen(data) or not names_files(str(data)) else str(data)


def of_model(options: ModelOptions) -> dict[str, Any]:
    """Return the arguments that say what a model is, besides its formula and family."""
    categorical = parse_names(options.categorical)
    return {"link": options.link, "categorical": categorical, "success": options.success}


def parse_names(text: str) -> list[str]:
    """Return the columns of ``"Year,Area"``; a name with a comma stands in double quotes."""
    (names,) = csv.reader([text], skipinitialspace=True) if text else ([],)
    return [name.strip() for name in names if name.strip()]


def parse_priors(text: str | None) -> str | dict[str, str] | None:
    """Return a preset, or replacements from ``"Days=Normal(0,10); sigma=HalfNormal(50)"``."""
    if text is None or ("=" not in text and ";" not in text):
        return text
    replaced = {}
    for part in (p.strip() for p in re.split(r"(?<=\))\s*;", text) if p.strip()):
        found = _REPLACED.fullmatch(part)
        if not found:
            raise UsageError(f"'{part}' is not NAME=PRIOR, as in --priors 'Days=Normal(0,10)'.")
        replaced[found["name"].strip()] = found["prior"]
    return replaced


def parse_values(texts: list[str] | None) -> dict[str, list[Any]] | None:
    """Return the values of predictors from ``["Days=0,5", "dose=low"]``; None without any."""
    found = {}
    for text in texts or ():
        name, equals, values = text.partition("=")
        if not equals or not name.strip() or not parse_names(values):
            raise UsageError(f"'{text}' is not NAME=VALUE, as in --at Days=0,5.")
        found[name.strip()] = [_number(value) for value in parse_names(values)]
    return found or None


def _number(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def parse_region(text: str | None) -> float | tuple[float, ...] | None:
    """Return a half-width from ``"0.1"``, or two ends from ``"-0.1,0.2"``."""
    if text is None:
        return None
    ends = _numbers(text, "is no region, as in --rope 0.1 or --rope=-0.1,0.2")
    return ends[0] if len(ends) == 1 else tuple(ends)


def parse_times(text: str | None, example: str = "--times 1,2,5") -> list[float] | None:
    """Return the numbers of ``"1,2,5"``; None without any. The example is of how to write them."""
    return None if text is None else _numbers(text, f"are no numbers, as in {example}")


def _numbers(text: str, problem: str) -> list[float]:
    values = [_number(part) for part in parse_names(text)]
    if not values or any(isinstance(value, str) for value in values):
        raise UsageError(f"'{text}' {problem}.")
    return values


def parse_numbers(texts: list[str] | None) -> dict[str, float]:
    """Return numbers by name from ``["x=0.3", "1|g_sigma=0.5"]``."""
    found = {}
    for text in texts or ():
        name, equals, value = text.rpartition("=")
        number = _number(value.strip())
        if not equals or not name.strip() or isinstance(number, str):
            raise UsageError(f"'{text}' is not NAME=NUMBER, as in --values x=0.3.")
        found[name.strip()] = number
    return found


def parse_sizes(texts: list[str]) -> dict[str, list[int]]:
    """Return whole numbers by name from ``["Subject=20,40", "rows=10"]``."""
    found = {}
    for text in texts:
        name, equals, values = text.rpartition("=")
        numbers = [value.strip() for value in values.split(",")]
        if not equals or not name.strip() or not all(map(str.isdecimal, numbers)):
            raise UsageError(f"'{text}' is not NAME=NUMBER,..., as in Subject=20,40.")
        found[name.strip()] = [int(number) for number in numbers]
    return found


def parse_options(texts: list[str]) -> dict[str, Any]:
    """Return options from ``["variable=Days", "bins=20"]``: JSON where it is JSON, else text."""
    options = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or not name.strip().isidentifier():
            raise UsageError(f"'{text}' is not NAME=VALUE, as in --with variable=Days.")
        try:
            options[name.strip()] = json.loads(value)
        except ValueError:
            options[name.strip()] = value
    return options
