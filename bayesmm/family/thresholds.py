"""Families of ordered categories: mu on a latent scale, thresholds in the place of an intercept.

A model is sampled, and its likelihood maximised, in other parameters than those reported: with -c_1
as the intercept of mu and the gaps c_k - c_(k-1), the family `Family.in_gaps`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.random import Generator

from bayesmm.arrays import Array
from bayesmm.family.category_rows import OfCategories
from bayesmm.family.density import LogDensity
from bayesmm.family.links import LINKS
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters

__all__ = [
    "DISC",
    "LATENT",
    "LATENT_VARIANCES",
    "WITHOUT_BOUNDS",
    "gap_names",
    "specific_names",
    "specific_threshold",
    "threshold_names",
    "threshold_values",
    "with_thresholds",
]

# Why ordered categories cannot be censored or truncated.
WITHOUT_BOUNDS = (
    "a category is known, or it may be one of several; leave such rows out, or join these "
    "categories in all rows"
)


def _same(eta):
    return eta


# mu is the linear predictor itself, whatever the link of the probabilities.
LATENT: Mapping[str, Callable] = dict.fromkeys(("logit", "probit", "cloglog"), _same)

# By link, the variance of the latent response about mu.
LATENT_VARIANCES: Mapping[str, Callable] = {
    "logit": lambda _: np.pi**2 / 3,
    "probit": lambda _: 1.0,
    "cloglog": lambda _: np.pi**2 / 6,
}

# How sharply the rows tell categories apart; 1 unless it has a formula.
DISC = Parameter(
    "disc",
    meaning="discrimination, 1 over the sd of the latent scale",
    scales=False,
    relative=True,
    names={"brms": "disc"},
)

# Priors of thresholds by which all shares of the categories are as likely: of F(c_1), F(c_2), ...,
# in their order, as of uniform numbers.
_EVEN = {"logit": ("Logistic", 0.0, 1.0), "probit": ("Normal", 0.0, 1.0)}
_EVEN_CLOGLOG = ("MinGumbel", 0.0, 1.0)


def threshold_names(labels: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the thresholds between neighbouring categories: ``"mild|moderate"``."""
    return tuple(f"{low}|{high}" for low, high in pairwise(labels))


