"""Maximum likelihood of one group effect per level with its integral taken by quadrature.

Of zero-inflated counts a group can have two modes, and where one of them ceases to exist its
curvature is 0: there the Laplace approximation of the likelihood grows without bound, and its
search runs into a cliff. The integral itself has a maximum. The trapezoidal rule on even nodes
needs no mode; its error falls exponentially with the number of nodes (1e-8 where the nodes are one
conditional sd apart).

References
----------
Trefethen and Weideman (2014). The exponentially convergent trapezoidal rule. SIAM Review 56(3),
385-458. doi:10.1137/130932132
"""

from dataclasses import replace
from functools import lru_cache

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.response_rows import known_of_rows
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.group_columns import sums
from bayesmm.likelihood.laplace_problem import LaplaceProblem
from bayesmm.likelihood.mode_search import IMPOSSIBLE
from bayesmm.likelihood.record import BlockEstimates
from bayesmm.likelihood.rows import RowsFunction, with_numbers

__all__ = ["Integral", "integral_for"]

_REACH = 8.0  # sds of a group effect; the mass beyond is 1e-15
_WIDEST = 0.25  # the largest distance of two nodes, in sds of a group effect
_MOST_NODES = 4_000_000  # of all rows together


def integral_for(problem: LaplaceProblem) -> "Integral | None":
    """Return the integral of a problem that may need it and is simple enough, or None.

    These are counts with one group effect per level of one factor, which may have several modes.
    """
    design = problem.design
    one = len(design.blocks) == 1 and design.blocks[0].n_effects == 1
    counts = design.family.response == "count" and design.family.estimation.several_modes
    return Integral(problem) if one and counts and not design.varying else None


class Integral:
    """The deviance of a problem with one group effect per level, integrated on even nodes."""

    method = "quadrature; the Laplace approximation has no maximum"

    def __init__(self, problem: LaplaceProblem) -> None:
        self.problem, design = problem, problem.design
        self.block = problem.arrangement.blocks[0]
        self.column = self.block.columns.Z[:, 0]
        # the curvature of a count in eta is about the count itself
        counts = sums(
            self.block.columns.codes, (design.y * self.column**2)[:, None], self.block.n_groups
        )
        self.information = float(counts.max())
        self.rows = lru_cache(maxsize=4)(self._rows)

    def _rows(self, n_nodes: int) -> RowsFunction:
        """Return the likelihood of every row at every node."""
        design = self.problem.design
        weights = None if design.weights is None else np.repeat(design.weights, n_nodes)
        places = np.repeat(np.arange(design.n_obs), n_nodes)
        known = known_of_rows(design.known, places)
        return density_rows(replace(design, y=design.y[places], known=known, weights=weights))

    def _nodes(self, sd: float) -> Array:
        distance = min(_WIDEST, 1 / np.sqrt(1 + sd**2 * self.information))
        half = 2 ** int(np.ceil(np.log2(_REACH / distance)))
        if (2 * half + 1) * self.problem.design.n_obs > _MOST_NODES:
            raise DataError(
                "The likelihood was not maximised: the Laplace approximation has no maximum, and "
                f"counts of {self.problem.design.y.max():,.0f} need too many nodes of an integral."
            )
        return np.linspace(-_REACH, _REACH, 2 * half + 1)

    def _at_nodes(self, x: Array) -> tuple[Array, list[Array], Array]:
        """Return the nodes, predictors of rows and nodes, and log densities per level and node."""
        factors, gammas = self.problem.unpack(x)
        nodes = self._nodes(float(factors[0][0, 0]))
        fixed, *numbers = self.problem.fixed(gammas)
        eta = fixed[:, None] + factors[0][0, 0] * np.outer(self.column, nodes)
        etas = [eta.ravel(), *numbers]
        likelihood = self.rows(len(nodes))(etas, (), ()).log_likelihood.reshape(eta.shape)
        density = sums(self.block.columns.codes, likelihood, self.block.n_groups) - nodes**2 / 2
        return nodes, etas, density

    def deviance(self, x: Array) -> tuple[float, Array]:
        """Return -2 log likelihood and its gradient."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            nodes, etas, density = self._at_nodes(x)
            total, mass = _normalised(density)
            constant = np.log(nodes[1] - nodes[0]) - np.log(2 * np.pi) / 2
            value = -2 * float(np.sum(total + constant))
            rows = self.rows(len(nodes))
            here = rows(etas, (0,), ())
            score = with_numbers(here, rows, etas, self.problem.numbers, ()).score
            each = mass[self.block.columns.codes]
            of_mean, *others = each * score.reshape(-1, *each.shape)
            own = float(self.column @ (of_mean @ nodes))
            common = self.problem.bases[0].Q.T @ of_mean.sum(axis=1)
            gradient = -2 * np.concatenate([[own], common, [part.sum() for part in others]])
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return IMPOSSIBLE, np.zeros_like(x)
        return value, gradient

    def estimates(self, x: Array) -> BlockEstimates:
        """Return the sd, and conditional means and sds of the effects."""
        nodes, _, density = self._at_nodes(x)
        _, mass = _normalised(density)
        scale = float(self.problem.back_transforms[0][0, 0])
        scale *= float(self.problem.unpack(x)[0][0][0, 0])
        mean = mass @ nodes
        sd = np.sqrt(np.maximum(mass @ nodes**2 - mean**2, 0.0))
        return BlockEstimates(
            sd=np.array([abs(scale)]),
            corr=None,
            modes=scale * mean[None, :],
            mode_sds=abs(scale) * sd[None, :],
        )


def _normalised(density: Array) -> tuple[Array, Array]:
    """Return the log of the sum over nodes, shape (J,), and each node's share, shape (J, K)."""
    highest = density.max(axis=1, keepdims=True)
    part = np.exp(density - highest)
    whole = part.sum(axis=1, keepdims=True)
    return (highest + np.log(whole))[:, 0], part / whole
