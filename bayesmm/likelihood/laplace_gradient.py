"""The gradient of the Laplace approximation, by the implicit function theorem.

deviance = 2 h + log |H|  with  h = -log p(y | v) + v'v / 2  at its minimum in v and  H = M'WM + I,
where M = Z Lambda. A parameter changes it directly, and through v: dv = -O^-1 d(dh/dv) with the
observed curvature V in O = M'VM + I, which is H unless W is Fisher's and the link not canonical.
W has P by P entries for each observation, of the P predictors that have group effects; with

    a_ij = (M H^-1 M')_ij of one observation,  b_k = sum_ij a_ij dW_ij/deta_k,
    c = O^-1 M'b,  r = b - V M c - 2s

and s the score, where i and j are of those predictors and k is of all, the derivatives are

    fixed part of predictor k   r_k, thus Q_k'r_k in common effects Q_k gamma_k
    Lambda                      r' dM v + s' dM c + 2 tr(H^-1 M'W dM)

References
----------
Kristensen, K. et al. (2016). TMB: automatic differentiation and Laplace approximation. Journal of
Statistical Software 70(5). doi:10.18637/jss.v070.i05
"""

from collections.abc import Sequence

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.group_columns import GroupColumns
from bayesmm.likelihood.henderson import Factorisation
from bayesmm.likelihood.laplace import Mode
from bayesmm.likelihood.predictor_columns import factorise_predictors
from bayesmm.likelihood.rows import ResponseRows

__all__ = ["laplace_gradient"]


def laplace_gradient(
    mode: Mode, rows: ResponseRows, grouped: Sequence[int]
) -> tuple[tuple[Array, ...], Array]:
    """Return the derivatives of the deviance at the mode.

    First in every element of Lambda of each block, shape (q, q), then in the fixed part of every
    linear predictor, shape (k, n_obs). `rows` is the response at the mode, derived in all
    predictors, and `grouped` are the predictors that have group effects.
    """
    places, columns = list(grouped), mode.equations.columns

    def by_predictor(stacked: Array) -> Array:
        return stacked.reshape(len(places), -1, *stacked.shape[1:])

    hat = [by_predictor(part) for part in _rows_of_inverse(mode.equations)]
    own = [by_predictor(part) for part in columns.columns]
    met = sum(np.einsum("aiq,biq->abi", a, b) for a, b in zip(hat, own, strict=True))
    b = np.einsum("abi,abki->ki", met, rows.bend)
    if rows.observed is None:
        observed, at_mode = rows.curvature, mode.equations
    else:
        observed = rows.observed
        at_mode = factorise_predictors(columns, observed, safe=False)
    c, _ = at_mode.solve(columns.transposed(b[places].ravel()))
    pull = b - np.einsum("aki,ai->ki", observed, by_predictor(columns.predictor(c)))
    pull -= 2 * rows.score
    pulled, score = pull[places].ravel()[:, None], rows.score[places].ravel()[:, None]
    factors = []
    arrangement = columns.arrangement
    for block, at, part in zip(arrangement.blocks, arrangement.positions, hat, strict=True):
        here = at[block.columns.codes]  # of the effects of each stacked row
        curved = np.einsum("abi,biq->aiq", mode.rows.curvature, part).reshape(here.shape)
        right = pulled * mode.v[here] + score * c[here] + 2 * curved
        factors.append(block.columns.Z.T @ right)
    return tuple(factors), pull


def _rows_of_inverse(equations: Factorisation) -> list[Array]:
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
