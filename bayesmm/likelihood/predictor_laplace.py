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

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.group_columns import GroupColumns
from bayesmm.likelihood.laplace import Mode, penalised_mode
from bayesmm.likelihood.laplace_gradient import rows_of_inverse
from bayesmm.likelihood.predictor_columns import factorise_predictors
from bayesmm.likelihood.predictor_rows import PredictorRows, PredictorRowsFunction

__all__ = ["predictor_gradient", "predictor_mode"]

type Array = NDArray[np.float64]


def predictor_mode(
    columns: GroupColumns,
    evaluate: PredictorRowsFunction,
    fixed: Array,
    grouped: Sequence[int],
    start: Array | None = None,
) -> Mode[PredictorRows]:
    """Find the mode of the group effects; its rows are derived in the grouped predictors.

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

    def predictor(v: Array) -> Array:
        eta = fixed.copy()
        eta[places] += columns.predictor(v).reshape(len(places), -1)
        return eta

    return penalised_mode(
        columns,
        predictor,
        lambda eta: evaluate(eta, places),
        lambda rows, positive: factorise_predictors(columns, rows.curvature, safe=positive),
        start,
    )


def predictor_gradient(
    mode: Mode[PredictorRows], rows: PredictorRows, grouped: Sequence[int]
) -> tuple[tuple[Array, ...], Array]:
    """Return the derivatives of the deviance at the mode.

    Parameters
    ----------
    mode : Mode
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
