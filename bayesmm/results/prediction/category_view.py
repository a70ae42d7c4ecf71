"""A fit of categories as a model of one of them: what answers of a probability answers of each.

Whether a response is one category is a response of two values, whose mean is P(Y = k); the count
of one category out of all is a number of successes. Whatever reads the mean of a response of
several linear predictors reads that of the record returned here.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.fit_record import FitRecord

__all__ = ["category_view", "probabilities_view"]


def category_view(fit: FitRecord, category: str, *, ml: bool = True) -> FitRecord:
    """Return the record of the same draws whose response is whether Y is one category.

    Its maximum-likelihood estimates are those of the fit.

    `category` is one of ``design.categories``; `ml` says whether the maximum-likelihood fit is
    wanted, which takes time.
    """
    design = fit.design
    place = design.categories.index(category)
    counts = design.category_counts
    seen = {"y": (design.y == place + 1.0).astype(float)}
    if counts is not None:
        seen = {"y": counts[:, place], "known": {"trials": design.y}}
    viewed = replace(
        design,
        **seen,
        family=_family(design.family, place),
        success=category,
        encoder=design.encoder and replace(design.encoder, response_levels=("other", category)),
    )
    found = replace(fit, design=viewed)
    found.__dict__["_ml_or_reason"] = (
        (fit.ml, fit.ml_note) if ml else (None, "It was not asked for.")
    )
    return found


def probabilities_view(fit: FitRecord) -> FitRecord:
    """Return the record of the same draws whose mean is the probabilities of all categories.

    They are along a last axis, so that what is read for all of them is computed once.
    """
    family = replace(fit.design.family, mean=fit.design.family.probabilities)
    return replace(fit, design=replace(fit.design, family=family))


def _family(family: Family, place: int) -> Family:
    """Return the family of the indicator of a category: what it says of its mean and variance."""
    share = _Share(family.probabilities, place)
    return replace(
        family,
        response="binomial" if family.response == "multinomial" else "binary",
        mean=share,
        variance=lambda rows: share(rows) * (1.0 - share(rows)),
        random=lambda generator, rows: (generator.random(rows.mu.shape) < share(rows)) * 1.0,
        below=lambda y, rows: np.where(y < 1.0, 1.0 - share(rows), 1.0),
        density=None,
        probabilities=None,
        of_categories=None,
        categories=(),
    )


@dataclass(frozen=True, slots=True)
class _Share:
    """The probability of one category in every row."""

    probabilities: Callable[[ResponseParameters], Array]
    place: int

    def __call__(self, rows: ResponseParameters) -> Array:
        return self.probabilities(rows)[..., self.place]
