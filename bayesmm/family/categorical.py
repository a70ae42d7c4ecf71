"""One of K unordered categories: P(Y = k) = e^eta_k / sum_j e^eta_j, eta = 0 of the reference."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.category_rows import OfCategories
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import softplus, where
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.words import Words

__all__ = ["FAMILY", "categorical", "log_density_of_categories", "log_sum_of_odds"]


@cache
def log_density_of_categories(n_predictors: int) -> LogDensity:
    """Return the log density of a category, 1 for the reference, given the K - 1 predictors.

    The nested logarithms of two summands, log(e^a + e^b) = b + log(1 + e^(a - b)), never overflow.
    The first argument, of a level that all categories share, is not read: it would cancel.
    """
    chosen, total = _reference, log_sum_of_odds(n_predictors)
    for position in range(n_predictors, 0, -1):
        chosen = _chosen(1.0 + position, chosen)

    def kernel(y, argument, *predictors):
        return chosen(y, predictors) - total(predictors)

    return LogDensity(kernel)


def log_sum_of_odds(n_predictors: int) -> Callable:
    """Return the logarithm of the sum of the reference's 1 and e^eta, of the tuple of eta."""
    total = _first
    for _ in range(n_predictors - 1):
        total = _total(total)
    return total


def _reference(y, predictors):
    return 0.0


def _chosen(position: float, others: Callable) -> Callable:
    """Return the function of the predictors that is the one of the category y."""

    def chosen(y, predictors):
        return where(y == position, predictors[0], others(y, predictors[1:]))

    return chosen


def _first(predictors):
    return softplus(predictors[-1])


def _total(others: Callable) -> Callable:
    """Return the logarithm of the sum of the reference's 1 and e^eta of the categories."""

    def total(predictors):
        return predictors[0] + softplus(others(predictors[1:]) - predictors[0])

    return total


@cache
def categorical(family: Family, categories: tuple[str, ...]) -> Family:
    """Return the family of K categories, the first the reference.

    The family is that before its categories are known; each but the first is a parameter of its own
    name.
    """
    if "mu" in categories:
        raise DataError(
            "A category is called 'mu', as the parameter that all have in common is; call it "
            "something else."
        )
    others = categories[1:]

    def probabilities(rows: ResponseParameters) -> Array:
        etas = np.broadcast_arrays(0.0 * rows.mu, *(rows.auxiliary[name] for name in others))
        etas = np.stack(etas, axis=-1)
        weights = np.exp(etas - etas.max(axis=-1, keepdims=True))
        return weights / weights.sum(axis=-1, keepdims=True)

    found = OfCategories(probabilities)
    parameters = (_predictor(name, k, categories[0]) for k, name in enumerate(others, start=2))
    return replace(
        family,
        parameters=(family.parameters[0], *parameters),
        density=log_density_of_categories(len(others)),
        random=found.random,
        below=found.below,
        probabilities=probabilities,
    )


def _predictor(name: str, k: int, reference: str) -> Parameter:
    """Return the linear predictor of category k as a parameter."""
    return Parameter(
        name,
        links=("identity",),
        support="real",
        always=True,
        meaning=f"log odds of {name} against {reference}",
        intercept={"default": ("Normal", 0.0, 2.5), "brms": ("StudentT", 3.0, 0.0, 2.5)},
        start=_LogOdds(k),
        scales=False,
        synonyms=(f"mu{name}", f"mu_{name}"),
    )


@dataclass(frozen=True, slots=True)
class _LogOdds:
    """Where chains start: the log odds of a category against the reference in all rows."""

    category: int

    def __call__(self, y: Array, spread: float) -> float:
        own, reference = (np.count_nonzero(y == k) + 0.5 for k in (self.category, 1))
        return float(np.log(own / reference))


FAMILY = Family(
    "categorical",
    response="unordered",
    without_tails="its categories have no order, in which one is below or above another; leave "
    "such rows out, or join the categories that they may have in all rows",
    parameters=(Parameter("mu", links=("logit",)),),
    of_categories=categorical,
    words=Words(
        title="categorical",
        names={"bambi": "categorical", "brms": "categorical"},
        pymc="Categorical",
        synonyms=("multinom", "multinomiallogit", "mlogit"),
    ),
)
