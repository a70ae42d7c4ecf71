"""A family whose responses are known by bounds only, or were seen within bounds only.

A row says that Y is y, or that it lies in (lower, upper], and was to be seen only in (from, to]:

log p = log f(y) or log P(lower < Y <= upper), less log P(from < Y <= to).

Both probabilities come from the logarithms of F(y) = P(Y <= y) and of 1 - F(y) that the log density
of the family has, each with all its digits in both tails.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import where
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


def _routine(name: str) -> str:
    """Return how a likelihood is maximised that is no longer quadratic, or of a glm."""
    return {"linear": "scaled", "glm": "rows"}.get(name, name)


@cache
def bounded(family: Family, forms: Forms) -> Family:
    """Return the family of responses that are censored or truncated, itself where none is.

    Mean and variance stay those of the variable itself, whatever could be seen of it.

    The log density of the family has the logarithms of its distribution function.
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
        argument = density.argument_of(rows.mu)
        own = [rows.auxiliary[name] for name in self.family.auxiliary]
        return getattr(density, self.tail)(density.observed(y, rows.known), argument, *own)


def unbounded(family: Family) -> Family:
    """Return the family of the variable itself, with the link of this one."""
    own = family.unbounded
    return family if own is None else own.with_link(family.link)


def _density(density: LogDensity, forms: Forms) -> LogDensity:
    """Return the log density of rows: the response, form and bounds, then what it is known with."""
    own = len(density.columns)
    exact = _whole(density)
    pieces: Mapping[float, Callable] = {
        BEYOND_LOWER: _beyond(_with_known(density.log_above, own)),
        BELOW_UPPER: _up_to(_with_known(density.log_below, own)),
        BETWEEN: _between(density.interval, own),
    }
    kernel = exact
    if forms.censoring:
        kernel = _of_row(_chosen({EXACT: exact} | pieces, forms.censoring), 1, own)
    if forms.truncation:
        first = len(forms.columns) - 2
        seen = _of_row(_chosen({EXACT: _certain} | pieces, forms.truncation), first, own)
        kernel = _less(kernel if forms.censoring else _of_row(exact, None, own), seen)
    return LogDensity(
        kernel,
        base=_base(density.base, own, censored=bool(forms.censoring)),
        arguments=density.arguments,
        columns=forms.columns + density.columns,
    )


def _with_known(of_response: Callable, own: int) -> Callable:
    """Return a function of a number and of the known numbers of its row, as a tuple of them."""

    def plain(y, _known, *parameters):
        return of_response(y, *parameters)

    def with_others(y, known, *parameters):
        return of_response((y, *known), *parameters)

    return with_others if own else plain


def _whole(density: LogDensity) -> Callable:
    """Return the log density of a response that is known, without its base."""
    own = len(density.columns)
    kernel = _with_known(density.kernel, own)
    if density.normaliser is None:

        def of_kernel(y, _lower, _upper, known, argument, *further):
            return kernel(y, known, argument, *further)

        return of_kernel
    normaliser = _with_known(density.normaliser, own)

    def exact(y, _lower, _upper, known, argument, *further):
        return kernel(y, known, argument, *further) + normaliser(y, known, *further)

    return exact


def _certain(_y, _lower, _upper, _known, _argument, *_further):
    return 0.0


def _beyond(log_above: Callable) -> Callable:
    def beyond(_y, lower, _upper, known, argument, *further):
        return log_above(lower, known, argument, *further)

    return beyond


def _up_to(log_below: Callable) -> Callable:
    def up_to(_y, _lower, upper, known, argument, *further):
        return log_below(upper, known, argument, *further)

    return up_to


def _between(log_between: Callable, own: int) -> Callable:
    def plain(_y, lower, upper, _known, argument, *further):
        return log_between(lower, upper, argument, *further)

    def with_others(_y, lower, upper, known, argument, *further):
        return log_between((lower, *known), (upper, *known), argument, *further)

    return with_others if own else plain


def _chosen(pieces: Mapping[float, Callable], forms: tuple[float, ...]) -> Callable:
    """Return a function of the form and of what the pieces take."""
    first, *others = forms
    made = _always(pieces[first])
    for form in others:
        made = _where(form, pieces[form], made)
    return made


def _always(piece: Callable) -> Callable:
    def chosen(_form, y, lower, upper, known, argument, *further):
        return piece(y, lower, upper, known, argument, *further)

    return chosen


def _where(form: float, piece: Callable, others: Callable) -> Callable:
    def chosen(own, y, lower, upper, known, argument, *further):
        return where(
            own == form,
            piece(y, lower, upper, known, argument, *further),
            others(own, y, lower, upper, known, argument, *further),
        )

    return chosen


def _of_row(piece: Callable, first: int | None, own: int) -> Callable:
    """Return a function of the tuple of a row, whose form and bounds are from place `first` on.

    The last `own` are the known numbers of the variable itself.
    """
    known = _last(own)

    def exact(row, argument, *further):
        return piece(row[0], row[0], row[0], known(row), argument, *further)

    def bounds(row, argument, *further):
        low, high = row[first + 1], row[first + 2]
        return piece(row[first], row[0], low, high, known(row), argument, *further)

    return exact if first is None else bounds


def _last(own: int) -> Callable:
    """Return a function of a row that returns its last numbers, written so that it compiles."""

    def none(_row):
        return ()

    made = none
    for place in range(-1, -own - 1, -1):
        made = _before(place, made)
    return made


def _before(place: int, others: Callable) -> Callable:
    def numbers(row):
        return (row[place], *others(row))

    return numbers


def _less(kernel: Callable, seen: Callable) -> Callable:
    def truncated(row, argument, *further):
        return kernel(row, argument, *further) - seen(row, argument, *further)

    return truncated


def _base(base: Callable, own: int, *, censored: bool) -> Callable:
    whole, known = _with_known(base, own), _last(own)

    def of_row(row):
        return whole(row[0], known(row))

    def of_exact(row):
        return where(row[1] == EXACT, whole(row[0], known(row)), 0.0)

    return of_exact if censored else of_row
