"""Counts of K categories in a row: n! / (n_1! ... n_K!) prod_k p_k^n_k, p_k as of a category."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.random import Generator

from bayesmm.arrays import Array
from bayesmm.family.categorical import categorical, log_sum_of_odds
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import lgamma
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family, OfRows
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.words import Words

__all__ = ["FAMILY", "count_name", "log_density_of_counts", "multinomial"]


def count_name(k: int) -> str:
    """Return the name of the counts of category k, from 1, among the known numbers of the rows."""
    return f"n{k}"


@cache
def log_density_of_counts(n_predictors: int) -> LogDensity:
    """Return the log density of the counts of K categories, given the K - 1 predictors.

    It is sum_k n_k eta_k - n log(1 + sum_k e^eta_k) + log n! - sum_k log n_k!, n their total. The
    first argument, of a level that all categories share, is not read: it would cancel.
    """
    total, weighted = log_sum_of_odds(n_predictors), _none
    for _ in range(n_predictors):
        weighted = _weighted(weighted)

    def kernel(observed, argument, *predictors):
        # the total, the count of the reference, and the counts of the others
        return weighted(observed[2:], predictors) - observed[0] * total(predictors)

    names = tuple(count_name(k) for k in range(1, n_predictors + 2))
    return LogDensity(kernel, base=_arrangements, columns=names)


def _none(counts, predictors):
    return 0.0


def _weighted(others: Callable) -> Callable:
    """Return the function of counts and predictors that is the sum of their products."""

    def weighted(counts, predictors):
        return counts[0] * predictors[0] + others(counts[1:], predictors[1:])

    return weighted


def _arrangements(observed):
    """Return the logarithm of n! / (n_1! ... n_K!)."""
    total, *counts = observed
    found = lgamma(total + 1.0)
    for count in counts:
        found = found - lgamma(count + 1.0)
    return found


@cache
def multinomial(family: Family, categories: tuple[str, ...]) -> Family:
    """Return the family of counts of K categories, the first the reference.

    The family is that before its categories are known; each but the first is a parameter of its own
    name.
    """
    of_one = categorical(family, categories)
    return replace(
        of_one,
        # the counts of all rows are not told to where chains start
        parameters=tuple(replace(own, start=0.0) for own in of_one.parameters),
        density=log_density_of_counts(len(categories) - 1),
        random=_Counts(of_one.probabilities, len(categories)),
        below=None,
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """The generator of the counts of K categories, out of the total of each row."""

    probabilities: OfRows
    n_categories: int

    def __call__(self, generator: Generator, rows: ResponseParameters) -> Array:
        """Return the counts of every row, the categories along a new last axis."""
        names = map(count_name, range(1, self.n_categories + 1))
        total = sum(rows.known[name] for name in names)
        share = self.probabilities(rows)
        drawn = generator.multinomial(total.astype(np.int64), share)
        return drawn.astype(float)


FAMILY = Family(
    "multinomial",
    response="multinomial",
    parameters=(Parameter("mu", links=("logit",)),),
    of_categories=multinomial,
    without_tails="counts of several categories are not above or below others; "
    "for those of one of them take 'binomial' with trials()",
    words=Words(
        title="multinomial",
        names={"brms": "multinomial"},
        equation=("Multinomial", "{trials}"),
        pymc="Multinomial",
    ),
)
