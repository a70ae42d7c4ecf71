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
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.family.response_rows import known_of_rows
from bayesmm.likelihood.auxiliary import at_bound, natural_auxiliary
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.block_record import BlockEstimates
from bayesmm.likelihood.blocks import orthogonal_blocks, singularities
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.group_columns import arrange, sums
from bayesmm.likelihood.information import separation
from bayesmm.likelihood.laplace_problem import LaplaceProblem
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.mode_search import IMPOSSIBLE
from bayesmm.likelihood.record import library_versions
from bayesmm.likelihood.rows import RowsFunction, auxiliary_slopes
from bayesmm.likelihood.search import find_minimum
from bayesmm.model.design import Design

__all__ = ["fit_by_quadrature", "quadrature_is_possible"]

type Array = NDArray[np.float64]

_REACH = 8.0  # sds of a group effect; the mass beyond is 1e-15
_WIDEST = 0.25  # the largest distance of two nodes, in sds of a group effect
_MOST_NODES = 4_000_000  # of all rows together


def quadrature_is_possible(design: Design) -> bool:
    """Return whether the counts of a design have one group effect per level of one factor."""
    one = len(design.blocks) == 1 and design.blocks[0].n_effects == 1
    return one and design.family.response == "count" and bool(design.family.auxiliary)


def fit_by_quadrature(design: Design) -> MLFit:
    """Return the ML estimate of counts with one group effect per level.

    Estimates of the group effects are conditional means, and their sds conditional sds.

    Raises
    ------
    DataError
        When counts are so large that too many nodes would be needed, or no point of the search
        is possible.
    """
    basis = orthogonal_basis(design.mu)
    blocks, back_transforms = orthogonal_blocks(design.blocks)
    problem = LaplaceProblem(design, basis, arrange(blocks))
    integral = _Integral(problem)
    found = find_minimum(integral.deviance, problem.start(), problem.bounds(), problem.at_end)
    if found.value >= IMPOSSIBLE:
        raise DataError(
            f"No maximum of the likelihood was found: with the effects of {blocks[0].factor} the "
            "counts are impossible near the starting values. Use a family with fewer parameters."
        )
    factors, gamma, real = problem.unpack(found.x)
    p = len(gamma)
    covariance = 2 * found.inverse[1 : 1 + p, 1 : 1 + p]
    auxiliary = natural_auxiliary(design, real)
    mean, sd = integral.effects(found.x)
    scale = float(back_transforms[0][0, 0])
    estimates = BlockEstimates(
        sd=np.array([abs(scale * factors[0][0, 0])]),
        corr=None,
        modes=scale * mean[None, :],
        mode_sds=abs(scale) * sd[None, :],
    )
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(gamma),
        covariance=basis.covariance(covariance),
        blocks=(estimates,),
        sigma=None,
        loglik=-found.value / 2,
        n_parameters=len(found.x),
        converged=found.converged,
        singular=singularities(design.blocks, factors, back_transforms)
        + at_bound(design, auxiliary)
        + (separation(covariance) if found.converged else ()),
        method="Maximum likelihood (quadrature; the Laplace approximation has no maximum)",
        versions=library_versions(),
        auxiliary=auxiliary,
    )


class _Integral:
    """The deviance of a problem with one group effect per level, integrated on even nodes."""

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

    def _at_nodes(self, x: Array) -> tuple[Array, Array, Array, Array]:
        """Return the nodes, eta (n, K), real, and log densities of each level and node (J, K)."""
        factors, gamma, real = self.problem.unpack(x)
        nodes = self._nodes(float(factors[0][0, 0]))
        fixed = self.problem.offset + self.problem.basis.Q @ gamma
        eta = fixed[:, None] + factors[0][0, 0] * np.outer(self.column, nodes)
        likelihood = self.rows(len(nodes))(eta.ravel(), real).log_likelihood.reshape(eta.shape)
        density = sums(self.block.columns.codes, likelihood, self.block.n_groups) - nodes**2 / 2
        return nodes, eta, real, density

    def deviance(self, x: Array) -> tuple[float, Array]:
        """Return -2 log likelihood and its gradient."""
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            nodes, eta, real, density = self._at_nodes(x)
            total, mass = _normalised(density)
            constant = np.log(nodes[1] - nodes[0]) - np.log(2 * np.pi) / 2
            value = -2 * float(np.sum(total + constant))
            each = mass[self.block.columns.codes]
            rows = self.rows(len(nodes))
            score = rows(eta.ravel(), real).score.reshape(eta.shape) * each
            common = self.problem.basis.Q.T @ score.sum(axis=1)
            own = float(self.column @ (score @ nodes))
            slopes = auxiliary_slopes(rows, eta.ravel(), real)
            auxiliary = [float(s.log_likelihood @ each.ravel()) for s in slopes]
            gradient = -2 * np.concatenate([[own], common, auxiliary])
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return IMPOSSIBLE, np.zeros_like(x)
        return value, gradient

    def effects(self, x: Array) -> tuple[Array, Array]:
        """Return conditional means and sds of the effects, shape (J,) each."""
        nodes, _, _, density = self._at_nodes(x)
        _, mass = _normalised(density)
        u = nodes * float(self.problem.unpack(x)[0][0][0, 0])
        mean = mass @ u
        return mean, np.sqrt(np.maximum(mass @ u**2 - mean**2, 0.0))


def _normalised(density: Array) -> tuple[Array, Array]:
    """Return the log of the sum over nodes, shape (J,), and each node's share, shape (J, K)."""
    highest = density.max(axis=1, keepdims=True)
    part = np.exp(density - highest)
    whole = part.sum(axis=1, keepdims=True)
    return (highest + np.log(whole))[:, 0], part / whole
