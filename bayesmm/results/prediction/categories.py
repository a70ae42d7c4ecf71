"""The probability of each category of a response: a fit as a model of one of them at a time.

Whatever averages or compares means of a response does so with the probability of a category when
the record it is given has that for a mean.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from bayesmm.data_columns import apart, beside
from bayesmm.errors import UsageError
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.fit_record import FitRecord
from bayesmm.results.tables.estimates import Estimates
from bayesmm.wording import option

__all__ = ["CATEGORY", "PROBABILITY", "category_views", "over_categories"]

type Array = NDArray[np.float64]

# Kind of a prediction and scale of a mean that are of each category, and the column that names it.
PROBABILITY, CATEGORY = "probability", "category"


@dataclass(frozen=True, slots=True)
class _OfOne:
    """The probability of one category."""

    probabilities: Callable[[ResponseParameters], Array]
    place: int

    def __call__(self, rows: ResponseParameters) -> Array:
        return self.probabilities(rows)[..., self.place]


def over_categories[E: Estimates](
    fit: FitRecord, name: str, ask: Callable[[FitRecord], E], *, ml: bool = True
) -> E:
    """Return estimates of the probability of each category, a row each, in their order.

    Parameters
    ----------
    fit : Fit
        A fitted model.
    name : str
        The argument that is ``"probability"``, for the message.
    ask : callable
        Returns the estimates of a record whose mean is the probability of one category.
    ml : bool
        Whether the maximum-likelihood fit is wanted, which takes time.

    Returns
    -------
    Estimates
        ``table`` with a column ``category`` before ``mean``, the categories of a row one after the
        other; ``draws``: shape (chain, draw, row).

    Raises
    ------
    UsageError
        Where the response has no categories.
    """
    family = fit.design.family
    if family.probabilities is None:
        raise UsageError(
            f"{option(name, PROBABILITY)} is of each category of a response; {fit.design.response} "
            f"has none (family {family.name}). Of two outcomes the mean is a probability."
        )
    found = [ask(view) for view in category_views(fit, ml=ml)]
    K, n = len(found), len(found[0].table)
    order = np.arange(K * n).reshape(K, n).T.ravel()
    of_data, own = zip(*(apart(one.table) for one in found), strict=True)
    columns = pd.concat(own, ignore_index=True).iloc[order].reset_index(drop=True)
    labels = np.repeat(np.array(family.categories, dtype=object), n)[order]
    columns.insert(columns.columns.get_loc("mean"), CATEGORY, labels)
    frame = pd.concat(of_data, ignore_index=True).iloc[order].reset_index(drop=True)
    response = fit.design.response
    attrs = {**found[0].table.attrs, "quantity": f"P({response} = category)"}
    if "title" in attrs:
        attrs["title"] = _title(str(attrs["title"]), response)
    for key in ("kind", "scale"):
        if key in attrs:
            attrs[key] = PROBABILITY
    columns.attrs = {k: v for k, v in attrs.items() if k != "data_columns"}
    joined = beside(frame, columns)
    table = type(found[0].table)(joined)
    table.attrs = joined.attrs
    draws = np.concatenate([one.draws for one in found], axis=-1)[..., order]
    return type(found[0])(table, draws)


def category_views(fit: FitRecord, *, ml: bool = False) -> list[FitRecord]:
    """Return a record for each category whose mean response is its probability."""
    return [_of_category(fit, place, ml) for place in range(len(fit.design.categories))]


def _title(title: str, response: str) -> str:
    """Return a title that says of what the probabilities are."""
    for words in ("response scale", "mean"):
        title = title.removesuffix(f", {words}").replace(f", {words},", ",")
    return f"{title}: probability of each category of {response}"


def _of_category(fit: FitRecord, place: int, ml: bool) -> FitRecord:
    """Return a record whose mean response is the probability of a category."""
    design, family = fit.design, fit.design.family
    one = replace(
        family,
        response="binary",
        mean=_OfOne(family.probabilities, place),
        variance=None,
        variance_function=None,
    )
    encoder = design.encoder
    if encoder is not None:
        encoder = replace(encoder, response_levels=("", family.categories[place]))
    found = replace(fit, design=replace(design, family=one, encoder=encoder))
    found.__dict__["_ml_or_reason"] = (fit.ml, fit.ml_note) if ml else (None, "")
    return found
