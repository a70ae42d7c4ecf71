"""Texts of the user inside code: quoted, and as a file of comma-separated values writes them."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from bayesmm.errors import UnsupportedModelError
from bayesmm.formula.functions import columns_of
from bayesmm.model.coding import Category
from bayesmm.model.columns import label_of
from bayesmm.model.design import Design
from bayesmm.model.frames import read_columns

__all__ = ["DataTexts", "identifier", "needed_columns", "python_text", "r_text", "texts_of"]


def python_text(text: str) -> str:
    """Return a text as a Python string in double quotes; what is not printable is escaped."""
    body = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08X}" for c in body)


def r_text(text: str) -> str:
    """Return a text as an R string in double quotes; what is not printable is escaped."""
    body = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = (c if c.isprintable() else f"\\U{{{ord(c):X}}}" for c in body)
    return f'"{"".join(shown)}"'


def identifier(text: str) -> str:
    """Return a text as a name that code can have."""
    name = "".join(c if c.isascii() and c.isalnum() else "_" for c in text)
    return name if name and not name[0].isdigit() else f"_{name}"


@dataclass(frozen=True, slots=True)
class DataTexts:
    """How a file of comma-separated values writes the levels of each factor."""

    # for each column that is read as a factor or a grouping, the texts of each level by its label;
    # two texts when two values have one label, as 1 and "1"
    levels: Mapping[str, Mapping[str, tuple[str, ...]]]

    def texts_of(self, column: str, label: str) -> tuple[str, ...]:
        """Return the texts of one level."""
        return self.levels[column][label]


def needed_columns(design: Design) -> list[str]:
    """Return the columns of the data that the model reads, the response first.

    A design that was made of arrays is not supported.
    """
    if design.encoder is None:
        raise UnsupportedModelError(
            "This design was built from arrays, without a formula; there is no code for it."
        )
    return list(dict.fromkeys(name.value for name in design.encoder.formulas.columns()))


def texts_of(design: Design, data: object) -> DataTexts:
    """Return the texts of the levels of every factor and grouping of a design."""
    columns = dict.fromkeys(_factors(design))
    read = read_columns(data, columns)
    return DataTexts({name: _by_label(read[name]) for name in columns})


def _factors(design: Design) -> Iterator[str]:
    """Yield the columns of the predictors that are factors, then those of the groupings."""
    encoder = design.encoder
    labelled = design.categories and design.family.response != "multinomial"
    if encoder.response_levels or labelled:
        yield from (name.value for name in columns_of(encoder.formula.response.of_two))
    for variable in encoder.variables.values():
        if isinstance(variable, Category):
            yield variable.column
    yield from (name.value for name in encoder.formulas.group_columns())


def _by_label(series: pd.Series) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for value in series.dropna().unique().tolist():
        label = label_of(value)
        found[label] = (*found.get(label, ()), str(value))
    return found
