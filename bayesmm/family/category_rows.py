"""What follows of the probabilities of ordered categories, numbered from 1."""

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from bayesmm.arrays import Array
from bayesmm.family.response_rows import ResponseParameters

__all__ = ["OfCategories"]


class OfCategories:
    """Draws, distribution function, mean and variance of a response that is a category.

    ``probabilities(rows)`` are those of each category, along a new last axis.
    """

    def __init__(self, probabilities: Callable[[ResponseParameters], Array]) -> None:
        self.probabilities = probabilities

    def random(self, generator: Generator, rows: ResponseParameters) -> Array:
        """Return one category for each row, by the inverse of the distribution function."""
        below = np.cumsum(self.probabilities(rows)[..., :-1], axis=-1)
        return 1.0 + (generator.random(below.shape[:-1])[..., None] > below).sum(axis=-1)

    def below(self, y: Array, rows: ResponseParameters) -> Array:
        """Return P(Y <= y)."""
        share = self.probabilities(rows)
        within = np.arange(1, share.shape[-1] + 1) <= np.asarray(y)[..., None]
        return np.minimum((share * within).sum(axis=-1), 1.0)

    def mean(self, rows: ResponseParameters) -> Array:
        """Return the mean category, sum_k k p_k."""
        share = self.probabilities(rows)
        return share @ np.arange(1.0, share.shape[-1] + 1)

    def variance(self, rows: ResponseParameters) -> Array:
        """Return sum_k k^2 p_k less the square of the mean."""
        share = self.probabilities(rows)
        number = np.arange(1.0, share.shape[-1] + 1)
        about = number - (share @ number)[..., None]
        return (share * about**2).sum(axis=-1)
