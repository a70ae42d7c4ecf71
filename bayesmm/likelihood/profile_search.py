"""The profiled deviance of a linear mixed model of which few rows stand for many.

mixedlm counts the rows that it is given. Rows that have the cross-products of many more
(`bayesmm.model.in_files.cells`) have their likelihood but for that number, so that the search is
ours. With M = Z Lambda, H = M'WM + I, J the same equations with X beside M, v and beta their
solution, r what is left of the response, s = r'Wr + v'v and f the degrees of freedom,

    deviance  f log s + log |J|, or log |H| without REML

    its derivative in Lambda  -2 (f / s) Z'W r v' + 2 Z'W [M X] J^-1, as far as effects meet in rows
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.blocks import SINGULAR, factors_of, free_elements
from bayesmm.likelihood.group_columns import Arrangement, arrange, group_columns
from bayesmm.likelihood.henderson import Factorisation, solve_linear
from bayesmm.likelihood.laplace_gradient import rows_of_inverse
from bayesmm.likelihood.mixedlm_bridge import Optimum
from bayesmm.model.block import Block

__all__ = ["ProfileSearch"]

type Array = NDArray[np.float64]

# As mixedlm's searches, see `mixedlm_bridge`.
_RELATIVE_CHANGE, _SLOPE_PER_ROW, _FLAT = 1e-13, 1e-8, 100.0
_EVALUATIONS, _EVALUATIONS_PER_PARAMETER = 200, 10
# Where a search begins: not at one, from which the first step, of length one, ends at zero.
_START = 0.7
# A deviance that differs by less than this part is the same.
_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class ProfileSearch:
    """Searches of one (restricted) deviance, from any start.

    A column of Lambda and its negative are the same model, and the search may cross zero: behind a
    wall there it would stop at a diagonal of zero, where the derivative vanishes by symmetry,
    minimum or not.

    Attributes
    ----------
    y, X, weights : ndarray
        Response, columns of the common effects and weights of the rows.
    blocks : sequence of Block
        Group effects.
    degrees : int
        Degrees of freedom f: of n rows, n - p with REML and n without.
    reml : bool
        Restricted likelihood.
    """

    y: Array
    X: Array
    weights: Array
    blocks: Sequence[Block]
    degrees: int
    reml: bool

    @property
    def budget(self) -> int:
        """Evaluations that all searches together may make."""
        return _EVALUATIONS + _EVALUATIONS_PER_PARAMETER * len(free_elements(self.blocks))

    def first(self) -> Optimum:
        """Return where a search from independent effects ends."""
        return self.again([_START * np.eye(block.n_effects) for block in self.blocks])

    def again(self, factors: Sequence[Array]) -> Optimum:
        """Return where a search from given factors ends."""
        from scipy.optimize import minimize  # noqa: PLC0415  (fits of rows in memory do without)

        least = _SLOPE_PER_ROW * len(self.y)
        found = minimize(
            self.deviance,
            np.array([factors[k][i, j] for k, i, j in free_elements(self.blocks)]),
            jac=True,
            method="L-BFGS-B",
            options={"ftol": _RELATIVE_CHANGE, "gtol": least, "maxfun": self.budget},
        )
        x, value = self._at_zero(found.x, float(found.fun))
        flat = np.abs(found.jac).max() < _FLAT * least
        ends = tuple(_upright(factor) for factor in factors_of(self.blocks, x))
        return Optimum(ends, value, bool(found.success) or bool(flat), int(found.nfev) + 1)

    def _at_zero(self, x: Array, value: float) -> tuple[Array, float]:
        """Return the point with columns of Lambda at zero that are nearly so, if it is as low."""
        free = free_elements(self.blocks)
        factors = factors_of(self.blocks, x)
        for factor in factors:
            factor[:, np.abs(factor).max(axis=0) < SINGULAR] = 0.0
        moved = np.array([factors[k][i, j] for k, i, j in free])
        there = self.deviance(moved)[0]
        return (moved, there) if there <= value + _SAME * abs(value) else (x, value)

    @cached_property
    def _arrangement(self) -> Arrangement:
        return arrange(self.blocks)

    def deviance(self, theta: Array) -> tuple[float, Array]:
        """Return the deviance but for a constant, and its gradient in the free elements."""
        columns = group_columns(self._arrangement, factors_of(self.blocks, theta))
        solution = solve_linear(columns, self.X, self.weights, self.y)
        equations, v = solution.equations, solution.v
        inverse = rows_of_inverse(equations)
        value = self.degrees * np.log(solution.penalised) + equations.log_det_effects
        if self.reml:
            value += equations.log_det_common
            inverse = [
                own + more for own, more in zip(inverse, self._of_common(equations), strict=True)
            ]
        rest = self.y - columns.predictor(v) - self.X @ solution.beta
        pull = -self.degrees / solution.penalised * rest
        slopes = []
        for block, at, own in zip(self.blocks, self._arrangement.positions, inverse, strict=True):
            right = own + pull[:, None] * v[at[block.columns.codes]]
            slopes.append(2 * block.columns.Z.T @ (self.weights[:, None] * right))
        return float(value), np.array([slopes[k][i, j] for k, i, j in free_elements(self.blocks)])

    def _of_common(self, equations: Factorisation) -> list[Array]:
        """Return what the common effects add to [M X] J^-1 at the effects of each row."""
        p, columns = self.X.shape[1], equations.columns
        if not p:
            return [np.zeros_like(block.columns.Z) for block in self.blocks]
        solved = [
            equations.solve(np.concatenate([np.zeros(columns.n_effects), own])) for own in np.eye(p)
        ]
        of_effects = np.column_stack([v for v, _ in solved])
        C = np.column_stack([beta for _, beta in solved])
        at_rows = np.column_stack([columns.predictor(own) for own in of_effects.T]) + self.X @ C
        back = np.linalg.solve(C, of_effects.T)
        return [
            np.einsum("ik,kij->ij", at_rows, back[:, at[block.columns.codes]])
            for block, at in zip(self.blocks, self._arrangement.positions, strict=True)
        ]


def _upright(factor: Array) -> Array:
    """Return Lambda with no diagonal below zero."""
    return factor * np.where(np.diag(factor) < 0, -1.0, 1.0)
