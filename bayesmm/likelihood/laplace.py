"""The Laplace approximation of the deviance of a model with group effects, at their mode.

deviance(theta, beta) = -2 log p(y | v) + v'v + log |M'WM + I|  at the mode of v, where M = Z Lambda
has the rows of all predictors with group effects (`predictor_columns`) and W the weights of the
likelihood there: the Fisher weights for the families that lme4 fits, as lme4 defines it, and the
observed curvature for others, as glmmTMB defines it. lme4 stops its search for the mode early (a
relative change of 1e-7) and takes W from one step before; this one goes to the mode, and agrees
with lme4 under ``glmerControl(tolPwrss = 1e-10)`` and with glmmTMB.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.group_columns import GroupColumns
from bayesmm.likelihood.henderson import Factorisation
from bayesmm.likelihood.predictor_columns import factorise_predictors
from bayesmm.likelihood.rows import ResponseRows, RowsFunction
from bayesmm.likelihood.scoring import fisher_scoring

__all__ = ["Mode", "conditional_mode"]


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Spherical effects v and the penalised deviance there."""

    v: Array
    etas: tuple[Array | float, ...]
    rows: ResponseRows
    objective: float


@dataclass(frozen=True, slots=True, eq=False)
class Mode:
    """The mode of the spherical group effects at one (theta, beta)."""

    v: Array  # the mode, as `bayesmm.likelihood.group_columns` orders effects
    # linear predictors at the mode, each of shape (n_obs,) or one number
    etas: tuple[Array | float, ...]
    # likelihood of the response there, derived in the predictors with group effects
    rows: ResponseRows
    equations: Factorisation
    deviance: float  # Laplace approximation of -2 log likelihood
    converged: bool  # whether the iteration ended at a mode


def conditional_mode(
    columns: GroupColumns,
    evaluate: RowsFunction,
    fixed: Sequence[Array | float],
    grouped: Sequence[int],
    start: Array | None = None,
) -> Mode:
    """Find the mode by penalised iteratively reweighted least squares.

    `columns` are Z Lambda of stacked blocks, `evaluate` is the likelihood of the rows, `fixed` X
    beta + offset of every predictor, and `grouped` are the predictors that have group effects:
    those of the rows of M. The search begins at zero where there is no `start`. A
    `numpy.linalg.LinAlgError` says that the weights are so negative where it ends that it is no
    mode.
    """

    def at(v: Array) -> _Point:
        etas = list(fixed)
        for k, own in zip(grouped, columns.predictor(v).reshape(len(grouped), -1), strict=True):
            etas[k] = etas[k] + own
        rows = evaluate(etas, grouped, grouped)
        return _Point(v, tuple(etas), rows, -2 * float(rows.log_likelihood.sum()) + float(v @ v))

    def direction(point: _Point) -> tuple[Array, float]:
        try:
            equations = factorise_predictors(columns, point.rows.curvature, safe=False)
        except np.linalg.LinAlgError:
            # observed weights may be negative away from the mode
            equations = factorise_predictors(columns, point.rows.curvature, safe=True)
        score = columns.transposed(point.rows.score.ravel()) - point.v
        step, _ = equations.solve(score)
        return step, float(step @ score)

    def moved(point: _Point, step: Array) -> _Point:
        return at(point.v + step)

    first = at(np.zeros(columns.n_effects) if start is None else start)
    point, converged = fisher_scoring(first, direction, moved)
    if converged:
        # scoring stops where the deviance no longer changes; log |H| changes with the first power
        # of what is left, and derivatives of it by differences would show that
        point = moved(point, direction(point)[0])
    equations = factorise_predictors(columns, point.rows.curvature, safe=False)
    deviance = point.objective + equations.log_det_effects
    return Mode(point.v, point.etas, point.rows, equations, deviance, converged)
