"""Answers about a response of categories: one for each category, in one table."""

from collections.abc import Callable, Sequence
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.data_columns import apart, beside
from bayesmm.errors import UsageError
from bayesmm.family.record import Family
from bayesmm.fit_record import FitRecord
from bayesmm.result_table import result_table
from bayesmm.results.prediction.category_view import category_view
from bayesmm.results.tables.estimates import Estimates
from bayesmm.wording import option

__all__ = ["for_each_category", "most_drawn", "probability_title"]

# What asks for probabilities where a mean would be: `scale` of averages, `kind` of predictions.
_PROBABILITY = "probability"
_MEANS = {"scale": "response", "kind": "mean"}


def for_each_category[E: Estimates](
    of: str,
) -> Callable[[Callable[..., E]], Callable[..., E]]:
    """Return a decorator: the function answers for each category of a response that has some.

    Of categories without order, and of their counts, every mean is one of P(Y = k), for each
    category k, and every linear predictor one of the log odds of each category but the reference;
    of ordered ones, means are of their numbers and the linear predictor is one, and
    ``"probability"`` asks for P(Y = k).
    The categories of a row follow each other, ``category`` standing before ``mean``. A `parameter`
    that is named is answered alone.

    `of` is the argument that says what is wanted: ``"scale"`` or ``"kind"``.
    """

    def decorate(answer: Callable[..., E]) -> Callable[..., E]:
        arguments = signature(answer)

        @wraps(answer)
        def answered(fit: FitRecord, *given: Any, **named: Any) -> E:
            bound = arguments.bind(fit, *given, **named)
            bound.apply_defaults()
            asked, family = bound.arguments, fit.design.family
            wanted = asked[of]
            if wanted == _PROBABILITY:
                _refuse_without_categories(family, of, asked["parameter"])
            if not _each(family, wanted, of) or asked["parameter"] is not None:
                return answer(*bound.args, **bound.kwargs)
            if of == "kind" and wanted != "link":
                asked[of] = _PROBABILITY  # the shares of all categories are found at once
                return answer(*bound.args, **bound.kwargs)
            parts, labels = [], family.categories
            if wanted == "link":
                labels = family.auxiliary
            elif wanted == _PROBABILITY:
                asked[of] = _MEANS[of]
            for label in labels:
                if wanted == "link":
                    asked["parameter"] = label
                else:
                    asked["fit"] = category_view(fit, label, ml=of == "scale")
                parts.append(answer(*bound.args, **bound.kwargs))
            found = _one_table(parts, labels)
            attrs = found.table.attrs
            title = attrs["title"].replace(f" of {labels[0]} for", " of the log odds for")
            if asked[of] == _MEANS[of]:
                attrs[of], title = _PROBABILITY, probability_title(title, fit.design.response)
            attrs["title"] = title
            return found

        return answered

    return decorate


def most_drawn(draws: NDArray[np.float64], categories: Sequence[str]) -> pd.DataFrame:
    """Return the ``category`` that most draws of each row are, and their ``share``.

    Draws, shape (chain, draw, row), are numbers of categories, from 1.
    """
    shares = np.stack([(draws == k + 1.0).mean(axis=(0, 1)) for k in range(len(categories))])
    labels = np.array(categories, dtype=object)
    return pd.DataFrame({"category": labels[shares.argmax(axis=0)], "share": shares.max(axis=0)})


def _each(family: Family, wanted: str, of: str) -> bool:
    """Return whether there is an answer for each category."""
    if not family.categories:
        return False
    if of == "kind" and wanted not in (_PROBABILITY, "mean", "link"):
        return False  # a response is one of them; times and quantiles are of responses
    return family.against_reference or wanted not in ("link", "mean", "response")


def probability_title(title: str, response: str) -> str:
    """Return a title that says of what the probabilities are."""
    for words in ("response scale", "mean"):
        title = title.removesuffix(f", {words}").replace(f", {words},", ",")
    return f"{title}: probability of each category of {response}"


def _one_table[E: Estimates](parts: Sequence[E], labels: Sequence[str]) -> E:
    """Return the answers for several categories as one."""
    tables = []
    for part, label in zip(parts, labels, strict=True):
        of_data, own = apart(part.table)
        own.insert(list(own).index("mean"), "category", label)
        tables.append(beside(of_data, own))
    places = np.arange(sum(map(len, tables))).reshape(len(tables), -1).T.ravel()
    attrs = dict(tables[0].attrs)
    if "quantity" in attrs:
        attrs["quantity"] = attrs["quantity"].replace(f" = {labels[0]})", " = category)")
    joined = pd.concat(tables, ignore_index=True).iloc[places].reset_index(drop=True)
    table = result_table(joined, attrs["title"])
    table.attrs = attrs
    draws = np.concatenate([part.draws for part in parts], axis=-1)[..., places]
    return type(parts[0])(table, draws)


def _refuse_without_categories(family: Family, of: str, parameter: str | None) -> None:
    if not family.categories:
        raise UsageError(
            f"{option(of, _PROBABILITY)} is for responses of categories; the {family.name} family "
            f"has none. Take {option(of, _MEANS[of])}."
        )
    if parameter is not None:
        raise UsageError(
            f"{option(of, _PROBABILITY)} is of the response, and {option('parameter', parameter)} "
            "of one of its parameters; give one of them."
        )