def gap_names(thresholds: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the differences of neighbouring thresholds."""
    return tuple(f"{high} - {low}" for low, high in pairwise(thresholds))


# Before the threshold that effects are of, in the name of a parameter: ``"cs[mild|moderate]"``.
_SPECIFIC = "cs"


def specific_names(thresholds: Sequence[str]) -> tuple[str, ...]:
    """Return the names of what is added to mu at each threshold, the effects of ``cs()``."""
    return tuple(f"{_SPECIFIC}[{name}]" for name in thresholds)


def specific_threshold(parameter: str) -> str:
    """Return the threshold, in brackets, that a parameter of ``cs()`` is of; empty of others."""
    return parameter.removeprefix(_SPECIFIC) if parameter.startswith(f"{_SPECIFIC}[") else ""


def threshold_values(rows: ResponseParameters, names: Sequence[str]) -> list[Array]:
    """Return the distances of the thresholds from mu, in units of the latent scale."""
    values = rows.auxiliary
    disc = values.get(DISC.name, np.ones(()))
    return [
        disc * (values[name] - rows.mu - values.get(own, 0.0))
        for name, own in zip(names, specific_names(names), strict=True)
    ]


@cache
def _rows_functions(shares: Callable, link: str, names: tuple[str, ...]) -> OfCategories:
    inverse = LINKS[link].inverse

    def probabilities(rows: ResponseParameters) -> Array:
        """Return the probability of each category, along a last axis."""
        found = shares(inverse, threshold_values(rows, names))
        return np.stack(np.broadcast_arrays(*found), axis=-1)

    return OfCategories(probabilities)


@cache
def _of_thresholds(of_gaps: Callable, K: int) -> LogDensity:
    """Return the log density with thresholds from that with the gaps between them."""
    between = _after_last
    for _ in range(K - 2):
        between = _gap_before(between)

    def kernel(y, eta, *further):
        return of_gaps(y, eta - further[0], *between(further))

    return LogDensity(kernel, arguments=LATENT)


def _after_last(further):
    """Return what stands after the last threshold."""
    return further[1:]


def _gap_before(others: Callable) -> Callable:
    """Return the function that gives the gap after the first threshold, and the others.

    One by one: a star on the left, a generator and a computed slice cannot be compiled.
    """

    def gaps(further):
        first = (further[1] - further[0],)
        return first + others(further[1:])

    return gaps


def with_thresholds(
    family: Family,
    labels: tuple[str, ...],
    of_gaps: LogDensity,
    *,
    ordered: bool,
) -> Family:
    """Return a family made for categories.

    The labels are in their order. `of_gaps` has -c_1 in the linear predictor, and the gaps between
    thresholds as parameters before what is added to mu at each, and the optional ones. `ordered`
    says whether the thresholds increase, so that gaps are positive.
    """
    thresholds = threshold_names(labels)
    even = _EVEN.get(family.link, _EVEN_CLOGLOG)
    others = tuple(p for p in family.further if p in family.optional)
    of_rows = _rows_functions(family.shares, family.link, thresholds)
    own = tuple(
        Parameter(
            name,
            support="real",
            meaning=f"threshold between {low} and {high}",
            priors={"default": even, "brms": ("StudentT", 3.0, 0.0, 2.5)},
            scales=False,
            varies=False,
        )
        for name, (low, high) in zip(thresholds, pairwise(labels), strict=True)
    )
    gaps = tuple(
        Parameter(
            name,
            support="positive" if ordered else "real",
            priors={"default": ("HalfFlat",) if ordered else ("Flat",)},
            start=_FirstGap(k, family.link, ordered),
            scales=False,
        )
        for k, name in enumerate(gap_names(thresholds))
    )
    mu = family.parameters[0]
    if family.specific:
        others = (*_specific_parameters(thresholds, labels), *others)
    in_gaps = replace(
        family,
        parameters=(mu, *gaps, *others),
        density=of_gaps,
        of_categories=None,
        level=_FirstLevel(family.link),
        random=_InGaps(of_rows.random, thresholds),
        **dict.fromkeys(("probabilities", "below", "mean", "variance", "in_gaps")),
        thresholds=thresholds,
        in_order=ordered,
        categories=(),
    )
    return replace(
        family,
        parameters=(mu, *own, *others),
        density=_of_thresholds(of_gaps.kernel, len(labels)),
        thresholds=thresholds,
        in_order=ordered,
        in_gaps=in_gaps,
        probabilities=of_rows.probabilities,
        random=of_rows.random,
        below=of_rows.below,
        mean=of_rows.mean,
        variance=of_rows.variance,
    )


def _specific_parameters(thresholds: Sequence[str], labels: Sequence[str]) -> tuple[Parameter, ...]:
    """Return what is added to mu at each threshold, 0 where all the predictors of it are."""
    return tuple(
        Parameter(
            name,
            support="real",
            meaning=f"mu at the threshold between {low} and {high}",
            start=0.0,
            scales=False,
            relative=True,
            varies=False,
        )
        for name, (low, high) in zip(specific_names(thresholds), pairwise(labels), strict=True)
    )


def _first_threshold(link: str, y: Array, k: int, ordered: bool) -> float:
    """Return the threshold above category k where all rows are alike, from the shares of these.

    Of steps it is that of the rows which come to the step.
    """
    reach = y if ordered else y[y > k - 0.5]
    below = (np.count_nonzero(reach < k + 0.5) + 0.5) / (len(reach) + 1.0)
    return float(LINKS[link].link(np.float64(below)))


@dataclass(frozen=True, slots=True)
class _FirstLevel:
    """First guess of -c_1."""

    link: str

    def __call__(self, y: Array) -> float:
        return -_first_threshold(self.link, y, 1, ordered=True)


@dataclass(frozen=True, slots=True)
class _FirstGap:
    """First guess of a gap between thresholds."""

    place: int
    link: str
    ordered: bool

    def __call__(self, y: Array, _spread: float) -> float:
        low, high = (_first_threshold(self.link, y, self.place + k, self.ordered) for k in (1, 2))
        return max(high - low, 1e-3) if self.ordered else high - low


@dataclass(frozen=True, slots=True)
class _InGaps:
    """The generator of a family, of rows that have gaps in the place of thresholds."""

    random: Callable
    thresholds: tuple[str, ...]

    def __call__(self, generator: Generator, rows: ResponseParameters) -> Array:
        gaps = gap_names(self.thresholds)
        values = np.zeros(())
        found = {self.thresholds[0]: values}
        for name, gap in zip(self.thresholds[1:], gaps, strict=True):
            values = values + rows.auxiliary[gap]
            found[name] = values
        found |= {name: value for name, value in rows.auxiliary.items() if name not in gaps}
        return self.random(generator, replace(rows, auxiliary=found))
