"""How simulated responses are censored: the rule that the data were censored by, where it is known.

Of a row that was seen the data do not say at which value it would not have been. What simulates
responses needs that: the same limit for all rows, limits that the user names, or classes whose
ends are the same for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import DataError, UnsupportedModelError, UsageError
from bayesmm.family.within import CENSORING, EXACT, TRUNCATION
from bayesmm.model.bound_columns import bounds_of
from bayesmm.model.columns import few
from bayesmm.model.design import Design
from bayesmm.wording import option

__all__ = ["CensoringRule", "censoring_rule", "own_bounds"]

type Limits = float | Sequence[float]


@dataclass(frozen=True, slots=True, eq=False)
class CensoringRule:
    """Into which interval each row falls when its response is not seen."""

    # ``"right"``: what is above its limit is not seen; ``"left"``: what is up to it; ``"classes"``:
    # of every response only the class between two limits is seen
    side: str
    limits: Array  # one for all rows or one for each; of classes all the ends, sorted

    def bounds(self, y: Array) -> tuple[NDArray[np.bool_], Array, Array]:
        """Return which responses are seen, and below and up to what the others are known."""
        if self.side == "classes":
            place = np.searchsorted(self.limits, y, side="left")
            ends = np.concatenate([[-np.inf], self.limits, [np.inf]])
            return np.zeros(y.shape, dtype=bool), ends[place], ends[place + 1]
        limits = np.broadcast_to(self.limits, y.shape)
        if self.side == "right":
            return y <= limits, limits, np.full(y.shape, np.inf)
        return y > limits, np.full(y.shape, -np.inf), limits


def own_bounds(design: Design) -> tuple[Array, Array]:
    """Return below and up to what rows are known by bounds, infinite as far as nothing is said.

    A bound that is that of truncation says nothing more than this does.
    """
    lower, upper = bounds_of(design.known, CENSORING, design.n_obs)
    least, most = bounds_of(design.known, TRUNCATION, design.n_obs)
    return np.where(lower <= least, -np.inf, lower), np.where(upper >= most, np.inf, upper)


def censoring_rule(
    design: Design, what: str, censored_at: Limits | None = None, *, by_row: bool = True
) -> CensoringRule | None:
    """Return the rule by which the responses of a design were censored; None where none was.

    `what` simulates responses: ``"bootstrap"``; `censored_at` are the limits of all rows, as the
    user names them, and `by_row` says whether there is such an option, of rows that are those of
    the data. Where the data do not say what the rule was, that is not supported; limits that they
    contradict are a `DataError`.
    """
    if CENSORING[0] not in design.known:
        if censored_at is not None:
            raise UsageError(
                f"{option('censored_at')} is for censored responses; those of "
                f"'{design.formula}' are not."
            )
        return None
    hidden = design.known[CENSORING[0]] != EXACT
    lower, upper = own_bounds(design)
    is_right, is_left = np.isinf(upper[hidden]).all(), np.isinf(lower[hidden]).all()
    if is_right or is_left:
        side, bounds = ("right", lower) if is_right else ("left", upper)
        if censored_at is not None:
            return CensoringRule(side, _named(design, censored_at, side, bounds, hidden))
        common = np.unique(bounds[hidden])
        beyond = design.y > common[0] if is_right else design.y < common[0]
        if len(common) == 1 and not beyond[~hidden].any():
            return CensoringRule(side, common)
        where = "above" if is_right else "below"
        remedy = (
            "Name it for each row, such as the end of its follow-up or its limit of detection, "
            f"with {option('censored_at', ...)}."
            if by_row
            else "There is one where all censored rows have the same bound."
        )
        raise UnsupportedModelError(
            f"There is no {what} of these data: they do not say {where} which value a response "
            f"that was seen would have been censored. {remedy}"
        )
    if censored_at is not None:
        raise UsageError(
            f"{option('censored_at')} is for responses that are all censored on the same side; "
            "these are known by intervals."
        )
    ends = np.unique(np.concatenate([lower[hidden], upper[hidden]]))
    ends = ends[np.isfinite(ends)]
    inside = np.searchsorted(ends, upper, side="left") - np.searchsorted(ends, lower, side="right")
    if hidden.all() and (inside <= 0).all():
        return CensoringRule("classes", ends)
    raise UnsupportedModelError(
        f"There is no {what} of these data: by which bounds simulated responses would be known "
        "they do not say, because the intervals of the rows overlap, or some rows were seen."
    )


def _named(
    design: Design, censored_at: Limits, side: str, bounds: Array, hidden: NDArray[np.bool_]
) -> Array:
    """Return the limits that the user names, one for each row that is used."""
    try:
        limits = np.asarray(censored_at, dtype=np.float64)
    except (TypeError, ValueError):
        raise UsageError(
            f"{option('censored_at')} must be a number, or one for each row; got {censored_at!r}."
        ) from None
    n, rows = design.n_obs, design.rows
    if limits.ndim == 1 and limits.size != n and limits.size > rows.max(initial=-1):
        limits = limits[rows]  # of all rows of the data, also those that are left out
    if limits.ndim > 1 or (limits.ndim == 1 and limits.size != n):
        raise UsageError(
            f"{option('censored_at')} has {limits.size:,} numbers; it must be one for all rows, or "
            f"one for each of {n:,}."
        )
    limits = np.broadcast_to(limits, (n,))
    if design.family.discrete:
        limits = np.floor(limits)
    sign = 1.0 if side == "right" else -1.0
    wrong = np.where(hidden, limits != bounds, sign * (limits - design.y) < 0)
    wrong |= np.isnan(limits)
    if wrong.any():
        own = np.where(hidden, bounds, design.y)
        raise DataError(
            f"{option('censored_at')} is {few(limits[wrong][:1].tolist())} in row "
            f"{int(rows[wrong][0])}, whose response is {few(own[wrong][:1].tolist())}: of a "
            f"censored row it must be that value, and a response that was seen cannot be "
            f"{'above' if side == 'right' else 'below'} it."
        )
    return limits
