"""Which responses are censored: the column of ``cens()`` understood, or refused."""

from collections.abc import Mapping

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.formula.additions import Censoring
from bayesmm.formula.functions import columns_of
from bayesmm.formula.syntax import Name, show
from bayesmm.model.columns import few, kind_of
from bayesmm.model.transforms import States
from bayesmm.model.variables import Rows, quantity

__all__ = ["INTERVAL", "LEFT", "OBSERVED", "RIGHT", "read_status", "status_counts", "upper_ends"]

# As brms has them.
OBSERVED, RIGHT, LEFT, INTERVAL = 0.0, 1.0, -1.0, 2.0
_WORDS: Mapping[str, float] = {
    "none": OBSERVED,
    "right": RIGHT,
    "left": LEFT,
    "interval": INTERVAL,
}
_IN_WORDS: Mapping[float, str] = {
    OBSERVED: "observed",
    RIGHT: "right-censored",
    LEFT: "left-censored",
    INTERVAL: "known by an interval",
}
_HOW = (
    "Write cens(event = e) with 1 where the response was observed (as Surv() of R has it), "
    "cens(censored = c) with 1 where it is censored, or cens(status) with the words none, right, "
    "left and interval."
)


def read_status(censoring: Censoring, rows: Rows, states: States) -> Array:
    """Return of each row -1, 0, 1 or 2: left-censored, observed, right-censored, interval.

    Refuses what packages read in different ways.
    """
    node, argument = censoring.status, censoring.argument
    if argument == "status" and isinstance(node, Name):
        kind = kind_of(node.value, rows.columns[node.value])
        if kind == "category":
            return _of_words(node.value, rows)
    values = quantity(node, rows, states)
    name = show(node, bare=True)
    if argument == "status":
        return _of_numbers(name, values, rows, censoring)
    if (bad := ~np.isin(values, (0.0, 1.0))).any():
        raise DataError(
            f"cens({argument} = {name}) needs 0 and 1, or false and true; '{name}' is "
            f"{few(np.unique(values[bad]).tolist())} {rows.where(bad)}."
            + (
                f" Where 1 is censored and 2 an event, write cens({argument} = {name} - 1)."
                if argument == "event" and np.isin(values, (1.0, 2.0)).all()
                else ""
            )
        )
    return np.where(values == (1.0 if argument == "event" else 0.0), OBSERVED, RIGHT)


def upper_ends(upper: Array | None, status: Array, rows: Rows, written: Censoring) -> Array:
    """Return the upper ends of intervals, any number in the other rows."""
    intervals = status == INTERVAL
    found = np.zeros_like(status)
    if not intervals.any():
        return found
    if upper is None or written.upper is None:
        name = show(written.status, bare=True)
        survival = ""
        if not (status == OBSERVED).any():
            survival = (
                " Where 1 is censored and 2 an event, as in some data of R, write "
                f"cens(event = {name} - 1)."
            )
        raise DataError(
            f"The status '{name}' is 'interval' (2) {rows.where(intervals)}, and cens() says no "
            f"upper ends: write cens({name}, upper).{survival}"
        )
    if (missing := intervals & ~np.isfinite(upper)).any():
        raise DataError(
            f"The upper end of an interval, {show(written.upper)}, is missing or infinite "
            f"{rows.where(missing)}; a response that is only known to be above its value has the "
            "status 'right'."
        )
    found[intervals] = upper[intervals]
    return found


def status_counts(status: Array) -> str:
    """Return how many rows have each status: ``"58 observed, 18 right-censored"``."""
    counts = ((words, int(np.sum(status == code))) for code, words in _IN_WORDS.items())
    return ", ".join(f"{n:,} {words}" for words, n in counts if n)


def _of_words(name: str, rows: Rows) -> Array:
    levels = rows.levels(name)
    known = [_WORDS.get(label.strip().lower()) for label in levels.labels]
    if None in known:
        unknown = [w for w, code in zip(levels.labels, known, strict=True) if code is None]
        raise DataError(
            f"cens({name}): '{name}' holds {few(unknown)}, which is no status of a response. {_HOW}"
        )
    return np.array(known, dtype=np.float64)[levels.codes]


def _of_numbers(name: str, values: Array, rows: Rows, censoring: Censoring) -> Array:
    """Return a status in brms's numbers, where no other package's can be meant."""
    if (bad := ~np.isin(values, tuple(_IN_WORDS))).any():
        survival = " (of Surv(type = 'interval') 3 is an interval)" if 3.0 in values[bad] else ""
        raise DataError(
            f"cens({name}): the status is {few(np.unique(values[bad]).tolist())} "
            f"{rows.where(bad)}{survival}; the numbers are those of brms, -1 left, 0 none, 1 "
            f"right, 2 interval. {_HOW}"
        )
    if np.isin(values, (OBSERVED, RIGHT)).all() and not _says_censored(censoring):
        raise DataError(
            f"cens({name}): 0 and 1 can be read in two ways, 1 is censored in brms and an event "
            f"in R's Surv(). Write cens(event = {name}) if 1 is an event, that is the response was "
            f"observed, or cens(censored = {name}) if 1 is censored."
        )
    return values


def _says_censored(censoring: Censoring) -> bool:
    """Return whether the name of the column itself says that its 1 is censored."""
    names = [name.value.casefold() for name in columns_of(censoring.status)]
    plain = isinstance(censoring.status, Name)
    return plain and names[0].startswith(("cens", "is_cens", "is.cens", "right_cens"))
