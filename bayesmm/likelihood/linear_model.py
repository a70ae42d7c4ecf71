"""A linear mixed model at any Lambda: cross-products once, one elimination at each."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.cross_products import CrossProducts, cross_products
from bayesmm.likelihood.group_columns import Arrangement, arrange, group_columns
from bayesmm.likelihood.henderson import Factorisation, factorise_products
from bayesmm.model.block import Block

__all__ = ["LinearModel", "LinearSolution"]


@dataclass(frozen=True, slots=True, eq=False)
class LinearSolution:
    """The equations of a linear model at one Lambda, solved for its response."""

    equations: Factorisation
    # spherical group effects and common effects
    v: Array
    beta: Array
    residual: Array  # (n_obs,): what is left of the response, r = y - X beta - Z Lambda v
    penalised: float  # the least value of sum_i w_i r_i^2 + v'v


@dataclass(frozen=True, eq=False)
class LinearModel:
    """y = X beta + Z u + e with var(e_i) = 1 / w_i and u = Lambda v, v ~ N(0, I)."""

    # response, columns of the common effects and weights of the rows
    y: Array
    X: Array
    weights: Array
    blocks: Sequence[Block]

    @cached_property
    def arrangement(self) -> Arrangement:
        """Order of the group effects."""
        return arrange(self.blocks)

    @cached_property
    def products(self) -> CrossProducts:
        """Cross-products of Z and X."""
        identity = [np.eye(block.n_effects) for block in self.blocks]
        return cross_products(group_columns(self.arrangement, identity), self.X, self.weights)

    def solved(self, factors: Sequence[Array], *, from_rows: bool = False) -> LinearSolution:
        """Return the solution at Lambda given per level of each block, shape (q, q).

        From the cross-products of Z, or `from_rows` from those of Z Lambda: where Z has columns
        that are far from orthogonal, the first have lost the digits by which they differ.
        """
        columns = group_columns(self.arrangement, factors)
        products = (
            cross_products(columns, self.X, self.weights)
            if from_rows
            else self.products.turned(columns)
        )
        equations = factorise_products(products)
        weighted = self.weights * self.y
        right = np.concatenate([columns.transposed(weighted), self.X.T @ weighted])
        v, beta = equations.solve(right)
        residual = self.y - columns.predictor(v) - self.X @ beta
        penalised = float(self.weights @ residual**2 + v @ v)
        return LinearSolution(equations, v, beta, residual, penalised)
