"""Henderson's mixed-model equations: common effects, group effects and their uncertainty.

With u = Lambda v, v ~ N(0, I), weights W and working response r, they are

    [ Lambda'Z'WZ Lambda + I   Lambda'Z'WX ] [ v    ]   [ Lambda'Z'Wr ]
    [ X'WZ Lambda              X'WX        ] [ beta ] = [ X'Wr        ]

The effects of the leading factor do not meet each other, so their part is block-diagonal and is
eliminated level by level; what is left is dense, with one row per effect of the other factors
and per common effect. One factor therefore costs O(n q^2); crossed factors cost the cube of the
number of effects outside the leading one.

Large products go to SciPy's BLAS alone, small ones to loops: NumPy has a BLAS of its own, and two
whose threads wait for each other take three times as long.

References
----------
Henderson, C. R. (1975). Best linear unbiased estimation and prediction under a selection model.
Biometrics 31, 423. doi:10.2307/2529430

Bates, D. et al. (2015). Fitting linear mixed-effects models using lme4. Journal of Statistical
Software 67(1). doi:10.18637/jss.v067.i01
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg

from bayesmm.likelihood.group_columns import GroupColumns, sums

__all__ = ["Factorisation", "LinearSolution", "factorise", "solve_linear"]

type Array = NDArray[np.float64]


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
    root : ndarray, shape (m + p, m + p)
        Lower Cholesky factor of what is left after the elimination; effects first.
    """

    columns: GroupColumns
    inverses: Array
    cross: Array
    root: Array

    @property
    def _n_others(self) -> int:
        return self.columns.arrangement.n_others

    @property
    def log_det_effects(self) -> float:
        """The log determinant of Lambda'Z'WZ Lambda + I."""
        leading = np.log(np.diagonal(self.inverses, axis1=1, axis2=2)).sum()
        return 2 * float(-leading + np.log(np.diag(self.root)[: self._n_others]).sum())

    @property
    def log_det_common(self) -> float:
        """The log determinant of X' V^-1 X with V = W^-1 + Z Lambda Lambda' Z'."""
        return 2 * float(np.log(np.diag(self.root)[self._n_others :]).sum())

    @property
    def common_covariance(self) -> Array:
        """The inverse of X' V^-1 X, covariance matrix of beta over sigma^2, shape (p, p)."""
        root = self.root[self._n_others :, self._n_others :]
        inverse = linalg.solve_triangular(root, np.eye(len(root)), lower=True)
        return inverse.T @ inverse

    def solve(self, right: Array) -> tuple[Array, Array]:
        """Return v and beta for a right-hand side [Lambda'Z'Wr, X'Wr]."""
        n_levels, q, _ = self.inverses.shape
        leading = right[: n_levels * q].reshape(n_levels, q)
        half = np.einsum("jab,jb->ja", self.inverses, leading)
        flat = self.cross.reshape(n_levels * q, -1).T
        rest = right[n_levels * q :]
        if len(flat):
            rest = linalg.cho_solve(
                (self.root, True), rest - _times(flat, half.ravel()), check_finite=False
            )
            half = half - _times(flat, rest, transposed=True).reshape(half.shape)
        leading = np.einsum("jba,jb->ja", self.inverses, half)
        others, beta = np.split(rest, [self._n_others])
        return np.concatenate([leading.ravel(), others]), beta

    def inverse_parts(self) -> tuple[Array, Array, Array]:
        """Return the inverse of Lambda'Z'WZ Lambda + I as far as effects meet in a row.

        Between the effects of each level of the leading factor, shape (J, q, q); between these and
        all other effects, (J, q, m); and between the others, (m, m).
        """
        n_levels, q, _ = self.inverses.shape
        m = self._n_others
        leading = np.einsum("jca,jcb->jab", self.inverses, self.inverses)
        if not m:
            return leading, np.zeros((n_levels, q, 0)), np.zeros((0, 0))
        rest = linalg.cho_solve((self.root[:m, :m], True), np.eye(m), check_finite=False)
        # Leading effects: the variance given the other effects, and what these add to it.
        gain = np.einsum("jba,jbm->jam", self.inverses, self.cross[..., :m])
        between = linalg.blas.dsymm(1.0, rest, gain.reshape(n_levels * q, m).T)
        between = between.T.reshape(n_levels, q, m)
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

    Parameters
    ----------
    columns : GroupColumns
        Columns Z Lambda.
    X : ndarray, shape (n_obs, p)
        Columns of the common effects; p may be 0.
    weights : ndarray, shape (n_obs,)
        Diagonal of W, positive.

    Raises
    ------
    numpy.linalg.LinAlgError
        When the equations are numerically singular.
    """
    dense, WX = columns.dense, weights[:, None] * X
    q, m = dense.shape[1], columns.arrangement.n_others
    n_levels = columns.arrangement.n_leading // q
    diagonal = np.empty((n_levels, q, q))
    cross = np.empty((n_levels, q, m + X.shape[1]))
    for a, column in enumerate((weights[:, None] * dense).T):
        diagonal[:, a] = sums(columns.codes, column[:, None] * dense, n_levels)
        cross[:, a, m:] = sums(columns.codes, dense[:, a, None] * WX, n_levels)
        for at, table in _meetings(columns, columns.arrangement.leading[0], column):
            cross[:, a, at] = table
    inverses = np.linalg.inv(np.linalg.cholesky(diagonal + np.eye(q)))
    cross = np.einsum("jab,jbm->jam", inverses, cross)
    root = _outside(columns, X, weights)
    if len(root):
        flat = cross.reshape(n_levels * q, -1).T
        left = linalg.blas.dsyrk(-1.0, flat, beta=1.0, c=root, lower=True)
        root = linalg.cholesky(left, lower=True, check_finite=False)
    return Factorisation(columns, inverses, cross, root)


def _outside(columns: GroupColumns, X: Array, weights: Array) -> Array:
    """Return the equations of the effects outside the leading factor and of the common ones."""
    arrangement, WX = columns.arrangement, weights[:, None] * X
    m = arrangement.n_others
    left = np.zeros((m + X.shape[1], m + X.shape[1]))
    left[m:, m:] = X.T @ WX
    for k in arrangement.others:
        block = arrangement.blocks[k]
        for j, own in enumerate(columns.columns[k].T):
            here = arrangement.positions[k][:, j] - arrangement.n_leading
            left[here, m:] = sums(block.columns.codes, own[:, None] * WX, block.n_groups)
            for at, table in _meetings(columns, k, weights * own):
                left[here[:, None], at] = table
    left[m:, :m] = left[:m, m:].T
    left[np.arange(m), np.arange(m)] += 1
    return left


def _meetings(
    columns: GroupColumns, k: int, own: Array
) -> Iterator[tuple[NDArray[np.int64], Array]]:
    """Yield the products of a column of block k with each column outside the leading factor.

    Each comes as the places of its effects, and a table of the levels of both.
    """
    arrangement = columns.arrangement
    n_levels = arrangement.blocks[k].n_groups
    for other in arrangement.others:
        size = arrangement.blocks[other].n_groups
        places = arrangement.positions[other] - arrangement.n_leading
        for at, column in zip(places.T, columns.columns[other].T, strict=True):
            met = np.bincount(arrangement.meetings[k, other], own * column, n_levels * size)
            yield at, met.reshape(n_levels, size)


@dataclass(frozen=True, slots=True, eq=False)
class LinearSolution:
    """The equations of a linear model at one Lambda, solved for its response.

    Attributes
    ----------
    equations : Factorisation
        The equations.
    v, beta : ndarray
        Spherical group effects and common effects.
    penalised : float
        The least value of sum_i w_i (y_i - X_i beta - Z_i Lambda v)^2 + v'v.
    """

    equations: Factorisation
    v: Array
    beta: Array
    penalised: float


def solve_linear(
    columns: GroupColumns, X: Array, weights: Array, response: Array
) -> LinearSolution:
    """Return the solution of penalised least squares; arguments as in `factorise`."""
    equations = factorise(columns, X, weights)
    weighted = weights * response
    v, beta = equations.solve(np.concatenate([columns.transposed(weighted), X.T @ weighted]))
    residual = response - columns.predictor(v) - X @ beta
    return LinearSolution(equations, v, beta, float(weights @ residual**2 + v @ v))


def _times(matrix: Array, vector: Array, *, transposed: bool = False) -> Array:
    """Return the product of a matrix in columns, or of its transpose, and a vector."""
    return linalg.blas.dgemv(1.0, matrix, vector, trans=transposed)
