"""The Laplace approximation where several parameters of the response have linear predictors.

deviance = -2 log p(y | v) + v'v + log |M'WM + I| at the mode of v, where M = Z Lambda has the rows
of all predictors (`predictor_columns`) and W is the observed curvature of the rows, as glmmTMB
defines it. Its gradient is that of `laplace_gradient`, with matrices of P by P where that has
numbers: with

    a_ij = (M H^-1 M')_ij of one observation,  b_k = sum_ij a_ij dW_ij/deta_k,
    c = H^-1 M'b,  r = b - W M c - 2s

and s the score, the derivatives are Q'r in common effects and
r' dM v + s' dM c + 2 tr(H^-1 M'W dM) in Lambda. M has rows of those predictors alone that have
group effects; i and j are of these, k is of all.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.group_columns import GroupColumns
from bayesmm.likelihood.henderson import Factorisation
from bayesmm.likelihood.laplace_gradient import rows_of_inverse
from bayesmm.likelihood.predictor_columns import factorise_predictors
from bayesmm.likelihood.predictor_rows import PredictorRows, PredictorRowsFunction
from bayesmm.likelihood.scoring import fisher_scoring

__all__ = ["PredictorMode", "predictor_gradient", "predictor_mode"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Spherical effects v and the penalised deviance there."""

    v: Array
    eta: Array
    rows: PredictorRows
    objective: float


@dataclass(frozen=True, slots=True, eq=False)
class PredictorMode:
    """The mode of the spherical group effects at one point of the search.

    Attributes
    ----------
    v : ndarray
        The mode, as `bayesmm.likelihood.group_columns` orders effects.
    eta : ndarray, shape (P, n_obs)
        Linear predictors there.
    rows : PredictorRows
        The response there, derived in the predictors that have group effects.
    equations : Factorisation
        M'WM + I there.
    deviance : float
        Laplace approximation of -2 log likelihood.
    converged : bool
        Whether the iteration ended at a mode.
    """

    v: Array
    eta: Array
    rows: PredictorRows
    equations: Factorisation
    deviance: float
    converged: bool


def predictor_mode(
    columns: GroupColumns,
    evaluate: PredictorRowsFunction,
    fixed: Array,
    grouped: Sequence[int],
    start: Array | None = None,
) -> PredictorMode:
    """Find the mode of the group effects.

    Parameters
    ----------
    columns : GroupColumns
        Z Lambda of stacked blocks.
    evaluate : callable
        The likelihood of the rows as a function of the linear predictors, shape (P, n_obs).
    fixed : ndarray, shape (P, n_obs)
        X beta + offset of every predictor.
    grouped : sequence of int
        The predictors that have group effects: those of the rows of M.
    start : ndarray, optional
        Where to begin; at zero otherwise.

    Raises
    ------
    numpy.linalg.LinAlgError
        When the curvature is so negative where the search ends that it is no mode.
    """
    places = list(grouped)

    def at(v: Array) -> _Point:
        eta = fixed.copy()
        eta[places] += columns.predictor(v).reshape(len(places), -1)
        rows = evaluate(eta, places)
        return _Point(v, eta, rows, -2 * float(rows.log_likelihood.sum()) + float(v @ v))

    def direction(point: _Point) -> tuple[Array, float]:
        try:
            equations = factorise_predictors(columns, point.rows.curvature, safe=False)
        except np.linalg.LinAlgError:
            equations = factorise_predictors(columns, point.rows.curvature, safe=True)
        score = columns.transposed(point.rows.score.ravel()) - point.v
        step, _ = equations.solve(score)
        return step, float(step @ score)

    def moved(point: _Point, step: Array) -> _Point:
        return at(point.v + step)

    first = at(np.zeros(columns.n_effects) if start is None else start)
    point, converged = fisher_scoring(first, direction, moved)
    if converged:  # log |H| changes with the first power of what is left
        point = moved(point, direction(point)[0])
    equations = factorise_predictors(columns, point.rows.curvature, safe=False)
    deviance = point.objective + equations.log_det_effects
    return PredictorMode(point.v, point.eta, point.rows, equations, deviance, converged)


def predictor_gradient(
    mode: PredictorMode, rows: PredictorRows, grouped: Sequence[int]
) -> tuple[tuple[Array, ...], Array]:
    """Return the derivatives of the deviance at the mode.

    Parameters
    ----------
    mode : PredictorMode
        The mode.
    rows : PredictorRows
        The response there, derived in all predictors.
    grouped : sequence of int
        The predictors that have group effects.

    Returns
    -------
    factors : tuple of ndarray, each of shape (q, q)
        In every element of Lambda of each block.
    pull : ndarray, shape (P, n_obs)
        In the fixed part of every linear predictor.
    """
    places, columns = list(grouped), mode.equations.columns

    def by_predictor(stacked: Array) -> Array:
        return stacked.reshape(len(places), -1, *stacked.shape[1:])

    hat = [by_predictor(part) for part in rows_of_inverse(mode.equations)]
    own = [by_predictor(part) for part in columns.columns]
    met = sum(np.einsum("aiq,biq->abi", a, b) for a, b in zip(hat, own, strict=True))
    b = np.einsum("abi,abki->ki", met, rows.bend[np.ix_(places, places)])
    c, _ = mode.equations.solve(columns.transposed(b[places].ravel()))
    Mc = by_predictor(columns.predictor(c))
    pull = b - np.einsum("kai,ai->ki", rows.curvature[:, places], Mc) - 2 * rows.score
    pulled, score = pull[places].ravel()[:, None], rows.score[places].ravel()[:, None]
    factors = []
    arrangement = columns.arrangement
    for block, at, part in zip(arrangement.blocks, arrangement.positions, hat, strict=True):
        here = at[block.columns.codes]  # of the effects of each stacked row
        curved = np.einsum("abi,biq->aiq", mode.rows.curvature, part).reshape(here.shape)
        right = pulled * mode.v[here] + score * c[here] + 2 * curved
        factors.append(block.columns.Z.T @ right)
    return tuple(factors), pull
