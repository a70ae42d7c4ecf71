"""The Laplace approximation of the deviance of a generalised linear mixed model.

deviance(theta, beta) = -2 log p(y | v) + v'v + log |Lambda'Z'WZ Lambda + I|  at the mode of v, with
W the weights of the likelihood there: the Fisher weights for the families that lme4 fits, as lme4
defines it, and the observed curvature for other counts, as glmmTMB defines it. lme4 stops its
search for the mode early (a relative change of 1e-7) and takes W from one step before; this one
goes to the mode, and agrees with lme4 under ``glmerControl(tolPwrss = 1e-10)`` and with glmmTMB.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.group_columns import GroupColumns
from bayesmm.likelihood.henderson import Factorisation, factorise
from bayesmm.likelihood.rows import ResponseRows
from bayesmm.likelihood.scoring import fisher_scoring

__all__ = ["DerivedRows", "Mode", "conditional_mode", "penalised_mode"]

type Array = NDArray[np.float64]


class DerivedRows(Protocol):
    """The response at its linear predictors."""

    @property
    def log_likelihood(self) -> Array:
        """Log probability (density) of every row."""
        ...

    @property
    def score(self) -> Array:
        """Its derivatives, shape (n_obs,), or (k, n_obs) in k predictors."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class _Point[R: DerivedRows]:
    """Spherical effects v and the penalised deviance there."""

    v: Array
    eta: Array
    rows: R
    objective: float


@dataclass(frozen=True, slots=True, eq=False)
class Mode[R: DerivedRows]:
    """The mode of the spherical group effects at one (theta, beta).

    Attributes
    ----------
    v : ndarray
        The mode, as `bayesmm.likelihood.group_columns` orders effects.
    eta : ndarray, shape (n_obs,), or (P, n_obs) of P predictors
        Linear predictor at the mode.
    rows : ResponseRows, or PredictorRows
        The response there; its curvature is the W of the equations.
    equations : Factorisation
        Lambda'Z'WZ Lambda + I there.
    deviance : float
        Laplace approximation of -2 log likelihood.
    converged : bool
        Whether the iteration ended at a mode.
    """

    v: Array
    eta: Array
    rows: R
    equations: Factorisation
    deviance: float
    converged: bool


def penalised_mode[R: DerivedRows](
    columns: GroupColumns,
    predictor: Callable[[Array], Array],
    evaluate: Callable[[Array], R],
    equations_of: Callable[[R, bool], Factorisation],
    start: Array | None = None,
) -> Mode[R]:
    """Find the mode by penalised iteratively reweighted least squares.

    Parameters
    ----------
    columns : GroupColumns
        Z Lambda.
    predictor : callable
        The linear predictors as a function of v.
    evaluate : callable
        The likelihood of the response as a function of the linear predictors.
    equations_of : callable
        The equations at some rows; the second argument says whether negative curvature, where any
        ascent is a step, is taken as positive.
    start : ndarray, optional
        Where to begin; at zero otherwise.

    Raises
    ------
    numpy.linalg.LinAlgError
        When the weights are so negative where the search ends that it is no mode.
    """

    def at(v: Array) -> _Point[R]:
        eta = predictor(v)
        rows = evaluate(eta)
        return _Point(v, eta, rows, -2 * float(rows.log_likelihood.sum()) + float(v @ v))

    def direction(point: _Point[R]) -> tuple[Array, float]:
        try:
            equations = equations_of(point.rows, False)
        except np.linalg.LinAlgError:
            # observed weights may be negative away from the mode
            equations = equations_of(point.rows, True)
        score = columns.transposed(point.rows.score.ravel()) - point.v
        step, _ = equations.solve(score)
        return step, float(step @ score)

    def moved(point: _Point[R], step: Array) -> _Point[R]:
        return at(point.v + step)

    first = at(np.zeros(columns.n_effects) if start is None else start)
    point, converged = fisher_scoring(first, direction, moved)
    if converged:
        # scoring stops where the deviance no longer changes; log |H| changes with the first power
        # of what is left, and derivatives of it by differences would show that
        point = moved(point, direction(point)[0])
    equations = equations_of(point.rows, False)
    deviance = point.objective + equations.log_det_effects
    return Mode(point.v, point.eta, point.rows, equations, deviance, converged)


def conditional_mode(
    columns: GroupColumns,
    evaluate: Callable[[Array], ResponseRows],
    fixed: Array,
    start: Array | None = None,
) -> Mode[ResponseRows]:
    """Find the mode of a model with one linear predictor.

    Parameters
    ----------
    columns : GroupColumns
        Z Lambda.
    evaluate : callable
        The likelihood of the response as a function of eta.
    fixed : ndarray, shape (n_obs,)
        X beta + offset.
    start : ndarray, optional
        Where to begin; at zero otherwise.

    Raises
    ------
    numpy.linalg.LinAlgError
        When the weights are so negative where the search ends that it is no mode.
    """
    no_common_effects = np.empty((len(fixed), 0))

    def equations_of(rows: ResponseRows, positive: bool) -> Factorisation:
        weights = np.abs(rows.curvature) if positive else rows.curvature
        return factorise(columns, no_common_effects, weights)

    return penalised_mode(
        columns, lambda v: fixed + columns.predictor(v), evaluate, equations_of, start
    )
