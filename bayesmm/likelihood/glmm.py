"""Generalised linear mixed models by the Laplace approximation.

mixedlm finds the optimum; Newton steps on our own Laplace deviance remove what its
derivative-free search leaves, and their Hessian gives the standard errors.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.basis import Basis, orthogonal_basis
from bayesmm.likelihood.blocks import SINGULAR, block_estimates, orthogonal_blocks, singularities
from bayesmm.likelihood.curvature import gradient, hessian
from bayesmm.likelihood.group_columns import arrange, group_columns
from bayesmm.likelihood.henderson import factorise
from bayesmm.likelihood.laplace import Mode, conditional_mode
from bayesmm.likelihood.likelihood import SEPARATED, likelihood_of
from bayesmm.likelihood.mixedlm_bridge import Optimum, optimise_generalised
from bayesmm.likelihood.record import MLFit, library_versions
from bayesmm.model.design import Block, Design

__all__ = ["fit_glmm"]

type Array = NDArray[np.float64]

# Differences are taken over this part of a standard error of a common effect, and over this
# much of an element of Lambda (on columns of mean square one, where 1 is a large value).
_STEP_COMMON = 0.01
_STEP_COVARIANCE = 1e-3
_NEWTON_STEPS = 10
_HESSIANS = 4
# Newton's decrement is twice what the deviance can still lose. Below the first the search is
# finished; below the second the point is an optimum, and the Hessian is that of the optimum.
_FINISHED = 1e-9
_NEGLIGIBLE = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class _Problem:
    """The Laplace deviance as a function of one vector: free elements of Lambda, then gamma.

    Elements of Lambda on the boundary (a zero sd, a correlation of +-1) stay there: the deviance
    is even in them, so that they neither move nor contribute to the curvature of the others.
    """

    mode_at: Callable[[tuple[Array, ...], Array], Mode]
    factors: tuple[Array, ...]
    free: tuple[tuple[int, int, int], ...]

    def vector(self, gamma: Array) -> Array:
        return np.concatenate([[self.factors[k][i, j] for k, i, j in self.free], gamma])

    def unpack(self, vector: Array) -> tuple[tuple[Array, ...], Array]:
        factors = tuple(factor.copy() for factor in self.factors)
        for (k, i, j), value in zip(self.free, vector, strict=False):
            factors[k][i, j] = value
        return factors, vector[len(self.free) :]

    def deviance(self, vector: Array) -> float:
        return self.mode_at(*self.unpack(vector)).deviance


def fit_glmm(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate (Laplace approximation) of g(mean) = X beta + Z u + offset.

    `reml` has no meaning here. Standard errors of beta are from the Hessian of the deviance in
    (theta, beta), and conditional sds of u from the penalised Fisher information at the mode
    given theta and beta: both as lme4 reports them.
    """
    basis = orthogonal_basis(design)
    blocks, ways_back = orthogonal_blocks(design.blocks)
    likelihood = likelihood_of(design)
    offset = np.zeros(design.n_obs) if design.offset is None else design.offset
    optimum = _optimise(design, basis, blocks, offset)

    arrangement = arrange(blocks)
    columns = group_columns(arrangement, optimum.factors)
    first = conditional_mode(columns, likelihood.evaluate, offset + basis.Q @ optimum.beta)

    def mode_at(factors: tuple[Array, ...], gamma: Array) -> Mode:
        columns = group_columns(arrangement, factors)
        return conditional_mode(columns, likelihood.evaluate, offset + basis.Q @ gamma, first.v)

    # Covariance of gamma at fixed theta: a scale for the differences, and a fall-back.
    known_theta = factorise(columns, basis.Q, first.weights).common_covariance
    problem = _Problem(mode_at, optimum.factors, _free_elements(blocks, optimum.factors))
    steps = np.concatenate(
        [
            np.full(len(problem.free), _STEP_COVARIANCE),
            _STEP_COMMON * np.sqrt(np.diag(known_theta)),
        ]
    )
    vector, inverse, converged = _polish(problem, problem.vector(optimum.beta), steps)
    factors, gamma = problem.unpack(vector)
    mode = mode_at(factors, gamma)
    method = "Maximum likelihood (Laplace approximation; optimum by mixedlm)"
    if inverse is None:
        covariance = known_theta
        method += "; standard errors at fixed covariances, for the Hessian is not positive definite"
    else:
        covariance = 2 * inverse[len(problem.free) :, len(problem.free) :]
    singular = singularities(design.blocks, factors, ways_back)
    if likelihood.at_bound(mode.eta):
        singular += (SEPARATED,)
    own = [way @ factor for way, factor in zip(ways_back, factors, strict=True)]
    columns = group_columns(arrange(design.blocks), own)
    estimates = block_estimates(
        factorise(columns, np.empty((design.n_obs, 0)), mode.weights), mode.v, 1.0
    )
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(gamma),
        covariance=basis.covariance(covariance),
        blocks=estimates,
        sigma=None,
        loglik=-mode.deviance / 2,
        n_parameters=len(gamma) + sum(b.n_covariance_parameters for b in estimates),
        converged=mode.converged and (optimum.converged if inverse is None else converged),
        singular=singular,
        method=method,
        versions=library_versions("mixedlm"),
    )


def _optimise(design: Design, basis: Basis, blocks: tuple[Block, ...], offset: Array) -> Optimum:
    """Return mixedlm's optimum; binomial counts go as proportions with weights."""
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    trials = np.ones(design.n_obs) if design.trials is None else design.trials
    family = "poisson" if design.family.name == "poisson" else "binomial"
    return optimise_generalised(
        design.y / trials,
        basis.Q,
        blocks,
        weights * trials,
        offset,
        family=family,
        link=design.family.link,
    )


def _free_elements(
    blocks: tuple[Block, ...], factors: tuple[Array, ...]
) -> tuple[tuple[int, int, int], ...]:
    """Return (block, row, column) of the elements of Lambda that are not on the boundary."""
    return tuple(
        (k, i, j)
        for k, (block, factor) in enumerate(zip(blocks, factors, strict=True))
        for i in range(block.n_effects)
        for j in (range(i + 1) if block.correlated else (i,))
        if (i != j or factor[i, i] >= SINGULAR) and np.linalg.norm(factor[i]) >= SINGULAR
    )


def _polish(problem: _Problem, vector: Array, steps: Array) -> tuple[Array, Array | None, bool]:
    """Return the optimum near `vector`, the inverse Hessian there (or None), and success."""
    if not len(vector):
        return vector, np.empty((0, 0)), True
    for _ in range(_HESSIANS):
        try:
            inverse = np.linalg.inv(hessian(problem.deviance, vector, steps))
            np.linalg.cholesky(inverse)
        except np.linalg.LinAlgError:
            return vector, None, False
        vector, gained, left = _descend(problem.deviance, vector, inverse, steps)
        if gained < _NEGLIGIBLE:
            break
    return vector, inverse, left < _NEGLIGIBLE


def _descend(
    function: Callable[[Array], float], vector: Array, inverse: Array, steps: Array
) -> tuple[Array, float, float]:
    """Take Newton steps with one inverse Hessian; also return what they gained and what is left."""
    first = value = function(vector)
    for _ in range(_NEWTON_STEPS):
        slope = gradient(function, vector, steps)
        move = -inverse @ slope
        left = -float(move @ slope)
        trial = function(vector + move) if left > _FINISHED else np.inf
        if not trial < value:  # finished, or as good as rounding allows
            break
        vector, value = vector + move, trial
    return vector, first - value, left
