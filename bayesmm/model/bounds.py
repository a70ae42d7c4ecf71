"""The bounds of censored and truncated responses as known columns of the rows."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.known import FAMILIES
from bayesmm.family.record import Family
from bayesmm.family.response_rows import Known
from bayesmm.family.within import CENSORING, TRUNCATION, Forms
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import Node, show
from bayesmm.model.bound_columns import bound_columns, bounds_of, range_of, without_idle_ends
from bayesmm.model.censoring import INTERVAL, LEFT, RIGHT, read_status, status_counts, upper_ends
from bayesmm.model.columns import few
from bayesmm.model.transforms import States, compute
from bayesmm.model.variables import Rows, quantity
from bayesmm.wording import option

__all__ = [
    "BoundedResponse",
    "check_bounds",
    "forms_of",
    "read_bounds",
    "read_window",
]


@dataclass(frozen=True, slots=True, eq=False)
class BoundedResponse:
    """A response with what is known of its rows."""

    y: Array  # (n,): the response; the upper bound of one that is known to be below it only
    known: Known  # the columns `CENSORING` and `TRUNCATION`, as far as the formula speaks of them
    exact: NDArray[np.bool_]  # (n,): which rows are no bounds
    notes: tuple[str, ...]


def read_bounds(
    response: Response,
    family: Family,
    y: Array,
    rows: Rows,
    states: States,
    trials: Array | None = None,
) -> BoundedResponse:
    """Return a response with the bounds that ``cens()`` and ``trunc()`` give.

    `family` is that of the variable itself, `y` the response as it stands in the data, which is no
    larger than `trials` where it is a number of successes. Refuses a status that is none, bounds in
    the wrong order, and responses out of bounds.
    """
    if response.censoring is None and response.truncation is None:
        return BoundedResponse(y, {}, np.ones(y.shape, dtype=bool), ())
    if trials is not None and (bad := trials > family.most_trials).any():
        raise DataError(
            f"Successes of the {family.name} family that are known or seen within bounds only are "
            f"out of at most {family.most_trials:,.0f} trials, because sums over all of them take "
            f"too long; {rows.where(bad)} there are {few(trials[bad][:1].tolist())}. Count in "
            f"larger units, or use {option('family', 'binomial')} with a group effect of the rows."
        )
    known = read_window(response, family, rows, states, len(y), trials)
    seen = bounds_of(known, TRUNCATION, len(y))
    if response.censoring is None:
        every = np.ones(y.shape, dtype=bool)
        _check_seen(y, every, seen, rows, response, family)
        return BoundedResponse(y, known, every, ())
    status = read_status(response.censoring, rows, states)
    node = response.censoring.upper
    some = None if node is None else _partial(node, status == INTERVAL, rows, states)
    ends = upper_ends(some, status, rows, response.censoring)
    lower = np.where(status == LEFT, -np.inf, y)
    upper = np.where(status == RIGHT, np.inf, np.where(status == INTERVAL, ends, y))
    exact = status == 0.0
    if (bad := (status == INTERVAL) & (ends <= y)).any():
        raise DataError(
            f"The upper end of an interval, {show(node)}, must be above its lower end "
            f"{show(response.value)}; it is {few(ends[bad][:1].tolist())} with "
            f"{few(y[bad][:1].tolist())} {rows.where(bad)}."
        )
    _check_seen(y, exact, seen, rows, response, family)
    # what could not be seen cannot be the case either
    lower, upper = np.maximum(lower, seen[0]), np.minimum(upper, seen[1])
    if family.discrete:
        lower, upper = np.floor(lower), np.floor(upper)
    least, most = without_idle_ends(lower, upper, family, trials)
    if (bad := ~exact & ~(least < most)).any():
        raise DataError(
            f"No response can be where {response.label} says that one is {rows.where(bad)}: "
            f"above {few(lower[bad][:1].tolist())} and at most {few(upper[bad][:1].tolist())}."
        )
    lower, upper = least, most
    if (bad := ~exact & np.isinf(lower) & np.isinf(upper)).any():
        raise DataError(
            f"A row that is censored where every response is says nothing {rows.where(bad)}; "
            "leave such rows out."
        )
    if not exact.any() and (np.isinf(lower).all() or np.isinf(upper).all()):
        raise DataError(
            f"Every row of {response.label} is censored on the same side: they say nothing of "
            "where the responses are."
        )
    known |= bound_columns(CENSORING, exact, lower, upper, y, range_of(family, trials)[1])
    placed = np.where(exact | np.isfinite(lower), y, np.where(np.isinf(lower), upper, y))
    return BoundedResponse(
        placed, known, exact, (f"Response '{response.name}': {status_counts(status)}.",)
    )


def read_window(
    response: Response,
    family: Family,
    rows: Rows,
    states: States,
    n: int,
    trials: Array | None = None,
) -> dict[str, Array]:
    """Return the columns `TRUNCATION` of some rows; empty when ``trunc()`` bounds nothing."""
    if response.truncation is None:
        return {}
    bounds = (response.truncation.lower, response.truncation.upper)
    lower, upper = (
        np.full(n, empty) if node is None else np.asarray(quantity(node, rows, states))
        for node, empty in zip(bounds, (-np.inf, np.inf), strict=True)
    )
    if (bad := lower >= upper).any() and not (family.discrete and (lower <= upper).all()):
        raise DataError(
            f"The bounds of trunc() must be in order; they are {few(lower[bad][:1].tolist())} and "
            f"{few(upper[bad][:1].tolist())} {rows.where(bad)}."
        )
    if family.discrete:  # a count may be at both of its bounds
        lower, upper = np.ceil(lower) - 1.0, np.floor(upper)
    lower, upper = without_idle_ends(lower, upper, family, trials)
    if (bad := ~(lower < upper)).any():
        raise DataError(
            f"No response of the {family.name} family lies within the bounds of trunc() "
            f"{rows.where(bad)}."
        )
    free = np.isinf(lower) & np.isinf(upper)
    highest = range_of(family, trials)[1]
    inside = np.full(n, 1.0 if np.isinf(highest).all() else 0.5)
    if free.all():
        return {}
    return bound_columns(TRUNCATION, free, lower, upper, inside, highest)


def forms_of(known: Known) -> Forms:
    """Return the forms that the rows have."""

    def found(names: tuple[str, ...]) -> tuple[float, ...]:
        return tuple(np.unique(known[names[0]]).tolist()) if names[0] in known else ()

    return Forms(found(CENSORING), found(TRUNCATION))


def _check_seen(
    y: Array,
    exact: NDArray[np.bool_],
    seen: tuple[Array, Array],
    rows: Rows,
    response: Response,
    family: Family,
) -> None:
    # a continuous response at its lower bound was seen
    single = np.isin(y, tuple(family.atoms)) | family.discrete
    below = np.where(single, y <= seen[0], y < seen[0])
    if (bad := exact & (below | (y > seen[1]))).any():
        raise DataError(
            f"{show(response.value)} is outside the bounds of trunc() {rows.where(bad)}: "
            f"{few(y[bad][:1].tolist())}. Such a response could not have been seen: leave the row "
            "out, or widen the bounds."
        )


def _partial(node: Node, needed: NDArray[np.bool_], rows: Rows, states: States) -> Array:
    """Return an expression in the rows that need it, NaN elsewhere and where it is missing."""
    found = np.full(needed.shape, np.nan)
    if needed.any():
        places = np.flatnonzero(needed)
        columns = {name: series.iloc[places] for name, series in rows.columns.items()}
        own = Rows(columns, rows.positions[places], rows.known)
        with np.errstate(invalid="ignore"):  # what is missing is found by who asks
            found[places] = compute(node, own.numbers, states)
    return found


def check_bounds(response: Response, family: Family) -> None:
    """Raise for a family that cannot be censored or truncated, where the formula wants it.

    The message names the families that have the logarithm of their distribution function.
    """
    if response.censoring is None and response.truncation is None:
        return
    density = family.density
    what = "cens()" if response.censoring is not None else "trunc()"
    if density is not None and density.log_below is not None and density.log_above is not None:
        if response.weights is not None and family.precision_weights:
            raise UnsupportedModelError(
                f"The weights of a {family.name} model are precisions; beside cens() or trunc() "
                "there are none. Leave weights() out, or write a formula of sigma."
            )
        if family.response == "binomial" and not (response.trials or response.failures):
            raise UnsupportedModelError(
                f"{what} of a {family.name} response needs the number of trials, as in y | "
                f"trials(n) + {what}; of a single trial the response is known, or missing."
            )
        return
    if family.without_tails:
        raise UnsupportedModelError(
            f"There is no {what} of the {family.name} family: {family.without_tails}."
        )
    able = [
        known.name
        for known in FAMILIES.values()
        if known.density is not None and known.density.log_below is not None
    ]
    raise UnsupportedModelError(
        f"{what} needs the distribution function of the response and its derivatives, which the "
        f"{family.name} family does not have here. Families that have them: {', '.join(able)}."
    )
