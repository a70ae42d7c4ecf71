"""The design of a data set that was simulated, and of which data there is none."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.bounded import bounded, unbounded
from bayesmm.family.within import BELOW_UPPER, BETWEEN, BEYOND_LOWER, CENSORING, EXACT, Forms
from bayesmm.model.bounds import no_replicates
from bayesmm.model.data_checks import check_response
from bayesmm.model.design import Design
from bayesmm.model.response_range import check_beside_atoms, outside_range

__all__ = ["check_replicates", "check_single_rows", "design_of_response", "simulated_design"]

type Array = NDArray[np.float64]


def check_single_rows(design: Design, what: str) -> None:
    """Raise when rows stand for several responses each.

    A response that counts w times in the likelihood is w equal ones; simulated ones would not be
    equal, and one of them in the place of w is other data than those of the model.

    Parameters
    ----------
    design : Design
        The model.
    what : str
        What there would have been, ``"bootstrap"``.
    """
    if design.weights is None or design.family.precision_weights or (design.weights == 1).all():
        return
    raise UnsupportedModelError(
        f"There is no {what} of rows with weights: each counts as often as its weight says, and "
        "simulated responses of several cases would differ. Give each case a row of its own, "
        "without weights."
    )


def check_replicates(design: Design, what: str) -> None:
    """Raise when data like these cannot be simulated; `what` there would have been."""
    if reason := no_replicates(design):
        raise UnsupportedModelError(f"There is no {what} of these data: {reason}.")
    check_single_rows(design, what)


def design_of_response(design: Design, y: Array) -> Design:
    """Return the design of simulated responses, as `Design.observed` has them.

    Raises
    ------
    DataError
        When nothing can be learnt from them: they do not vary, or a category was never counted.
    """
    found = design.with_observed(y)
    counts = found.category_counts
    if counts is None:
        check_response(found.y, found.trials, found.response)
    elif not counts.any(axis=0).all():
        never = found.categories[int(np.argmin(counts.any(axis=0)))]
        raise DataError(f"{never} of {found.response} is 0 in every row.")
    return found


def simulated_design(design: Design, y: Array) -> Design:
    """Return the design of simulated responses, censored at the bounds of the rows that were.

    A row with bounds is censored again where its response lies within them, and else seen; a row
    that was seen is seen whatever it comes to. That is a rule which the parameters have no part in,
    so that the posterior of what was simulated by it is that of the model.

    Parameters
    ----------
    design : Design
        The model and its rows.
    y : ndarray, shape (n,), of counts of K categories (n, K)
        A response for each.

    Raises
    ------
    DataError
        When a response is no number that the family has, such as a share that is rounded to 1, or
        none varies.
    """
    if not np.isfinite(y).all() or outside_range(design.family, y).any():
        raise DataError("The truth has responses that no number can be.")
    found = design_of_response(design, y)
    check_beside_atoms(design.family, y, design.response)
    if CENSORING[0] not in design.known:
        return found
    form, lower, upper = (design.known[name] for name in CENSORING)
    above, below = y > lower, y <= upper
    hidden = (
        ((form == BEYOND_LOWER) & above)
        | ((form == BELOW_UPPER) & below)
        | ((form == BETWEEN) & above & below)
    )
    forms = design.family.forms
    family = design.family
    if EXACT not in forms.censoring:
        every = Forms(tuple(sorted({EXACT, *forms.censoring})), forms.truncation)
        family = bounded(unbounded(family), every)
    return replace(
        design,
        family=family,
        y=np.where(hidden, design.y, y),
        known={**design.known, CENSORING[0]: np.where(hidden, form, EXACT)},
    )
