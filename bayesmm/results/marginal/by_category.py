"""Answers about a response of categories: one for each category, below each other."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd

from bayesmm.data_columns import apart, beside
from bayesmm.errors import UsageError
from bayesmm.fit_record import FitRecord
from bayesmm.result_table import result_table
from bayesmm.results.prediction.category_view import category_view
from bayesmm.results.tables.estimates import Estimates
from bayesmm.wording import option

__all__ = ["below_each_other", "for_each_category"]


def for_each_category(answer: Callable[..., Estimates]) -> Callable[..., Estimates]:
    """Return a function that answers for each category of a response that has some.

    On the scale of the response that is for P(Y = k) of each category k; where every category but
    the reference has a linear predictor, on that of the link for the log odds of each. ``category``
    is the first of the columns of ours. A `parameter` that is named is answered for alone.
    """
    arguments = signature(answer)

    @wraps(answer)
    def answered(fit: FitRecord, *given: Any, **named: Any) -> Estimates:
        bound = arguments.bind(fit, *given, **named)
        bound.apply_defaults()
        asked = bound.arguments
        scale, parameter = asked["scale"], asked["parameter"]
        family = fit.design.family
        if scale == "probability":
            _refuse_without_categories(fit)
            asked["scale"] = "response"
        if parameter is not None or not family.categories:
            return answer(*bound.args, **bound.kwargs)
        ordered = family.response == "ordered"
        if ordered and scale in ("link", "response"):  # the latent variable, and the mean number
            return answer(*bound.args, **bound.kwargs)
        parts = []
        labels = family.auxiliary if scale == "link" else family.categories
        for label in labels:
            asked["fit"] = fit if scale == "link" else category_view(fit, label)
            asked["parameter"] = label if scale == "link" else None
            parts.append(answer(*bound.args, **bound.kwargs))
        of = f"P({fit.design.response} = category)"
        if scale == "link":
            of = f"log odds of category against {family.categories[0]}"
        quantity = parts[0].table.attrs["quantity"]
        measure, found, _ = quantity.partition(" of ") if scale not in ("link",) else ("", "", "")
        return below_each_other(parts, labels, f"{measure}{found}{of}" if found else of)

    return answered


def below_each_other(
    parts: Sequence[Estimates], labels: Sequence[str], quantity: str
) -> Estimates:
    """Return one table of the answers for several categories, those of the first on top."""
    tables = []
    for part, label in zip(parts, labels, strict=True):
        of_data, own = apart(part.table)
        own.insert(0, "category", label)
        tables.append(beside(of_data, own))
    table = pd.concat(tables, ignore_index=True)
    attrs = tables[0].attrs
    table = result_table(table, attrs["title"])
    table.attrs = attrs | {"quantity": quantity}
    return Estimates(table, np.concatenate([part.draws for part in parts], axis=-1))


def _refuse_without_categories(fit: FitRecord) -> None:
    if not fit.design.categories:
        raise UsageError(
            f"{option('scale', 'probability')} is for responses of categories; the "
            f"{fit.design.family.name} family has none. Take {option('scale', 'response')}."
        )
