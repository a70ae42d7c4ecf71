"""Times of decisions: the time, with a minus sign where the lower boundary was reached."""

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.record import Family
from bayesmm.formula.response import Response
from bayesmm.formula.syntax import show
from bayesmm.model.columns import few
from bayesmm.model.transforms import States
from bayesmm.model.two_values import two_values
from bayesmm.model.variables import Rows
from bayesmm.wording import option

__all__ = ["signed_times"]


def signed_times(
    response: Response,
    family: Family,
    y: Array,
    rows: Rows,
    states: States,
    levels: tuple[str, ...] | None,
    success: object,
) -> tuple[Array, tuple[str, ...], tuple[str, ...]]:
    """Return times with the sign of their decisions, the labels of these, and notes.

    Without ``dec()`` the values `y` of the response have the signs already. `levels` and `success`
    are as in `model.response.read_response`. Times are above 0.
    """
    value = show(response.value)
    if not family.decisions:
        raise DataError(
            f"{response.label} gives the decision of each time, which the {family.name} family "
            f"does not have; use {option('family', 'wiener')}, or leave dec() out."
        )
    if response.decision is None:
        if (bad := y == 0).any():
            raise DataError(f"The time {value} is 0 {rows.where(bad)}; leave such rows out.")
        if levels is None and (np.all(y > 0) or np.all(y < 0)):
            raise DataError(
                f"The {family.name} family is of times and decisions, and all values of {value} "
                f"have one sign. Write {value} | dec(choice) ~ ..., choice the column of the "
                "decisions, or give the times of one of the two decisions a minus sign."
            )
        return y, (), ()
    if (bad := y <= 0).any():
        raise DataError(
            f"The time {value} must be above 0; it is {few(np.unique(y[bad]).tolist())} "
            f"{rows.where(bad)}."
        )
    decision = show(response.decision)
    chosen, labels, notes = two_values(
        response.decision, decision, family, rows, states, levels, success, "decision"
    )
    lower, upper = labels or ("0", "1")
    note = (
        f"The response is the time {value}, with a minus sign where '{decision}' is '{lower}', the "
        f"lower boundary; '{upper}' is the upper one."
    )
    return np.where(chosen > 0, y, -y), labels, (*notes, note)
