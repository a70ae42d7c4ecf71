"""The design of a data set that was simulated, and of which data there is none."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.arrays import Array
from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.bounded import bounded, unbounded
from bayesmm.family.record import Family
from bayesmm.family.response_rows import Known
from bayesmm.family.within import CENSORING, EXACT, TRUNCATION, Forms
from bayesmm.model.bound_columns import bound_columns, bounds_of, range_of, without_idle_ends
from bayesmm.model.bounds import forms_of
from bayesmm.model.data_checks import check_response
from bayesmm.model.design import Design
from bayesmm.model.response_range import check_beside_atoms, indistinct, outside_range
from bayesmm.studies.simulated_censoring import CensoringRule

__all__ = ["check_single_rows", "simulated_design"]


def check_single_rows(design: Design, what: str) -> None:
    """Raise when rows stand for several responses each.

    A response that counts w times in the likelihood is w equal ones; simulated ones would not be
    equal, and one of them in the place of w is other data than those of the model.

    `what` is what there would have been, ``"bootstrap"``.
    """
    if design.weights is None or design.family.precision_weights or (design.weights == 1).all():
        return
    raise UnsupportedModelError(
        f"There is no {what} of rows with weights: each counts as often as its weight says, and "
        "simulated responses of several cases would differ. Give each case a row of its own, "
        "without weights."
    )


def _of_response(design: Design, y: Array) -> Design:
    """Return the design of simulated responses; raise when nothing can be learnt from them."""
    found = design.with_observed(y)
    counts = found.category_counts
    if counts is None:
        check_response(found.y, found.trials, found.response)
    elif not counts.any(axis=0).all():
        never = found.categories[int(np.argmin(counts.any(axis=0)))]
        raise DataError(f"{never} of {found.response} is 0 in every row.")
    return found


def simulated_design(design: Design, y: Array, rule: CensoringRule | None = None) -> Design:
    """Return the design of simulated responses, censored by a rule, or at the bounds of the rows.

    Without a rule a row with bounds is censored again where its response lies within them, and
    else seen; a row that was seen is seen whatever it comes to. That too is a rule which the
    parameters have no part in, so that the posterior of what was simulated by it is that of the
    model; but the responses that it leaves are not those of the data, as a bootstrap needs them.

    `y` has a response for each row, shape (n,), or (n, K) of counts of K categories. A `DataError`
    says when a response is no number that the family has, such as a share that is rounded to 1,
    none varies, or all are censored on one side.
    """
    family = design.family
    _check_numbers(family, y)
    found = _of_response(design, y)
    check_beside_atoms(family, y, design.response)
    if CENSORING[0] not in design.known:
        return found
    seen, lower, upper = _of_rows(design, y) if rule is None else rule.bounds(y)
    family = unbounded(design.family)
    trials = design.trials
    # what could not be seen cannot be the case either
    least, most = bounds_of(design.known, TRUNCATION, design.n_obs)
    lower, upper = np.maximum(lower, least), np.minimum(upper, most)
    if family.discrete:
        lower, upper = np.floor(lower), np.floor(upper)
    lower, upper = without_idle_ends(lower, upper, family, trials)
    hidden = ~seen & ~(np.isinf(lower) & np.isinf(upper))
    if hidden.all() and (np.isinf(lower).all() or np.isinf(upper).all()):
        raise DataError("Every simulated response is censored on the same side.")
    placed = np.where(np.isfinite(lower), lower, upper)
    y = np.where(hidden, placed, y)
    columns = bound_columns(CENSORING, ~hidden, lower, upper, y, range_of(family, trials)[1])
    known = {**design.known, **columns}
    return replace(design, family=bounded(family, _every_form(design, known)), y=y, known=known)


def _check_numbers(family: Family, y: Array) -> None:
    """Raise for responses that the family does not have, or that rounding has made others of."""
    if indistinct(family, y).any():
        raise DataError(
            "The truth has responses within rounding of an end of their range, of which the "
            "likelihood knows no digit. Take priors that leave less room."
        )
    if not np.isfinite(y).all() or outside_range(family, y).any():
        raise DataError(
            f"The truth has responses beyond what numbers can be, which the {family.name} family "
            "does not have. Take priors that leave less room."
        )


def _every_form(design: Design, known: Known) -> Forms:
    """Return the forms of the data and of simulated ones, so that one density is that of all."""
    own, found = design.family.forms, forms_of(known)
    return Forms(
        tuple(sorted({*own.censoring, *found.censoring})),
        tuple(sorted({*own.truncation, *found.truncation})),
    )


def _of_rows(design: Design, y: Array) -> tuple[NDArray[np.bool_], Array, Array]:
    """Return which rows are seen if those with bounds have them again, and these bounds."""
    lower, upper = bounds_of(design.known, CENSORING, design.n_obs)
    hidden = (design.known[CENSORING[0]] != EXACT) & (y > lower) & (y <= upper)
    return ~hidden, lower, upper
