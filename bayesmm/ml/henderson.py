"""Henderson's mixed-model equations: common effects, group effects and their uncertainty.

With u = Lambda v, v ~ N(0, I), weights W and working response r, they are

    [ Lambda'Z'WZ Lambda + I   Lambda'Z'WX ] [ v    ]   [ Lambda'Z'Wr ]
    [ X'WZ Lambda              X'WX        ] [ beta ] = [ X'Wr        ]

The effects of the leading factor (the one with most effects) do not meet each other, so their
part is block-diagonal and is eliminated level by level; what is left is dense, with one row per
effect of the other factors and per common effect. One factor therefore costs O(n q^2); crossed
factors cost the cube of the number of effects outside the leading one.

References
----------
Henderson, C. R. (1975). Best linear unbiased estimation and prediction under a selection model.
Biometrics 31, 423. doi:10.2307/2529430

Bates, D. et al. (2015). Fitting linear mixed-effects models using lme4. Journal of Statistical
Software 67(1). doi:10.18637/jss.v067.i01
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, sparse

from bayesmm.model.design import Block

__all__ = ["Equations", "Factorisation", "arrange", "factorise"]

type Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Equations:
    """The columns of a model, arranged for elimination of the leading factor.

    Attributes
    ----------
    blocks : tuple of Block
        Blocks of group effects, in the order of the design.
    leading : tuple of int
        Indices of the blocks of the leading factor; their effects are eliminated first.
    others : tuple of int
        Indices of the remaining blocks.
    X : ndarray, shape (n_obs, p)
        Columns of the common effects; p may be 0.
    """

    blocks: tuple[Block, ...]
    leading: tuple[int, ...]
    others: tuple[int, ...]
    X: Array


def arrange(blocks: Sequence[Block], X: Array) -> Equations:
    """Return the equations of these blocks; the factor with most effects leads."""
    factors: dict[tuple[str, int], list[int]] = {}
    for k, block in enumerate(blocks):
        factors.setdefault((block.factor, block.n_groups), []).append(k)
    leading = max(factors.values(), key=lambda members: sum(blocks[k].Z.shape[1] * blocks[k].n_groups for k in members))
    others = [k for k in range(len(blocks)) if k not in leading]
    return Equations(tuple(blocks), tuple(leading), tuple(others), X)


@dataclass(frozen=True, slots=True, eq=False)
class Factorisation:
    """The equations at one Lambda and W, factorised by elimination.

    Attributes
    ----------
    equations : Equations
        What was factorised.
    factors : tuple of ndarray, each of shape (q, q)
        Lambda of one level of each block, lower triangular.
    Z_leading, Z_others : sparse array, shapes (n_obs, J q) and (n_obs, m)
        Columns Z Lambda of the leading factor and of the others.
    chol_leading : ndarray, shape (J, q, q)
        Cholesky factors of the diagonal blocks of Lambda'Z'WZ Lambda + I.
    cross : ndarray, shape (J, q, m + p)
        Cross-products of the leading columns with all others, premultiplied by the inverse of
        `chol_leading`.
    root : ndarray, shape (m + p, m + p)
        Lower Cholesky factor of what is left after the elimination.
    """

    equations: Equations
    factors: tuple[Array, ...]
    Z_leading: sparse.csr_array
    Z_others: sparse.csr_array
    chol_leading: Array
    cross: Array
    root: Array

    @property
    def n_others(self) -> int:
        """Number of group effects outside the leading factor, m."""
        return self.Z_others.shape[1]

    @property
    def log_det_effects(self) -> float:
        """log |Lambda'Z'WZ Lambda + I|."""
        leading = np.log(np.diagonal(self.chol_leading, axis1=1, axis2=2)).sum()
        return 2 * float(leading + np.log(np.diag(self.root)[: self.n_others]).sum())

    @property
    def log_det_common(self) -> float:
        """log |X' V^-1 X| with V = W^-1 + Z Lambda Lambda' Z'."""
        return 2 * float(np.log(np.diag(self.root)[self.n_others :]).sum())

    @property
    def common_covariance(self) -> Array:
        """(X' V^-1 X)^-1, the covariance matrix of beta over sigma^2, shape (p, p)."""
        root = self.root[self.n_others :, self.n_others :]
        inverse = linalg.solve_triangular(root, np.eye(len(root)), lower=True)
        return inverse.T @ inverse

    def cross_products(self, weighted: Array) -> tuple[Array, Array]:
        """Return Lambda'Z'(W r) of the leading factor, (J, q), and [Lambda'Z'; X'](W r)."""
        shape = self.chol_leading.shape[:2]
        rest = np.concatenate([self.Z_others.T @ weighted, self.equations.X.T @ weighted])
        return (self.Z_leading.T @ weighted).reshape(shape), rest

    def solve(self, leading: Array, rest: Array) -> tuple[Array, Array]:
        """Solve the equations for a right-hand side as `cross_products` returns it."""
        half = np.linalg.solve(self.chol_leading, leading[..., None])[..., 0]
        solution = linalg.cho_solve((self.root, True), rest - np.tensordot(half, self.cross, 2))
        back = (half - self.cross @ solution)[..., None]
        return np.linalg.solve(self.chol_leading.swapaxes(1, 2), back)[..., 0], solution

    def predictor(self, leading: Array, rest: Array) -> Array:
        """Return Z Lambda v (without X beta), shape (n_obs,)."""
        return self.Z_leading @ leading.ravel() + self.Z_others @ rest[: self.n_others]

    def effects(self, leading: Array, rest: Array) -> tuple[Array, ...]:
        """Return u = Lambda v per block in the order of the design, each of shape (J, q)."""
        spherical = _per_block(self.equations, leading, rest)
        return tuple(v @ f.T for v, f in zip(spherical, self.factors, strict=True))

    def effect_variances(self) -> tuple[Array, ...]:
        """Return the variances of u given beta over sigma^2, per block, each of shape (J, q)."""
        n_levels, q, _ = self.chol_leading.shape
        m = self.n_others
        inverse = np.linalg.inv(self.chol_leading)
        covariance = inverse.swapaxes(1, 2) @ inverse  # of v, given the other factors
        rest = linalg.cho_solve((self.root[:m, :m], True), np.eye(m))
        gain = (inverse.swapaxes(1, 2) @ self.cross[..., :m]).reshape(n_levels * q, m)
        spread = (gain @ rest).reshape(n_levels, q, m) @ gain.reshape(n_levels, q, m).swapaxes(1, 2)
        covariance = covariance + spread
        equations = self.equations
        result: dict[int, Array] = {}
        at = 0
        for k in equations.leading:
            size = equations.blocks[k].n_effects
            part = covariance[:, at : at + size, at : at + size]
            result[k] = _transformed_diagonal(part, self.factors[k])
            at += size
        at = 0
        for k in equations.others:
            size, count = equations.blocks[k].n_effects, equations.blocks[k].n_groups
            index = at + np.arange(size * count).reshape(count, size)
            part = rest[index[:, :, None], index[:, None, :]]
            result[k] = _transformed_diagonal(part, self.factors[k])
            at += size * count
        return tuple(result[k] for k in range(len(equations.blocks)))


