"""The profiled deviance of a linear mixed model, and the search for its least value.

With M = Z Lambda, H = M'WM + I, J the same equations with X beside M, v and beta their solution, r
what is left of the response, s = r'Wr + v'v and f the degrees of freedom,

    deviance  f log s + log |J|, or log |H| without REML

    its derivative in Lambda  -2 (f / s) Z'W r v' + 2 Z'W [M X] J^-1, as far as effects meet in rows

The degrees of freedom are those of all rows, also where few rows have the cross-products of many
(`bayesmm.model.in_files.cells`).

Processor seconds of a fit beside mixedlm 1.3, one thread each: sleepstudy 0.013 and 0.008, 10,000
rows of 500 groups with slopes 0.038 and 0.036, of 500 by 50 crossed groups 0.038 and 0.082, of
InstEval's shape, whose 1,142 effects outside the leading factor are dense here, 12 and 4.2.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.blocks import SINGULAR, factors_of, free_elements
from bayesmm.likelihood.cross_products import CrossProducts
from bayesmm.likelihood.group_columns import sums
from bayesmm.likelihood.henderson import Factorisation
from bayesmm.likelihood.linear_model import LinearModel, LinearSolution
from bayesmm.likelihood.mode_search import IMPOSSIBLE
from bayesmm.likelihood.quasi_newton import quasi_newton
from bayesmm.model.block import Block

__all__ = ["Optimum", "ProfileSearch"]

# A search ends when a step changes the deviance by less than this part, or no derivative is larger.
_RELATIVE_CHANGE, _SLOPE_PER_ROW = 1e-15, 1e-9
_FLAT = 1000.0
# Evaluations of the deviance that a search may make, and more for each variance or correlation. Of
# 292 random data sets with up to 11 of them the mean was 24, and none made more than 145.
_EVALUATIONS, _EVALUATIONS_PER_PARAMETER = 500, 20
# Where a search begins: not at one, from which the first step, of length one, ends at zero.
_START = 0.7
# A deviance that differs by less than this part is the same.
_SAME = 1e-12


@dataclass(frozen=True, slots=True, eq=False)
class Optimum:
    """Where the optimiser stopped."""

    # per block the lower-triangular Lambda, (q, q), of one level: cov(u) = scale^2 Lambda Lambda'
    factors: tuple[Array, ...]
    converged: bool  # whether it is a minimum: the optimiser says so, or the deviance is flat there


@dataclass(frozen=True, eq=False)
class ProfileSearch:
    """The search for the least (restricted) deviance.

    A column of Lambda and its negative are the same model, and the search may cross zero: behind a
    wall there it would stop at a diagonal of zero, where the derivative vanishes by symmetry,
    minimum or not. Of 300 simulated fits with covariance matrices of 2 to 4 effects, 250 of them
    singular, none has a lower deviance when it is searched again from mirrored columns.
    """

    model: LinearModel
    degrees: int  # degrees of freedom f: of n rows, n - p with REML and n without
    reml: bool  # restricted likelihood

    @property
    def blocks(self) -> Sequence[Block]:
        """Group effects."""
        return self.model.blocks

    def optimum(self) -> Optimum:
        """Return where a search from independent effects ends.

        It is not converged when `_EVALUATIONS` were not enough; NUTS makes tens of thousands.
        """
        free = free_elements(self.blocks)
        least = _SLOPE_PER_ROW * len(self.model.y)
        found = quasi_newton(
            self._guarded,
            np.array([_START if i == j else 0.0 for _, i, j in free]),
            relative_change=_RELATIVE_CHANGE,
            least_slope=least,
            most_evaluations=_EVALUATIONS + _EVALUATIONS_PER_PARAMETER * len(free),
        )
        x = self._at_zero(found.point.x, found.point.value)
        # rounding can end a search at a minimum without its saying so
        flat = bool(np.abs(found.point.gradient).max(initial=0.0) < _FLAT * least)
        ends = tuple(_upright(factor) for factor in factors_of(self.blocks, x))
        return Optimum(ends, found.converged or flat)

    def _guarded(self, theta: Array) -> tuple[float, Array]:
        """Return the deviance and its gradient, or where rounding leaves no equations a wall."""
        try:
            return self.deviance(theta)
        except np.linalg.LinAlgError:
            return IMPOSSIBLE, np.zeros_like(theta)

    def _at_zero(self, x: Array, value: float) -> Array:
        """Return the point with columns of Lambda at zero that are nearly so, if it is as low."""
        factors = factors_of(self.blocks, x)
        for factor in factors:
            factor[:, np.abs(factor).max(axis=0) < SINGULAR] = 0.0
        moved = np.array([factors[k][i, j] for k, i, j in free_elements(self.blocks)])
        if np.array_equal(moved, x):
            return x
        there = self._value(self.model.solved(factors))
        return moved if there <= value + _SAME * abs(value) else x

    def _value(self, solution: LinearSolution) -> float:
        """Return the deviance but for a constant."""
        value = self.degrees * np.log(solution.penalised) + solution.equations.log_det_effects
        return float(value + solution.equations.log_det_common if self.reml else value)

    def deviance(self, theta: Array) -> tuple[float, Array]:
        """Return the deviance but for a constant, and its gradient in the free elements."""
        solution = self.model.solved(factors_of(self.blocks, theta))
        pull = self.degrees / solution.penalised * self.model.weights * solution.residual
        slopes = _met_inverse(self.model.products, solution.equations, common=self.reml)
        for k, (block, at) in enumerate(
            zip(self.blocks, self.model.arrangement.positions, strict=True)
        ):
            pulled = sums(block.columns.codes, pull[:, None] * block.columns.Z, block.n_groups)
            slopes[k] -= pulled.T @ solution.v[at]
        gradient = np.array([2 * slopes[k][i, j] for k, i, j in free_elements(self.blocks)])
        return self._value(solution), gradient


def _met_inverse(products: CrossProducts, equations: Factorisation, *, common: bool) -> list[Array]:
    """Return Z'W [M X] J^-1 within the levels of each block, summed over them; or Z'W M H^-1."""
    arrangement, factors = equations.columns.arrangement, equations.columns.factors
    own = arrangement.of_leading(factors)
    of_leading, between, rest = equations.inverse_parts(common=common)
    n = len(rest)
    cross = products.times(products.cross, factors)[..., :n]
    others = products.times(products.others, factors)[:, :n]
    leading = np.einsum("jab,jbc->ac", products.leading @ own, of_leading)
    leading += np.tensordot(cross, between, axes=([0, 2], [0, 2]))
    between = own @ between
    result = []
    for k, at in enumerate(arrangement.positions):
        if k in arrangement.leading:
            result.append(leading[at[0][:, None], at[0]])
        else:
            met = (arrangement.by_level(k, part) for part in (products.cross, between))
            here = arrangement.by_level(k, others.T), arrangement.by_level(k, rest)
            result.append(np.einsum("jcla,jclb->ab", *met) + np.einsum("nla,nlb->ab", *here))
    return result


def _upright(factor: Array) -> Array:
    """Return Lambda with no diagonal below zero."""
    return factor * np.where(np.diag(factor) < 0, -1.0, 1.0)
