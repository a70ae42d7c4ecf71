"""A family whose responses are known by bounds only, or were seen within bounds only.

A row says that Y is y, or that it lies in (lower, upper], and was to be seen only in (from, to]:

log p = log f(y) or log P(lower < Y <= upper), less log P(from < Y <= to).

Both probabilities come from the logarithms of F(y) = P(Y <= y) and of 1 - F(y) that the log density
of the family has, each with all its digits in both tails, so that those of log F(b) + log(1 -
F(a) / F(b)) are kept too.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import log1mexp, where
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.family.within import (
    BELOW_UPPER,
    BETWEEN,
    BEYOND_LOWER,
    EXACT,
    RANGES,
    DrawnWithin,
    Forms,
    ProbabilityWithin,
)

__all__ = ["bounded", "drawn_within", "unbounded"]


type Array = NDArray[np.float64]


def _routine(name: str) -> str:
    """Return how a likelihood is maximised that is no longer quadratic, or of a glm."""
    return {"linear": "scaled", "glm": "rows"}.get(name, name)


@cache
def bounded(family: Family, forms: Forms) -> Family:
    """Return the family of responses that are censored or truncated, itself where none is.

    Mean and variance stay those of the variable itself, whatever could be seen of it.

    Parameters
    ----------
    family : Family
        A family whose log density has the logarithms of its distribution function.
    forms : Forms
        What the rows of the data say.
    """
    if not forms.columns:
        return family
    return replace(
        family,
        density=_density(family.density, forms),
        own_log_density=None,
        random=drawn_within(family) if forms.truncation else family.random,
        below=ProbabilityWithin(family.below) if forms.truncation else family.below,
        score=None,
        compiled={},
        estimation=replace(family.estimation, routine=_routine(family.estimation.routine)),
        normal=False,
        location_is_normal=False,
        precision_weights=False,
        words=replace(
            family.words,
            names={k: v for k, v in family.words.names.items() if k == "brms"},
            models={},
        ),
        unbounded=family,
        forms=forms,
    )


def drawn_within(family: Family) -> DrawnWithin:
    """Return what draws responses of a family within bounds."""
    below, above = _LogTail(family, "log_below"), _LogTail(family, "log_above")
    ends = RANGES.get(family.response, (-np.inf, np.inf))
    return DrawnWithin(family.random, below, above, family.discrete, ends, tuple(family.atoms))


@dataclass(frozen=True, slots=True)
class _LogTail:
    """The log of a tail of a family at parameters of rows."""

    family: Family
    tail: str

    def __call__(self, y: Array, rows: ResponseParameters) -> Array:
        density = self.family.density
        argument = np.log(rows.mu) if density.of_logarithm else rows.mu
        own = [rows.auxiliary[name] for name in self.family.auxiliary]
        return getattr(density, self.tail)(y, argument, *own)


def unbounded(family: Family) -> Family:
    """Return the family of the variable itself, with the link of this one."""
    own = family.unbounded
    return family if own is None else own.with_link(family.link)


def _density(density: LogDensity, forms: Forms) -> LogDensity:
    exact = _whole(density)
    beyond, up_to = _beyond(density.log_above), _up_to(density.log_below)
    pieces: Mapping[float, Callable] = {
        BEYOND_LOWER: beyond,
        BELOW_UPPER: up_to,
        BETWEEN: _between(density.log_below),
    }
    kernel = exact
    if forms.censoring:
        kernel = _of_row(_chosen({EXACT: exact} | pieces, forms.censoring), 1)
    if forms.truncation:
        seen = _of_row(
            _chosen({EXACT: _certain} | pieces, forms.truncation), len(forms.columns) - 2
        )
        kernel = _less(kernel if forms.censoring else _of_row(exact, None), seen)
    return LogDensity(
        kernel,
        base=_base(density.base, censored=bool(forms.censoring)),
        arguments=density.arguments,
        columns=forms.columns,
    )


def _whole(density: LogDensity) -> Callable:
    """Return the log density of a response that is known, without its base."""
    kernel, normaliser = density.kernel, density.normaliser

    def of_kernel(y, _lower, _upper, argument, *further):
        return kernel(y, argument, *further)

    def exact(y, _lower, _upper, argument, *further):
        return kernel(y, argument, *further) + normaliser(y, *further)

    return of_kernel if normaliser is None else exact


def _certain(_y, _lower, _upper, _argument, *_further):
    return 0.0


def _beyond(log_above: Callable) -> Callable:
    def beyond(_y, lower, _upper, argument, *further):
        return log_above(lower, argument, *further)

    return beyond


def _up_to(log_below: Callable) -> Callable:
    def up_to(_y, _lower, upper, argument, *further):
        return log_below(upper, argument, *further)

    return up_to


def _between(log_below: Callable) -> Callable:
    def between(_y, lower, upper, argument, *further):
        most = log_below(upper, argument, *further)
        return most + log1mexp(most - log_below(lower, argument, *further))

    return between


def _chosen(pieces: Mapping[float, Callable], forms: tuple[float, ...]) -> Callable:
    """Return a function of the form and of what the pieces take."""
    first, *others = forms
    made = _always(pieces[first])
    for form in others:
        made = _where(form, pieces[form], made)
    return made


def _always(piece: Callable) -> Callable:
    def chosen(_form, y, lower, upper, argument, *further):
        return piece(y, lower, upper, argument, *further)

    return chosen


def _where(form: float, piece: Callable, others: Callable) -> Callable:
    def chosen(own, y, lower, upper, argument, *further):
        return where(
            own == form,
            piece(y, lower, upper, argument, *further),
            others(own, y, lower, upper, argument, *further),
        )

    return chosen


def _of_row(piece: Callable, first: int | None) -> Callable:
    """Return a function of the tuple of a row, whose form and bounds are from place `first` on."""

    def exact(row, argument, *further):
        return piece(row[0], row[0], row[0], argument, *further)

    def bounds(row, argument, *further):
        return piece(row[first], row[0], row[first + 1], row[first + 2], argument, *further)

    return exact if first is None else bounds


def _less(kernel: Callable, seen: Callable) -> Callable:
    def truncated(row, argument, *further):
        return kernel(row, argument, *further) - seen(row, argument, *further)

    return truncated


def _base(base: Callable, *, censored: bool) -> Callable:
    def of_row(row):
        return base(row[0])

    def of_exact(row):
        return where(row[1] == EXACT, base(row[0]), 0.0)

    return of_exact if censored else of_row
