"""Negative binomial, zero-inflated and hurdle models with group effects, as glmmTMB fits them.

The Laplace approximation with the observed curvature; a quasi-Newton search with its gradient,
then Newton steps, whose Hessian gives the standard errors.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from bayesmm.likelihood.auxiliary import TRANSFORMS, at_bound, natural_auxiliary
from bayesmm.likelihood.basis import Basis, orthogonal_basis
from bayesmm.likelihood.blocks import block_estimates, orthogonal_blocks, singularities
from bayesmm.likelihood.count_rows import auxiliary_slopes, count_rows
from bayesmm.likelihood.counts import fit_counts
from bayesmm.likelihood.group_columns import Arrangement, arrange, group_columns
from bayesmm.likelihood.henderson import factorise
from bayesmm.likelihood.laplace import Mode, conditional_mode
from bayesmm.likelihood.laplace_gradient import laplace_gradient
from bayesmm.likelihood.likelihood import Working
from bayesmm.likelihood.record import MLFit, library_versions
from bayesmm.model.design import Design

__all__ = ["fit_mixed_counts"]

type Array = NDArray[np.float64]

_START = 0.5  # sd of the group effects where the search begins, on columns of mean square one
_LARGEST_SD, _LARGEST_COEFFICIENT = 30.0, 60.0  # of a search on the log scale
_STEP = 1e-3  # of the differences of the gradient; parameters are of unit order
_NEWTON_STEPS, _HALVINGS = 20, 20
# Newton's decrement is twice what the deviance can still lose: below the first the search is
# finished, below the second the point is an optimum.
_FINISHED, _NEGLIGIBLE = 1e-10, 1e-6
# A direction with less curvature than this, relative to the largest, leads to a bound that is
# infinitely far, or does not change the model (Lambda beside a zero sd).
_FLAT = 1e-9
_IMPOSSIBLE = 1e12


class _Problem:
    """The Laplace deviance in one vector: free elements of Lambda, gamma, auxiliary parameters."""

    def __init__(self, design: Design, basis: Basis, arrangement: Arrangement) -> None:
        self.design, self.Q, self.arrangement = design, basis.Q, arrangement
        self.offset = np.zeros(design.n_obs) if design.offset is None else design.offset
        self.rows = count_rows(design)
        self.free = tuple(
            (k, i, j)
            for k, block in enumerate(arrangement.blocks)
            for i in range(block.n_effects)
            for j in (range(i + 1) if block.correlated else (i,))
        )
        # Where the search for the mode begins: at the last one, which is near.
        self.last: Array | None = None

    def unpack(self, x: Array) -> tuple[list[Array], Array, Array]:
        """Return Lambda per block, gamma, and the auxiliary parameters on the real line."""
        factors = [np.zeros((b.n_effects, b.n_effects)) for b in self.arrangement.blocks]
        for (k, i, j), value in zip(self.free, x, strict=False):
            factors[k][i, j] = value
        n_free = len(self.free)
        gamma, real = np.split(x[n_free:], [self.Q.shape[1]])
        return factors, gamma, real

    def mode(self, x: Array) -> Mode:
        factors, gamma, real = self.unpack(x)

        def evaluate(eta: Array) -> Working:
            rows = self.rows(eta, real)
            return Working(float(rows.log_likelihood.sum()), rows.score, rows.curvature)

        columns = group_columns(self.arrangement, factors)
        mode = conditional_mode(columns, evaluate, self.offset + self.Q @ gamma, self.last)
        self.last = mode.v
        return mode

    def deviance(self, x: Array) -> tuple[float, Array]:
        """Return the deviance and its gradient; where there is no mode, a large number."""
        real = self.unpack(x)[2]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            try:
                mode = self.mode(x)
            except np.linalg.LinAlgError:
                self.last = None
                return _IMPOSSIBLE, np.zeros_like(x)
            rows, slopes = self.rows(mode.eta, real), auxiliary_slopes(self.rows, mode.eta, real)
            parts = laplace_gradient(mode.equations, self.Q, mode.v, rows, slopes)
        own = [parts.factors[k][i, j] for k, i, j in self.free]
        gradient = np.concatenate([own, parts.common, parts.auxiliary])
        if not (np.isfinite(mode.deviance) and np.isfinite(gradient).all()):
            self.last = None
            return _IMPOSSIBLE, np.zeros_like(x)
        return mode.deviance, gradient

    def hessian(self, x: Array) -> Array:
        """Return the Hessian from central differences of the gradient."""
        shifts = _STEP * np.eye(len(x))
        rows = [self.deviance(x + s)[1] - self.deviance(x - s)[1] for s in shifts]
        hessian = np.array(rows) / (2 * _STEP)
        return (hessian + hessian.T) / 2

    def start(self, basis: Basis) -> Array:
        """Return independent group effects beside the estimates of the model without them."""
        plain = fit_counts(replace(self.design, blocks=()), False)
        own = [_START if i == j else 0.0 for _, i, j in self.free]
        gamma = np.linalg.solve(basis.inverse, plain.estimates)
        with np.errstate(divide="ignore"):  # psi rounded to 1 is at the end of the range
            real = [TRANSFORMS[name].real(value) for name, value in plain.auxiliary.items()]
        return np.concatenate([own, gamma, real])

    def bounds(self) -> list[tuple[float, float]]:
        mean = float(self.design.y.mean())
        return [
            *[(-_LARGEST_SD, _LARGEST_SD)] * len(self.free),
            *[(-_LARGEST_COEFFICIENT, _LARGEST_COEFFICIENT)] * self.Q.shape[1],
            *(TRANSFORMS[name].limits(mean) for name in self.design.family.auxiliary),
        ]


def fit_mixed_counts(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate (Laplace approximation) of log mu = X beta + Z u + offset.

    Standard errors of beta are from the observed information of all parameters, as glmmTMB reports
    them; the conditional sds of u are given all parameters. `reml` has no meaning here.
    """
    basis = orthogonal_basis(design)
    blocks, ways_back = orthogonal_blocks(design.blocks)
    problem = _Problem(design, basis, arrange(blocks))
    x, hessian, converged = _optimum(problem, problem.start(basis))
    factors, gamma, real = problem.unpack(x)
    mode = problem.mode(x)
    n_free, p = len(problem.free), len(gamma)
    covariance = 2 * np.linalg.pinv(hessian, rcond=_FLAT, hermitian=True)
    own = [way @ factor for way, factor in zip(ways_back, factors, strict=True)]
    equations = factorise(
        group_columns(arrange(design.blocks), own), np.empty((design.n_obs, 0)), mode.weights
    )
    auxiliary = natural_auxiliary(design, real)
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(gamma),
        covariance=basis.covariance(covariance[n_free : n_free + p, n_free : n_free + p]),
        blocks=block_estimates(equations, mode.v, 1.0),
        sigma=None,
        loglik=-mode.deviance / 2,
        n_parameters=len(x),
        converged=mode.converged and converged,
        singular=singularities(design.blocks, factors, ways_back) + at_bound(design, auxiliary),
        method="Maximum likelihood (Laplace approximation)",
        versions=library_versions(),
        auxiliary=auxiliary,
    )


def _optimum(problem: _Problem, start: Array) -> tuple[Array, Array, bool]:
    """Return the optimum, the Hessian there, and whether it is one."""
    bounds = problem.bounds()
    x = np.clip(start, *np.array(bounds).T)
    options = {"maxiter": 500, "ftol": 1e-10, "gtol": 1e-4}
    x = minimize(problem.deviance, x, jac=True, method="L-BFGS-B", bounds=bounds, options=options).x
    value, slope = problem.deviance(x)
    for _ in range(_NEWTON_STEPS):
        hessian = problem.hessian(x)
        values, vectors = np.linalg.eigh(hessian)
        curved = np.abs(values) > _FLAT * np.abs(values).max()
        vectors, size = vectors[:, curved], np.abs(values[curved])
        step = -vectors @ ((vectors.T @ slope) / size)
        left = -float(step @ slope)
        if left < _FINISHED:
            break
        for halving in range(_HALVINGS):
            trial, trial_slope = problem.deviance(x + step / 2**halving)
            if trial < value:
                break
        else:  # as good as rounding allows
            break
        x, value, slope = x + step / 2**halving, trial, trial_slope
    return x, hessian, left < _NEGLIGIBLE and bool(values[curved].min() > 0)
