"""Generalised linear mixed models and mixed counts by the Laplace approximation.

A quasi-Newton search with the exact gradient, then Newton steps, whose Hessian gives the standard
errors. The approximation is lme4's for the families that lme4 fits, glmmTMB's for other counts.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.likelihood.auxiliary import (
    at_bound,
    joint_covariance,
    natural_auxiliary,
    starts_of,
)
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.blocks import block_estimates, orthogonal_blocks, singularities
from bayesmm.likelihood.group_columns import arrange, group_columns
from bayesmm.likelihood.henderson import factorise
from bayesmm.likelihood.laplace_problem import LaplaceProblem
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.mode_search import IMPOSSIBLE, TooManyPassesError
from bayesmm.likelihood.quadrature import fit_by_quadrature, quadrature_is_possible
from bayesmm.likelihood.record import library_versions
from bayesmm.likelihood.search import Minimum, find_minimum
from bayesmm.model.design import Design

__all__ = ["fit_mixed"]

type Array = NDArray[np.float64]

_SAME = 1e-6  # deviances that differ by less are those of one minimum


def fit_mixed(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate (Laplace approximation) of g(mean) = X beta + Z u + offset.

    Standard errors of beta are from the Hessian of the deviance in all parameters, as lme4 and
    glmmTMB report them; the conditional sds of u are given all parameters. `reml` has no meaning
    here.

    Raises
    ------
    DataError
        When the common columns are dependent, no point of the search has a conditional mode, or
        the search takes too many passes through the data.
    """
    basis = orthogonal_basis(design.mu)
    blocks, back_transforms = orthogonal_blocks(design.blocks)
    problem = LaplaceProblem(design, basis, arrange(blocks))
    integrable = problem.response.several_modes and quadrature_is_possible(design)
    try:
        found = _search(problem, problem.start())
    except TooManyPassesError:
        if integrable:
            return fit_by_quadrature(design)
        raise
    if integrable and not found.converged:
        return fit_by_quadrature(design)
    x = found.x
    factors, gamma, real = problem.unpack(x)
    if found.value >= IMPOSSIBLE:
        raise DataError(
            "No maximum of the likelihood was found: the group effects of "
            f"{' and '.join(design.factors)} have no mode near the starting values. Leave some "
            "out, or use a family with fewer parameters."
        )
    mode = problem.mode(x)
    n_free, p = len(problem.free), len(gamma)
    common = slice(n_free, n_free + p)
    covariance = 2 * found.inverse[common, common]  # the deviance has twice the curvature
    own = [way @ factor for way, factor in zip(back_transforms, factors, strict=True)]
    equations = factorise(
        group_columns(arrange(design.blocks), own), np.empty((design.n_obs, 0)), mode.rows.curvature
    )
    auxiliary = natural_auxiliary(design, real)
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(gamma),
        covariance=basis.covariance(covariance),
        blocks=block_estimates(equations, mode.v, 1.0),
        sigma=None,
        loglik=-mode.deviance / 2,
        n_parameters=len(x),
        converged=mode.converged and found.converged,
        singular=singularities(design.blocks, factors, back_transforms)
        + at_bound(design, auxiliary)
        + (problem.response.warnings(mode.eta, covariance) if found.converged else ()),
        method="Maximum likelihood (Laplace approximation)",
        versions=library_versions(),
        auxiliary=auxiliary,
        joint_covariance=joint_covariance(
            design, basis.inverse, 2 * found.inverse[n_free:, n_free:], auxiliary
        ),
    )


def _search(problem: LaplaceProblem, start: Array) -> Minimum:
    """Return the minimum; a search that ran to the end of a range gets a second chance.

    Out there nothing changes any more, so that a long first step may have led there.
    """

    def search(begin: Array) -> Minimum:
        return find_minimum(problem.deviance, begin, problem.bounds(), problem.at_end)

    first = search(start)
    away = problem.at_end(first.x)
    if not away.any():
        return first
    starts = starts_of(problem.design)
    middle = np.array([0.0] * (len(start) - len(starts)) + starts)
    second = search(np.where(away, middle, first.x))
    return second if second.value < first.value - _SAME else first