def factorise(equations: Equations, factors: Sequence[Array], weights: Array) -> Factorisation:
    """Return the factorised equations.

    Parameters
    ----------
    equations : Equations
        The columns.
    factors : sequence of ndarray
        Lambda of one level of each block, shape (q, q), lower triangular.
    weights : ndarray, shape (n_obs,)
        Diagonal of W, positive.

    Raises
    ------
    numpy.linalg.LinAlgError
        When the equations are numerically singular.
    """
    columns = [b.Z @ f for b, f in zip(equations.blocks, factors, strict=True)]
    leading = np.hstack([columns[k] for k in equations.leading])
    first = equations.blocks[equations.leading[0]]
    codes, n_levels, q = first.codes, first.n_groups, leading.shape[1]
    diagonal = np.empty((n_levels, q, q))
    for a in range(q):
        weighted = weights * leading[:, a]
        for b in range(a + 1):
            product = np.bincount(codes, weighted * leading[:, b], n_levels)
            diagonal[:, a, b] = diagonal[:, b, a] = product
    chol = np.linalg.cholesky(diagonal + np.eye(q))
    Z_leading = _sparse_columns([(codes, n_levels, leading)])
    Z_others = _sparse_columns(
        [(b.codes, b.n_groups, columns[k]) for k in equations.others for b in [equations.blocks[k]]],
        len(codes),
    )
    X, m = equations.X, Z_others.shape[1]
    WX = weights[:, None] * X
    WZ = sparse.diags_array(weights) @ Z_others
    cross = np.hstack([(Z_leading.T @ WZ).toarray(), Z_leading.T @ WX]).reshape(n_levels, q, -1)
    cross = np.linalg.solve(chol, cross)
    left = np.empty((m + X.shape[1], m + X.shape[1]))
    left[:m, :m] = (Z_others.T @ WZ).toarray() + np.eye(m)
    left[m:, :m] = (Z_others.T @ WX).T
    left[:m, m:] = left[m:, :m].T
    left[m:, m:] = X.T @ WX
    flat = cross.reshape(n_levels * q, -1)
    root = np.linalg.cholesky(left - flat.T @ flat)
    return Factorisation(equations, tuple(factors), Z_leading, Z_others, chol, cross, root)


def _sparse_columns(parts: Sequence[tuple[Array, int, Array]], n_obs: int = 0) -> sparse.csr_array:
    """Return the indicator columns of the levels times the effect columns, level by level."""
    if not parts:
        return sparse.csr_array((n_obs, 0))
    indices, at = [], 0
    for codes, n_levels, values in parts:
        q = values.shape[1]
        indices.append(at + codes[:, None] * q + np.arange(q))
        at += n_levels * q
    data = np.hstack([values for _, _, values in parts])
    pointer = np.arange(len(data) + 1) * data.shape[1]
    return sparse.csr_array((data.ravel(), np.hstack(indices).ravel(), pointer), (len(data), at))


def _per_block(equations: Equations, leading: Array, rest: Array) -> list[Array]:
    """Split a solution into one (J, q) array per block, in the order of the design."""
    result: dict[int, Array] = {}
    at = 0
    for k in equations.leading:
        size = equations.blocks[k].n_effects
        result[k] = leading[:, at : at + size]
        at += size
    at = 0
    for k in equations.others:
        size, count = equations.blocks[k].n_effects, equations.blocks[k].n_groups
        result[k] = rest[at : at + size * count].reshape(count, size)
        at += size * count
    return [result[k] for k in range(len(equations.blocks))]


def _transformed_diagonal(covariance: Array, factor: Array) -> Array:
    """Return the diagonals of F C_j F' for every level j, shape (J, q)."""
    return np.einsum("ab,jbc,ac->ja", factor, covariance, factor, optimize=True)
