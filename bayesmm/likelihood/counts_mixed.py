"""Negative binomial, zero-inflated and hurdle models with group effects, as glmmTMB fits them.

The Laplace approximation with the observed curvature; a quasi-Newton search with its gradient,
then Newton steps, whose Hessian gives the standard errors.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError
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
from bayesmm.likelihood.search import Minimum, find_minimum
from bayesmm.model.design import Design

__all__ = ["fit_mixed_counts"]

type Array = NDArray[np.float64]

_START = 0.5  # sd of the group effects where the search begins, on columns of mean square one
_LARGEST_SD, _LARGEST_COEFFICIENT = 30.0, 60.0  # of a search on the log scale
_IMPOSSIBLE = 1e12
_SAME = 1e-6  # deviances that differ by less are those of one minimum


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
        # Where the search for the mode begins: at the last one, which is near. Not so where zeros
        # may be counts or added: there may be several modes, and which one is found must not
        # depend on the way.
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
        if not self.design.family.name.startswith("zero_inflated"):
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

    def start(self, basis: Basis) -> Array:
        """Return independent group effects beside the estimates of the model without them."""
        plain = fit_counts(replace(self.design, blocks=()), False)
        own = [_START if i == j else 0.0 for _, i, j in self.free]
        gamma = np.linalg.solve(basis.inverse, plain.estimates)
        with np.errstate(divide="ignore"):  # psi rounded to 1 is at the end of the range
            real = [TRANSFORMS[name].real(value) for name, value in plain.auxiliary.items()]
        return np.concatenate([own, gamma, real])

    def bounds(self) -> Array:
        """Return the ends of the range that a search may use, shape (d, 2)."""
        mean = float(self.design.y.mean())
        ends = [
            *[(-_LARGEST_SD, _LARGEST_SD)] * len(self.free),
            *[(-_LARGEST_COEFFICIENT, _LARGEST_COEFFICIENT)] * self.Q.shape[1],
            *(TRANSFORMS[name].limits(mean) for name in self.design.family.auxiliary),
        ]
        return np.array(ends)

    def at_end(self, x: Array) -> NDArray[np.bool_]:
        """Return which parameters are so near the end of their range that nothing changes."""
        mean = float(self.design.y.mean())
        pairs = natural_auxiliary(self.design, self.unpack(x)[2]).items()
        ends = [TRANSFORMS[name].at_bound(value, mean) for name, value in pairs]
        return np.array([False] * (len(x) - len(ends)) + ends)


def fit_mixed_counts(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate (Laplace approximation) of log mu = X beta + Z u + offset.

    Standard errors of beta are from the observed information of all parameters, as glmmTMB reports
    them; the conditional sds of u are given all parameters. `reml` has no meaning here.

    Raises
    ------
    DataError
        When the common columns are dependent, or no point of the search has a conditional mode.
    """
    basis = orthogonal_basis(design)
    blocks, ways_back = orthogonal_blocks(design.blocks)
    problem = _Problem(design, basis, arrange(blocks))
    found = _search(problem, problem.start(basis))
    x = found.x
    factors, gamma, real = problem.unpack(x)
    if found.value >= _IMPOSSIBLE:
        raise DataError(
            "No maximum of the likelihood was found: the group effects of "
            f"{' and '.join(design.factors)} have no mode near the starting values. Leave some "
            "out, or use a family with fewer parameters."
        )
    mode = problem.mode(x)
    n_free, p = len(problem.free), len(gamma)
    covariance = 2 * found.inverse  # of the deviance, which has twice the curvature
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
        converged=mode.converged and found.converged,
        singular=singularities(design.blocks, factors, ways_back) + at_bound(design, auxiliary),
        method="Maximum likelihood (Laplace approximation)",
        versions=library_versions(),
        auxiliary=auxiliary,
    )


def _search(problem: _Problem, start: Array) -> Minimum:
    """Return the minimum; a search that ran to the end of a range gets a second chance.

    Out there nothing changes any more, so that a long first step may have led there.
    """

    def search(begin: Array) -> Minimum:
        return find_minimum(problem.deviance, begin, problem.bounds(), problem.at_end)

    first = search(start)
    away = problem.at_end(first.x)
    if not away.any():
        return first
    names = problem.design.family.auxiliary
    middle = np.array([0.0] * (len(start) - len(names)) + [TRANSFORMS[n].start for n in names])
    second = search(np.where(away, middle, first.x))
    return second if second.value < first.value - _SAME else first
