"""A response of counts of categories, a column each: ``cbind(bus, car, foot)``."""

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.multinomial import count_name
from bayesmm.family.record import Family
from bayesmm.family.response_rows import Known
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import show
from bayesmm.model.columns import few
from bayesmm.model.transforms import States
from bayesmm.model.variables import Rows, quantity
from bayesmm.wording import option

__all__ = ["category_counts"]

# Each category is a column and a linear predictor of the compiled rows: of 40 they took more than
# five minutes to compile.
_MOST = 12


def category_counts(
    response: Response, family: Family, rows: Rows, states: States, known: tuple[str, ...] = ()
) -> tuple[Array, Known, tuple[str, ...], tuple[str, ...]]:
    """Return the total of each row, the count of each category, their labels, and notes.

    The categories are the columns, called as they are written, the first being the reference.

    `known` are the categories of the fit; empty when these are the data of the fit, of which more
    is asked: every category needs a count above 0.
    """
    if not response.counts:
        raise DataError(
            f"The response {response.label} must be the counts of the categories, a column each, "
            f"for the {family.name} family: cbind(a, b, c). For a column of categories use "
            f"{option('family', 'categorical')}."
        )
    labels = tuple(show(node, bare=True) for node in response.counts)
    if len(set(labels)) < len(labels):
        twice = next(label for label in labels if labels.count(label) > 1)
        raise DataError(f"{twice} stands twice in {response.label}; each column is a category.")
    if len(labels) > _MOST:
        raise DataError(
            f"The response {response.label} has {len(labels)} categories; at most {_MOST} can be "
            f"modelled with the {family.name} family. Join some of them: a + b is one category."
        )
    counts = [quantity(node, rows, states) for node in response.counts]
    for node, label, own in zip(response.counts, labels, counts, strict=True):
        if own.ndim > 1:
            raise DataError(f"{show(node)} of {response.label} has several columns.")
        if (bad := own != np.floor(own)).any():
            raise DataError(
                f"The counts of a category, {label}, must be whole; they are "
                f"{few(np.unique(own[bad]).tolist())} {rows.where(bad)}."
            )
        if (bad := own < 0).any():
            raise DataError(
                f"The counts of a category, {label}, are negative {rows.where(bad, node)}."
            )
    total = np.sum(counts, axis=0)
    if (bad := total < 1).any():
        raise DataError(
            f"Every count of {response.label} is 0 {rows.where(bad)}; leave such rows out."
        )
    names = {count_name(k): own for k, own in enumerate(counts, start=1)}
    if known:
        return total, names, known, ()
    if empty := [label for label, own in zip(labels, counts, strict=True) if not own.any()]:
        raise DataError(
            f"{few(empty)} of {response.label} is 0 in every row, so nothing is known of it; "
            "leave it out of cbind()."
        )
    listed = ", ".join((f"{labels[0]} (the reference)", *labels[1:]))
    return total, names, labels, (f"Response: counts of {len(labels)} categories, {listed}.",)
