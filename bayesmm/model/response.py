"""The response: its values, trials and weights, as the family needs them."""

from dataclasses import dataclass, field

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError, UsageError
from bayesmm.family.bounded import unbounded
from bayesmm.family.record import Family
from bayesmm.family.response_rows import Known
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import Argument, Call, Name, Node, show
from bayesmm.model.bounds import check_bounds, read_bounds
from bayesmm.model.categories import category_response
from bayesmm.model.category_counts import category_counts
from bayesmm.model.columns import few, kind_of
from bayesmm.model.decisions import signed_times
from bayesmm.model.number_texts import is_numeral, numbers_meant, remedy
from bayesmm.model.response_range import check_range
from bayesmm.model.transforms import States
from bayesmm.model.two_values import two_values
from bayesmm.model.variables import Rows, quantity
from bayesmm.wording import option

__all__ = ["ResponseValues", "log_exposure", "read_response"]


@dataclass(frozen=True, slots=True, eq=False)
class ResponseValues:
    """Values of the response."""

    y: Array  # (n,): response, or number of successes
    # (n,): known numbers of the rows: ``trials``; the bounds of `family.within`
    known: Known = field(default_factory=dict)
    weights: Array | None = None  # (n,)
    levels: tuple[str, ...] = ()  # labels of failure and success, when the response is a factor
    notes: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()  # labels of the categories, of a response that is their number


def read_response(
    response: Response,
    family: Family,
    rows: Rows,
    states: States,
    levels: tuple[str, ...] | None = None,
    success: object = None,
) -> ResponseValues:
    """Return the response of some rows, checked against the family.

    `states` is what transforms learnt, `levels` the labels of failure and success in the data of
    the fit, None when these are the data of the fit, and `success` which value of a response with
    two values counts as success, None when nothing is said: a `UsageError` says that there is no
    such value. The `DataError` for values that are impossible names the column, the values and the
    remedy.
    """
    if success is not None:
        _check_success(response, family)
    family = unbounded(family)
    check_bounds(response, family)
    _check_rate(response, family, rows, states)
    weights = None
    if response.weights is not None:
        weights = quantity(response.weights, rows, states)
        if (bad := weights <= 0).any():
            raise DataError(
                f"The weights {show(response.weights)} must be positive; they are not "
                f"{rows.where(bad, response.weights)}."
            )
    if family.response in ("ordered", "unordered"):
        known = () if levels is None else family.categories
        y, labels, notes = category_response(response, family, rows, known)
        return ResponseValues(y, {}, weights, notes=notes, categories=labels)
    if family.response == "multinomial":
        known = () if levels is None else family.categories
        y, counts, labels, notes = category_counts(response, family, rows, states, known)
        return ResponseValues(y, counts, weights, notes=notes, categories=labels)
    if response.others:
        raise DataError(
            f"The response {response.label} has {len(response.counts)} columns of counts, which "
            f"the {family.name} family does not have; use {option('family', 'multinomial')}."
        )
    if response.order or response.reference:
        what, of = ("order", "cumulative") if response.order else ("reference", "categorical")
        raise DataError(
            f"{response.label} says the {what} of categories, which the {family.name} family does "
            f"not have; use {option('family', of)}."
        )
    if response.trials is not None or response.failures is not None:
        y, trials = _successes(response, family, rows, states)
        found = read_bounds(response, family, y, rows, states, trials)
        known = {"trials": trials} | found.known
        return ResponseValues(found.y, known, weights, notes=found.notes)
    if family.response in ("binary", "binomial"):
        y, labels, notes = two_values(
            response.value, response.label, family, rows, states, levels, success
        )
        known: Known = {}
        if family.response == "binomial":
            known = {"trials": np.ones(len(y))}
            notes = (*notes, "Each row of the response is one trial.")
        return ResponseValues(y, known, weights, labels, notes)
    _refuse_category(response, family, rows)
    y = quantity(response.value, rows, states)
    if y.ndim > 1:
        raise DataError(f"The response {response.label} has several columns; it must be one.")
    if response.decision is not None or family.decisions:
        y, labels, notes = signed_times(response, family, y, rows, states, levels, success)
        return ResponseValues(y, {}, weights, labels, notes)
    found = read_bounds(response, family, y, rows, states)
    check_range(response, family, y, rows, found.exact)
    return ResponseValues(found.y, found.known, weights, notes=found.notes)


