"""The gradient of the Laplace approximation, by the implicit function theorem.

deviance = 2 h + log |H|  with  h = -log p(y | v) + v'v / 2  at its minimum in v and  H = M'WM + I,
where M = Z Lambda. A parameter changes it directly, and through v: dv = -O^-1 d(dh/dv) with the
observed curvature V in O = M'VM + I, which is H unless W is Fisher's and the link not canonical.
With

    a = diag(M H^-1 M'),  b = a dW/deta,  c = O^-1 M'b,  r = b - V M c

and s the score in eta, the derivatives are

    common effects  Q'(r - 2s)
    Lambda          (r - 2s)' dM v + s' dM c + 2 tr(H^-1 M'W dM)
    auxiliary       a'dW + (M c)'ds - 2 sum(dlog p)

References
----------
Kristensen, K. et al. (2016). TMB: automatic differentiation and Laplace approximation. Journal of
Statistical Software 70(5). doi:10.18637/jss.v070.i05
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.group_columns import GroupColumns
from bayesmm.likelihood.henderson import Factorisation, factorise
from bayesmm.likelihood.rows import AuxiliarySlopes, ResponseRows

__all__ = ["LaplaceGradient", "laplace_gradient", "rows_of_inverse"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class LaplaceGradient:
    """Derivatives of the Laplace deviance.

    Attributes
    ----------
    factors : tuple of ndarray, each of shape (q, q)
        In every element of Lambda of each block.
    common : ndarray, shape (p,)
        In the coefficients of the common columns.
    auxiliary : ndarray
        In the auxiliary parameters on the real line.
    """

    factors: tuple[Array, ...]
    common: Array
    auxiliary: Array


def laplace_gradient(
    equations: Factorisation,
    Q: Array,
    v: Array,
    rows: ResponseRows,
    slopes: tuple[AuxiliarySlopes, ...],
) -> LaplaceGradient:
    """Return the gradient at the mode.

    Parameters
    ----------
    equations : Factorisation
        H at the mode.
    Q : ndarray, shape (n_obs, p)
        Columns of the common effects.
    v : ndarray
        The mode.
    rows, slopes : ResponseRows, tuple of AuxiliarySlopes
        The likelihood at the mode, and its derivatives in the auxiliary parameters.
    """
    columns = equations.columns
    hat = rows_of_inverse(equations)
    a = sum(
        np.sum(block * (own.columns.Z @ factor), axis=1)
        for block, own, factor in zip(hat, columns.arrangement.blocks, columns.factors, strict=True)
    )
    b = a * rows.curvature_derivative
    if rows.observed is None:
        observed, at_mode = rows.curvature, equations
    else:
        observed = rows.observed
        at_mode = factorise(columns, np.empty((len(b), 0)), observed)
    c, _ = at_mode.solve(columns.transposed(b))
    Mc = columns.predictor(c)
    pull = b - observed * Mc - 2 * rows.score
    factors = []
    for own, at, block in zip(
        columns.arrangement.blocks, columns.arrangement.positions, hat, strict=True
    ):
        here = at[own.columns.codes]  # of the effects of each row
        right = pull[:, None] * v[here] + rows.score[:, None] * c[here]
        factors.append(own.columns.Z.T @ (right + 2 * rows.curvature[:, None] * block))
    auxiliary = [
        a @ slope.curvature + Mc @ slope.score - 2 * slope.log_likelihood.sum() for slope in slopes
    ]
    return LaplaceGradient(tuple(factors), Q.T @ pull, np.array(auxiliary))


def rows_of_inverse(equations: Factorisation) -> list[Array]:
    """Return the entries of M H^-1 at the effects of each row, per block of shape (n_obs, q)."""
    columns: GroupColumns = equations.columns
    arrangement = columns.arrangement
    leading, between, rest = equations.inverse_parts()
    codes, dense = columns.codes, columns.dense
    none = np.empty((len(codes), 0))
    blocks, others = arrangement.blocks, arrangement.others
    places = [
        arrangement.positions[k][blocks[k].columns.codes] - arrangement.n_leading for k in others
    ]
    where = np.hstack([none.astype(np.int64), *places])
    values = np.hstack([none, *(blocks[k].columns.Z @ columns.factors[k] for k in others)])
    met = between[codes[:, None], :, where]  # (n_obs, width, q)
    of_leading = np.einsum("ia,iab->ib", dense, leading[codes])
    of_leading += np.einsum("iw,iwb->ib", values, met)
    of_others = np.einsum("ia,iwa->iw", dense, met)
    of_others += np.einsum("iw,iwx->ix", values, rest[where[:, :, None], where[:, None, :]])
    result: list[Array] = [none] * len(blocks)
    for members, part in ((arrangement.leading, of_leading), (others, of_others)):
        start = 0
        for k in members:
            q = blocks[k].n_effects
            result[k] = part[:, start : start + q]
            start += q
    return result
