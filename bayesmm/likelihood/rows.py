"""The likelihood of every row at its linear predictors: what a search needs of it.

A further parameter of the response that is one number is a predictor of one number, on its link.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array

__all__ = ["ResponseRows", "RowsFunction", "with_numbers"]

# Linear predictors, each of shape (n_obs,) or one number; those of which the derivatives are
# wanted, none of them a number; and those of them of which the curvature is.
type RowsFunction = Callable[
    [Sequence[Array | float], Sequence[int], Sequence[int]], "ResponseRows"
]

# Central differences in a number of unit order, with error of its square.
_STEP = 1e-4


@dataclass(frozen=True, slots=True, eq=False)
class ResponseRows:
    """Every row, with derivatives in k linear predictors, of which g have group effects."""

    # (n_obs,): log probability (density) of the response; -inf where it is impossible
    log_likelihood: Array
    score: Array  # (k, n_obs): its derivatives
    # (g, k, n_obs): minus its second derivatives: expected (Fisher's) for the families that lme4
    # fits, and positive there; observed for others, where they may be negative
    curvature: Array
    bend: Array  # (g, g, k, n_obs): the derivatives of `curvature`
    # (g, k, n_obs): the observed curvature where it differs from `curvature`: links that are not
    # canonical
    observed: Array | None = None


def with_numbers(
    here: ResponseRows,
    rows: RowsFunction,
    etas: Sequence[Array | float],
    numbers: Sequence[int],
    grouped: Sequence[int],
) -> ResponseRows:
    """Return the rows with their derivatives in all predictors, those in numbers by differences.

    These take two passes through the rows for each, and no derivatives of functions that have none
    in closed form.

    `here` is derived in the predictors that are not one number; `rows` gives the rows at linear
    predictors such as `etas`; `numbers` are the predictors that are one number, `grouped` those
    that have group effects.
    """
    if not numbers:
        return here
    P, g, n = len(etas), len(grouped), len(here.log_likelihood)
    score, curvature, bend = np.empty((P, n)), np.empty((g, P, n)), np.empty((g, g, P, n))
    others = [k for k in range(P) if k not in numbers]
    for place, k in enumerate(others):
        score[k] = here.score[place]
        curvature[:, k], bend[:, :, k] = here.curvature[:, place], here.bend[:, :, place]
    for k in numbers:
        ahead, behind = (
            rows([*etas[:k], etas[k] + step, *etas[k + 1 :]], grouped, grouped)
            for step in (_STEP, -_STEP)
        )
        score[k] = (ahead.log_likelihood - behind.log_likelihood) / (2 * _STEP)
        curvature[:, k] = (behind.score - ahead.score) / (2 * _STEP)
        bend[:, :, k] = (ahead.curvature - behind.curvature) / (2 * _STEP)
    return ResponseRows(here.log_likelihood, score, curvature, bend)
