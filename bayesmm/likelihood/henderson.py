"""Henderson's mixed-model equations: common effects, group effects and their uncertainty.

With u = Lambda v, v ~ N(0, I), weights W and working response r, they are

    [ Lambda'Z'WZ Lambda + I   Lambda'Z'WX ] [ v    ]   [ Lambda'Z'Wr ]
    [ X'WZ Lambda              X'WX        ] [ beta ] = [ X'Wr        ]

The effects of the leading factor do not meet each other, so their part is block-diagonal and is
eliminated level by level; what is left is dense, with one row per effect of the other factors
and per common effect. One factor therefore costs O(n q^2); crossed factors cost the cube of the
number of effects outside the leading one.

References
----------
Henderson, C. R. (1975). Best linear unbiased estimation and prediction under a selection model.
Biometrics 31, 423. doi:10.2307/2529430

Bates, D. et al. (2015). Fitting linear mixed-effects models using lme4. Journal of Statistical
Software 67(1). doi:10.18637/jss.v067.i01
"""

from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.cross_products import CrossProducts, cross_products
from bayesmm.likelihood.group_columns import GroupColumns

__all__ = ["Factorisation", "factorise", "factorise_products"]

_SMALL = 64  # rows of a triangle that is inverted at once


@dataclass(frozen=True, slots=True, eq=False)
class Factorisation:
    """The equations at one Lambda and W, factorised by elimination.

    Attributes
    ----------
    columns : GroupColumns
        Columns Z Lambda.
    inverses : ndarray, shape (J, q, q)
        Inverses of the lower Cholesky factors of the diagonal blocks of the leading factor.
    cross : ndarray, shape (J, q, m + p)
        Cross-products of the leading columns with all others, premultiplied by `inverses`.
    others : ndarray, shape (m + p, m + p)
        Inverse of the lower Cholesky factor of what is left after the elimination; effects first.
    """

    columns: GroupColumns
    inverses: Array
    cross: Array
    others: Array

    @property
    def _n_others(self) -> int:
        return self.columns.arrangement.n_others

    @property
    def log_det_effects(self) -> float:
        """The log determinant of Lambda'Z'WZ Lambda + I."""
        leading = np.log(np.diagonal(self.inverses, axis1=1, axis2=2)).sum()
        return -2 * float(leading + np.log(np.diag(self.others)[: self._n_others]).sum())

    @property
    def log_det_common(self) -> float:
        """The log determinant of X' V^-1 X with V = W^-1 + Z Lambda Lambda' Z'."""
        return -2 * float(np.log(np.diag(self.others)[self._n_others :]).sum())

    @property
    def common_covariance(self) -> Array:
        """The inverse of X' V^-1 X, covariance matrix of beta over sigma^2, shape (p, p)."""
        own = self.others[self._n_others :, self._n_others :]
        return own.T @ own

    def solve(self, right: Array) -> tuple[Array, Array]:
        """Return v and beta for a right-hand side [Lambda'Z'Wr, X'Wr]."""
        n_levels, q, _ = self.inverses.shape
        leading = right[: n_levels * q].reshape(n_levels, q)
        half = np.einsum("jab,jb->ja", self.inverses, leading)
        flat = self.cross.reshape(n_levels * q, -1).T
        rest = right[n_levels * q :]
        if len(flat):
            rest = self.others.T @ (self.others @ (rest - flat @ half.ravel()))
            half = half - (flat.T @ rest).reshape(half.shape)
        leading = np.einsum("jba,jb->ja", self.inverses, half)
        others, beta = np.split(rest, [self._n_others])
        return np.concatenate([leading.ravel(), others]), beta

    def inverse_parts(self, *, common: bool = False) -> tuple[Array, Array, Array]:
        """Return the inverse of Lambda'Z'WZ Lambda + I as far as effects meet in a row.

        Between the effects of each level of the leading factor, shape (J, q, q); between these and
        all other effects, (J, q, m); and between the others, (m, m). With `common` that of all
        equations, in which the common effects are the last of the others.
        """
        n_levels, q, _ = self.inverses.shape
        m = len(self.others) if common else self._n_others
        leading = np.einsum("jca,jcb->jab", self.inverses, self.inverses)
        if not m:
            return leading, np.zeros((n_levels, q, 0)), np.zeros((0, 0))
        own = self.others[:m, :m]
        rest = own.T @ own
        # Leading effects: the variance given the other effects, and what these add to it.
        gain = np.einsum("jba,jbm->jam", self.inverses, self.cross[..., :m])
        between = (gain.reshape(n_levels * q, m) @ rest).reshape(n_levels, q, m)
        leading += np.einsum("jam,jbm->jab", between, gain)
        return leading, -between, rest

    def effect_variances(self) -> tuple[Array, ...]:
        """Return the variances of u given beta over sigma^2, per block, each of shape (J, q)."""
        covariance, _, rest = self.inverse_parts()
        arrangement = self.columns.arrangement
        result = []
        for k, (at, factor) in enumerate(
            zip(arrangement.positions, self.columns.factors, strict=True)
        ):
            if k in arrangement.leading:
                part = covariance[:, at[0][:, None], at[0]]
            else:
                inside = at - arrangement.n_leading
                part = rest[inside[:, :, None], inside[:, None, :]]
            result.append(np.einsum("ab,jbc,ac->ja", factor, part, factor, optimize=True))
        return tuple(result)


def factorise(columns: GroupColumns, X: Array, weights: Array) -> Factorisation:
    """Return the factorised equations.

    Of the columns Z Lambda, of X, shape (n_obs, p) where p may be 0, and of the diagonal of W,
    positive. A `numpy.linalg.LinAlgError` says that the equations are numerically singular.
    """
    return factorise_products(cross_products(columns, X, weights))


def factorise_products(products: CrossProducts) -> Factorisation:
    """Return the factorised equations of the columns of these cross-products."""
    columns, left = products.columns, products.others.copy()
    n_levels, q, _ = products.leading.shape
    inverses = np.linalg.inv(np.linalg.cholesky(products.leading + np.eye(q)))
    cross = np.einsum("jab,jbm->jam", inverses, products.cross)
    effects = np.arange(columns.arrangement.n_others)
    left[effects, effects] += 1
    flat = cross.reshape(n_levels * q, -1)
    root = np.linalg.cholesky(left - flat.T @ flat)
    return Factorisation(columns, inverses, cross, _inverse(root))


def _inverse(lower: Array) -> Array:
    """Return the inverse of a lower triangle, by products of its quarters where it is large.

    LU of an upper triangle is that triangle: no row moves, and no digit is lost by it.
    """
    m, half = len(lower), len(lower) // 2
    if m <= _SMALL:
        return np.linalg.inv(lower.T).T
    first, last = _inverse(lower[:half, :half]), _inverse(lower[half:, half:])
    below = -last @ (lower[half:, :half] @ first)
    return np.block([[first, np.zeros((half, m - half))], [below, last]])
