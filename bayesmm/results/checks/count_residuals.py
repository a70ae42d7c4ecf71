"""Each count of a multinomial response by itself: successes out of the total of its row."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family import binomial
from bayesmm.family.record import Family, OfRows
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.fit_record import FitRecord

__all__ = ["fits_of_counts"]


def fits_of_counts(fit: FitRecord) -> Iterator[FitRecord]:
    """Yield for each category the record of the same draws whose response is its count.

    Of multinomial counts each is binomial, of the total of the row and the probability of the
    category.
    """
    design = fit.design
    for place, counts in enumerate(design.observed.T):
        of_one = replace(
            design,
            y=np.ascontiguousarray(counts),
            known={"trials": design.y},
            family=_family(design.family, place),
        )
        yield replace(fit, design=of_one)


def _family(family: Family, place: int) -> Family:
    """Return the family of the count of one category, by its place."""
    own = _Count(family.probabilities, place)
    return replace(
        family,
        response="binomial",
        mean=own.mean,
        variance=own.variance,
        below=own.below,
        random=None,
        density=None,
        probabilities=None,
        of_categories=None,
        categories=(),
    )


@dataclass(frozen=True, slots=True)
class _Count:
    """Moments and distribution function of the count of one category."""

    probabilities: OfRows
    place: int

    def _binomial(self, rows: ResponseParameters) -> ResponseParameters:
        return replace(rows, mu=self.probabilities(rows)[..., self.place])

    def mean(self, rows: ResponseParameters) -> Array:
        """Return n p."""
        return binomial.FAMILY.response_mean(self._binomial(rows))

    def variance(self, rows: ResponseParameters) -> Array:
        """Return n p (1 - p)."""
        return binomial.FAMILY.variance(self._binomial(rows))

    def below(self, y: Array, rows: ResponseParameters) -> Array:
        """Return P(Y <= y)."""
        return binomial.FAMILY.below(y, self._binomial(rows))
