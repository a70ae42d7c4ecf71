"""Whether the values of a response are possible for its family."""

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.record import Family
from bayesmm.formula.response import Response
from bayesmm.model.columns import few
from bayesmm.model.variables import Rows

__all__ = ["check_beside_atoms", "check_range", "indistinct", "outside_range"]

# What each kind of response allows, in words, and how values outside it are found.
_RANGES = {
    "count": ("whole numbers from 0", lambda y: (y < 0) | (y != np.floor(y))),
    "positive": ("greater than 0", lambda y: y <= 0),
    "angle": ("between -pi and pi", lambda y: np.abs(y) > np.pi),
    "proportion": ("between 0 and 1 (both excluded)", lambda y: (y <= 0) | (y >= 1)),
}
# Ends of the range of a continuous response. Each number beside an end stands for all that are
# rounded to it, of which there may be many: near 1 numbers are 1e-16 apart.
_ENDS = {"positive": (0.0,), "proportion": (0.0, 1.0)}
_NUMBERS = 8  # so near an end no two digits of the distance to it are left
_REMEDIES = {
    "count": "For rates keep the count and add offset(log(exposure)).",
    "angle": "Write angles in radians, from -pi to pi: those of a clock as hour / 12 * pi - pi.",
    "positive": "For zeros beside positive values use the hurdle_gamma or hurdle_lognormal family, "
    "for values below 0 the gaussian family.",
    "proportion": "For successes out of trials use the binomial family with p(successes, trials), "
    "for proportions with 0 and 1 among them zero_one_inflated_beta.",
}


def outside_range(family: Family, y: Array) -> NDArray[np.bool_]:
    """Return which values no response of a family has, shape (n,)."""
    if family.response not in _RANGES:
        return np.zeros(y.shape, dtype=bool)
    return _RANGES[family.response][1](y) & ~np.isin(y, list(family.atoms))


def indistinct(family: Family, y: Array) -> NDArray[np.bool_]:
    """Return which values are within rounding of an end of the range, and not an atom, shape (n,).

    Their density is that of what they were rounded from to no digit: of simulated responses the
    likelihood is another than that of the model.
    """
    near = np.zeros(y.shape, dtype=bool)
    for end in _ENDS.get(family.response, ()):
        near |= np.abs(y - end) <= _NUMBERS * np.spacing(end)
    return near & ~np.isin(y, list(family.atoms))


def check_beside_atoms(family: Family, y: Array, label: str) -> None:
    """Raise when every response is a single value that stands beside the others of its family."""
    if len(family.atoms) and np.isin(y, list(family.atoms)).all():
        values = " and ".join(f"{value:g}" for value in family.atoms)
        raise DataError(
            f"The response {label} is {values} only: nothing tells how the other values of the "
            f"{family.name} family are distributed. For a response of two values take 'bernoulli'."
        )


def check_range(
    response: Response, family: Family, y: Array, rows: Rows, exact: NDArray[np.bool_]
) -> None:
    """Raise for values that the family does not allow; a bound may be at the end of its range.

    `exact` says where the value of `y` is that of the response, and no bound of it; both are of
    shape (n,).
    """
    if family.response not in _RANGES:
        return
    bad = outside_range(family, y) & (exact | (y < 0))
    if bad.any():
        allowed = _RANGES[family.response][0]
        others = "".join(f" or {value:g}" for value in family.atoms)
        raise DataError(
            f"The response {response.label} must be {allowed}{others} for the {family.name} "
            f"family; it is "
            f"{few(np.unique(y[bad]).tolist())} {rows.where(bad)}. "
            f"{_REMEDIES[family.response]}"
        )
