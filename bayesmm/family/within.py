"""Draws and probabilities of responses that were seen within bounds, or are known by bounds."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.family.response_rows import Known, ResponseParameters

__all__ = [
    "BELOW_UPPER",
    "BETWEEN",
    "BEYOND_LOWER",
    "CENSORING",
    "EXACT",
    "RANGES",
    "TRUNCATION",
    "DrawnWithin",
    "Forms",
    "ProbabilityWithin",
    "completed",
    "exact_rows",
    "halved",
    "interval_probabilities",
    "moved_bounds",
    "unwindowed",
    "without_censoring",
]

type Below = Callable[[Array, ResponseParameters], Array]

# What a row says of a number: itself (or, of a window, nothing), or on which sides it is bounded.
EXACT, BEYOND_LOWER, BELOW_UPPER, BETWEEN = 0.0, 1.0, 2.0, 3.0

# Names of the known columns: the form, and the two bounds. A bound that the form does not read is
# some number that can be calculated with.
CENSORING = ("censoring", "lower", "upper")
TRUNCATION = ("truncation", "from", "to")

# By kind of response what is below each, P(Y <= lowest) = 0, and the end of its range above.
RANGES: Mapping[str, tuple[float, float]] = {
    "positive": (0.0, np.inf),
    "count": (-1.0, np.inf),
    "binomial": (-1.0, np.inf),
    "proportion": (0.0, 1.0),
}


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms that the rows of some data have."""

    # both sorted; empty where no row is censored, or truncated
    censoring: tuple[float, ...] = ()
    truncation: tuple[float, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The known columns that such rows have."""
        return (CENSORING if self.censoring else ()) + (TRUNCATION if self.truncation else ())


_ROUNDS = 20  # of draws anew where a draw is out of bounds, before the rest is found by halving
_HALVINGS = 70
_ROUNDING = 1e-18


def exact_rows(known: Known, n: int) -> NDArray[np.bool_]:
    """Return which of n rows have a response that is known itself."""
    form = known.get(CENSORING[0])
    return np.ones(n, dtype=bool) if form is None else form == EXACT


def unwindowed(known: Known, n: int) -> NDArray[np.bool_]:
    """Return which of n rows could have been seen whatever their response is."""
    form = known.get(TRUNCATION[0])
    return np.ones(n, dtype=bool) if form is None else form == EXACT


def moved_bounds(known: Known, shift: float, size: float) -> Known:
    """Return the known columns of a response in other units, (y - shift) / size."""
    bounds = (*CENSORING[1:], *TRUNCATION[1:])
    return {
        name: (values - shift) / size if name in bounds else values
        for name, values in known.items()
    }


def without_censoring(rows: ResponseParameters) -> ResponseParameters:
    """Return the parameters of rows whose responses are all known themselves, as replicates are."""
    return replace(rows, known={k: v for k, v in rows.known.items() if k not in CENSORING})


def completed(
    within: "DrawnWithin", generator: Generator, y: Array, rows: ResponseParameters
) -> Array:
    """Return the responses with a draw for each that is known by bounds only, within these.

    `within` draws the variable itself; `rows` has mu of shape (S, n_obs), and the known columns
    `CENSORING`.
    """
    form = rows.known[CENSORING[0]]
    others = {k: v for k, v in rows.known.items() if k not in (*CENSORING, *TRUNCATION)}
    window = {new: rows.known[old] for old, new in zip(CENSORING, TRUNCATION, strict=True)}
    window |= others
    return np.where(form == EXACT, y, within(generator, replace(rows, known=window)))


def interval_probabilities(
    below: Below, less: Array, equal: Array, rows: ResponseParameters
) -> tuple[Array, Array]:
    """Return P(Y < y) and P(Y = y), or of what is known by bounds P(Y <= lower) and P(within).

    `below` is P(Y <= y) of the variable itself, `less` and `equal` P(Y < y) and P(Y = y) of that;
    `rows` has the known columns of `CENSORING` and `TRUNCATION` that there are.
    """
    at_most = less + equal
    if CENSORING[0] in rows.known:
        form = rows.known[CENSORING[0]]
        lowest, highest = _ends(below, rows, CENSORING)
        less = np.where(form == EXACT, less, lowest)
        at_most = np.where(form == EXACT, at_most, highest)
    if TRUNCATION[0] in rows.known:
        lowest, highest = _ends(below, rows, TRUNCATION)
        seen = highest - lowest
        less, at_most = (less - lowest) / seen, (at_most - lowest) / seen
    return less, np.maximum(at_most - less, 0.0)


def _ends(below: Below, rows: ResponseParameters, names: tuple[str, ...]) -> tuple[Array, Array]:
    """Return P(Y <= lower), 0 without such a bound, and P(Y <= upper), 1 without."""
    form, lower, upper = (rows.known[name] for name in names)
    has_lower = (form == BEYOND_LOWER) | (form == BETWEEN)
    has_upper = (form == BELOW_UPPER) | (form == BETWEEN)
    return (
        np.where(has_lower, below(lower, rows), 0.0),
        np.where(has_upper, below(upper, rows), 1.0),
    )


def halved(
    too_small: Callable[[Array], NDArray[np.bool_]], low: Array, high: Array, *, discrete: bool
) -> tuple[Array, Array]:
    """Return what halving leaves of intervals, (low, high], of whole numbers one of them."""
    if discrete:
        low, high = np.floor(low), np.floor(high)
    for _ in range(_HALVINGS):
        middle = 0.5 * (low + high)
        if discrete:
            middle = np.floor(middle)
        if ((middle <= low) | (middle >= high)).all():
            break
        small = too_small(middle)
        low, high = np.where(small, middle, low), np.where(small, high, middle)
    return low, high


@dataclass(frozen=True, slots=True)
class ProbabilityWithin:
    """P(Y <= y) given that Y was seen, from < Y <= to; rows without these bounds have none."""

    below: Below

    def __call__(self, y: Array, rows: ResponseParameters) -> Array:
        """Return the probability, shape of mu."""
        at_most = self.below(y, rows)
        if TRUNCATION[0] not in rows.known:
            return at_most
        lowest, highest = _ends(self.below, rows, TRUNCATION)
        return np.clip((at_most - lowest) / (highest - lowest), 0.0, 1.0)


@dataclass(frozen=True, slots=True)
class DrawnWithin:
    """Responses drawn given that they are seen, from < Y <= to; rows without bounds have none.

    No response is outside `ends`, of `RANGES`; `single` are values that a continuous one may have
    with a probability of their own.
    """

    random: Callable[[Generator, ResponseParameters], Array]
    log_below: Below
    log_above: Below
    discrete: bool
    ends: tuple[float, float] = (-np.inf, np.inf)
    single: tuple[float, ...] = ()

    def __call__(self, generator: Generator, rows: ResponseParameters) -> Array:
        """Return draws, shape of mu."""
        y = self.random(generator, rows)
        if TRUNCATION[0] not in rows.known:
            return y
        for _ in range(_ROUNDS):
            outside = _outside(y, rows)
            if not outside.any():
                return y
            y[outside] = self.random(generator, _some(rows, outside))
        outside = _outside(y, rows)
        if outside.any():
            y[outside] = self._found(generator, _some(rows, outside))
        return y

    def _found(self, generator: Generator, rows: ResponseParameters) -> Array:
        """Return the quantile of a uniform probability, by halving an interval that holds it.

        From the side on which the window is, where its probability keeps its digits.
        """
        form, lower, upper = (rows.known[name] for name in TRUNCATION)
        has_lower, has_upper = (form != BELOW_UPPER), (form != BEYOND_LOWER)
        from_above = has_lower & (self.log_below(lower, rows) > np.log(0.5))

        def share(y: Array) -> Array:
            """Return P(Y > y) over P(Y > lower), or P(Y <= y) over P(Y <= upper)."""
            above = np.exp(self.log_above(y, rows) - np.where(has_lower, top, 0.0))
            below = np.exp(self.log_below(y, rows) - np.where(has_upper, bottom, 0.0))
            return np.where(from_above, above, below)

        with np.errstate(all="ignore"):  # of the side that is not taken
            top, bottom = self.log_above(lower, rows), self.log_below(upper, rows)
            at_lower = np.where(has_lower, share(lower), 0.0)
            at_upper = np.where(has_upper, share(upper), np.where(from_above, 0.0, 1.0))
            u = at_lower + (at_upper - at_lower) * generator.random(rows.mu.shape)

            def too_small(y: Array) -> NDArray[np.bool_]:
                found = share(y)
                return np.where(from_above, found > u, found < u)

            low, high = self._bracket(share, u, from_above, rows)
            low, high = halved(too_small, low, high, discrete=self.discrete)
        for value in self.single:  # a jump is where halving ends, but for rounding
            high = np.where((low <= value) & (high - value <= _ROUNDING), value, high)
        return high

    def _bracket(
        self,
        share: Callable[[Array], Array],
        u: Array,
        from_above: NDArray[np.bool_],
        rows: ResponseParameters,
    ) -> tuple[Array, Array]:
        """Return an interval that holds the quantile: the bounds, or from one of them on."""
        form, lower, upper = (rows.known[name] for name in TRUNCATION)
        step = np.maximum(np.abs(rows.mu), 1.0)
        least, most = self.ends
        low = np.maximum(np.where(form == BELOW_UPPER, upper - step, lower), least)
        high = np.minimum(np.where(form == BEYOND_LOWER, lower + step, upper), most)
        for _ in range(_HALVINGS):
            at_high = share(high)
            short = (form == BEYOND_LOWER) & np.where(from_above, at_high > u, at_high < u)
            short &= high < most
            long = (form == BELOW_UPPER) & (share(low) > u) & (low > least)
            if not (short.any() or long.any()):
                break
            step = 2.0 * step
            high = np.where(short, np.minimum(high + step, most), high)
            low = np.where(long, np.maximum(low - step, least), low)
        return low, high


def _outside(y: Array, rows: ResponseParameters) -> NDArray[np.bool_]:
    form, lower, upper = (rows.known[name] for name in TRUNCATION)
    below = ((form == BEYOND_LOWER) | (form == BETWEEN)) & (y <= lower)
    return below | (((form == BELOW_UPPER) | (form == BETWEEN)) & (y > upper))


def _some(rows: ResponseParameters, chosen: NDArray[np.bool_]) -> ResponseParameters:
    """Return the parameters of some rows and draws, one after the other."""

    def taken(values: Array) -> Array:
        return np.broadcast_to(values, chosen.shape)[chosen]

    return replace(
        rows,
        mu=taken(rows.mu),
        auxiliary={name: taken(values) for name, values in rows.auxiliary.items()},
        known={name: taken(values) for name, values in rows.known.items()},
        weights=None,
    )