def log_exposure(rate: Node) -> Node:
    """Return the logarithm of an exposure, by which the linear predictor of a rate is moved."""
    return Call("log", (Argument(rate),), rate.position)


def _check_rate(response: Response, family: Family, rows: Rows, states: States) -> None:
    """Raise for an exposure of what is no count, or one that is not positive."""
    if response.rate is None:
        return
    if family.response != "count" or family.link != "log":
        raise UsageError(
            f"rate() is the exposure of counts with the log link; this is the {family.name} family "
            f"with the {family.link} link. Use {option('family', 'poisson')}."
        )
    time = quantity(response.rate, rows, states)
    if (bad := time <= 0).any():
        raise DataError(
            f"The exposure {show(response.rate)} of rate() must be positive; it is not "
            f"{rows.where(bad, response.rate)}."
        )


def _successes(
    response: Response, family: Family, rows: Rows, states: States
) -> tuple[Array, Array]:
    """Return the successes and the trials."""
    if family.response != "binomial":
        raise DataError(
            f"The response {response.label} gives trials, which the {family.name} family does not "
            f"have; use {option('family', 'binomial')}."
        )
    y = quantity(response.value, rows, states)
    other = response.trials if response.failures is None else response.failures
    second = quantity(other, rows, states)
    for node, values, what in (
        (response.value, y, "number of successes"),
        (other, second, "number of trials" if response.failures is None else "number of failures"),
    ):
        if (bad := values != np.floor(values)).any():
            raise DataError(
                f"The {what}, {show(node)}, must be whole; it is "
                f"{few(np.unique(values[bad]).tolist())} {rows.where(bad)}."
            )
    trials = second if response.failures is None else y + second
    if (bad := trials < y).any():
        raise DataError(
            f"There are fewer trials than successes in {response.label} "
            f"{rows.where(bad)}: {few(y[bad][:1].tolist())} successes of "
            f"{few(trials[bad][:1].tolist())}. The trials count successes and failures together."
        )
    if (bad := y < 0).any():
        raise DataError(
            f"The number of successes, {show(response.value)}, is negative "
            f"{rows.where(bad, response.value)}."
        )
    if (bad := trials < 1).any():
        raise DataError(
            f"There are no trials in {response.label} {rows.where(bad)}; leave such rows out."
        )
    return y, trials


def _check_success(response: Response, family: Family) -> None:
    """Raise when `success` is said of a response that has no two values."""
    if family.decisions and isinstance(response.decision, Name):
        return
    if family.response not in ("binary", "binomial"):
        raise UsageError(
            f"{option('success')} says which of two values counts as success; the {family.name} "
            "family has "
            f"none. Leave it out, or use {option('family', 'bernoulli')}."
        )
    counts = response.trials is not None or response.failures is not None
    if counts or not isinstance(response.value, Name):
        raise UsageError(
            f"{option('success')} says which value of a column counts as success; "
            f"{response.label} is no "
            "column of two values. Leave it out."
        )


def _refuse_category(response: Response, family: Family, rows: Rows) -> None:
    """Raise when the response is text where the family needs numbers."""
    node = response.value
    if isinstance(node, Name) and kind_of(node.value, rows.columns[node.value]) == "category":
        found = rows.levels(node.value)
        labels = found.labels
        odd = [label for label in labels if not is_numeral(label)]
        counts = np.bincount(found.codes, minlength=len(labels)).tolist()
        if len(odd) < len(labels) or numbers_meant(labels, counts):
            among = f", among it {few(odd, 12)}" if odd else ""
            how = remedy(node.value, rows.columns[node.value], labels)
            raise DataError(f"The response '{node.value}' holds text{among}; {how}.")
        two = (
            f" For two categories use {option('family', 'bernoulli')}." if len(labels) == 2 else ""
        )
        raise DataError(
            f"The response '{node.value}' holds categories ({few(labels)}); the {family.name} "
            f"family needs numbers.{two}"
        )
