"""A response of categories: which there are, in which order, and the number of each row."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from bayesmm.arrays import Array
from bayesmm.errors import DataError, suggestion
from bayesmm.family.record import Family
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import Name, quoted
from bayesmm.model.columns import Levels, few, kind_of, label_of
from bayesmm.model.number_texts import assignment, is_numeral
from bayesmm.model.variables import Rows
from bayesmm.wording import either, option

__all__ = ["category_response", "declares_order"]

# More are measurements, for which other families are made.
_MOST = 60


def category_response(
    response: Response, family: Family, rows: Rows, known: tuple[str, ...] = ()
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Return the number of the category of each row, from 1, the labels, and notes.

    Ordered categories have the order that ``ordered(y, levels = ...)`` or an ordered pandas
    categorical declares, numbers that of their values, False and True that of failure and success;
    texts alone have none. Categories without order have the order of a pandas categorical or of
    their labels, the first, or the one of ``relevel(y, ref = ...)``, being the reference.

    `known` are the categories of the data of the fit; empty when these are the data of the fit.
    """
    node = response.value
    if response.trials is not None or response.failures is not None or not isinstance(node, Name):
        raise DataError(
            f"The response {response.label} must be one column of categories for the "
            f"{family.name} family."
        )
    name, series = node.value, rows.columns[node.value]
    kind = kind_of(name, series)
    if kind == "time":
        raise DataError(f"The response '{name}' holds dates or times, which are no categories.")
    if kind == "numeric":
        _refuse_measurements(name, rows.numbers(name), family)
    found = rows.levels(name)
    if known:
        return _known(name, found, known), known, ()
    labels, notes = found.labels, []
    if response.order:
        labels = _as_written(name, found.labels, response.order)
    elif kind == "category" and family.response == "ordered" and not declares_order(series):
        if not all(map(is_numeral, labels)):
            raise _no_order(name, series, labels)
        labels = tuple(sorted(labels, key=float))  # never as text, in which -1 is before -3
    if response.reference:
        labels = _with_first(name, labels, response.reference, family)
    if len(labels) < 2:
        raise DataError(
            f"The response '{name}' is '{labels[0]}' in every row. A model needs a response that "
            "varies."
        )
    if len(labels) > _MOST:
        raise DataError(
            f"The response '{name}' has {len(labels)} categories ({few(labels)}); at most {_MOST} "
            f"can be modelled with the {family.name} family."
        )
    unused = [label for label in (*response.order, *found.unused) if label not in labels]
    if unused:
        notes.append(
            f"Response '{name}': categories without rows left out, as nothing is known of "
            f"them: {few(dict.fromkeys(unused))}."
        )
    if kind == "numeric" and (gaps := _gaps(found.labels)):
        notes.append(
            f"Response '{name}': no row has {few(gaps)}; the categories are those that occur."
        )
    ordered = family.response == "ordered"
    listed = [labels[0] if ordered else f"{labels[0]} (the reference)", *labels[1:]]
    listed = listed if len(labels) <= 12 else [*listed[:11], "...", listed[-1]]
    sign = " < " if ordered else ", "
    notes.append(f"Response '{name}': {len(labels)} categories, {sign.join(listed)}.")
    return _known(name, found, labels), labels, tuple(notes)


def declares_order(series: pd.Series) -> bool:
    """Return whether somebody put the levels in order; pandas itself sorts them."""
    if not isinstance(series.dtype, pd.CategoricalDtype):
        return False
    categories = list(series.cat.categories)
    try:
        return bool(series.cat.ordered) or categories != sorted(categories)
    except TypeError:
        return True


def _known(name: str, found: Levels, labels: Sequence[str]) -> Array:
    """Return the number of each row's category among known ones, from 1."""
    if unknown := [label for label in found.labels if label not in labels]:
        raise DataError(
            f"The response '{name}' has values that are no category: {few(unknown)}. "
            f"Categories: {few(labels, 20)}."
        )
    index = np.array([float(labels.index(label) + 1) for label in found.labels])
    return index[found.codes]


def _as_written(name: str, labels: Sequence[str], order: Sequence[str]) -> tuple[str, ...]:
    """Return the categories that occur in the order that the formula says."""
    if missing := [label for label in labels if label not in order]:
        raise DataError(
            f"The response '{name}' has categories that ordered() does not name: {few(missing)}. "
            f"Named: {few(order, 20)}."
        )
    return tuple(label for label in order if label in labels)


def _with_first(
    name: str, labels: tuple[str, ...], reference: str, family: Family
) -> tuple[str, ...]:
    """Return the categories with the reference first."""
    if family.response == "ordered":
        raise DataError(
            f"relevel() names a reference of '{name}', and the {family.name} family has none: its "
            "categories have an order. Leave it out."
        )
    if reference not in labels:
        raise DataError(
            f"'{reference}' of relevel() is not a category of the response '{name}'. "
            + suggestion(reference, labels, label="Categories")
        )
    return (reference, *(label for label in labels if label != reference))


def _no_order(name: str, series: pd.Series, labels: Sequence[str]) -> DataError:
    """Return what to say of texts whose order nobody declared."""
    levels = ", ".join(f'"{label}"' for label in labels)
    listed = ", ".join(map(repr, labels))
    code = f"pandas.Categorical(COLUMN, [{listed}], ordered=True)"
    return DataError(
        f"The response '{name}' has categories whose order is not known ({few(labels, 12)}); they "
        "are not sorted as text. Write them from the lowest to the highest in the formula: "
        f"ordered({quoted(name)}, levels = c({levels})) ~ ..."
        + either(f" Or make an ordered categorical of them: {assignment(series, name, code)}.", "")
    )


def _refuse_measurements(name: str, values: Array, family: Family) -> None:
    """Raise for numbers that are not whole."""
    odd = np.unique(values[values != np.floor(values)])
    if odd.size:
        raise DataError(
            f"The response '{name}' has numbers that are not whole ({few(odd.tolist(), 3)}); the "
            f"{family.name} family has categories. Make whole numbers or ordered categories of "
            f"them, or take a family of measurements, as {option('family', 'gaussian')}."
        )


def _gaps(labels: Sequence[str]) -> list[str]:
    """Return the whole numbers between the least and the largest that do not occur."""
    numbers = {int(float(label)) for label in labels}
    if max(numbers) - min(numbers) > _MOST:
        return ["some numbers between"]
    return [label_of(n) for n in range(min(numbers), max(numbers)) if n not in numbers]
