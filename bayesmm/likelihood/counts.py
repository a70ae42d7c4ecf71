"""Negative binomial, zero-inflated and hurdle models without group effects, by Newton's method.

The log likelihood is that of `bayesmm.model.distributions`, differentiated numerically: nine
parameters and a thousand rows take a few hundredths of a second.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bayesmm.likelihood.auxiliary import TRANSFORMS, at_bound, natural_auxiliary
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.curvature import gradient, hessian
from bayesmm.likelihood.information import inverse_information, separation
from bayesmm.likelihood.record import MLFit, library_versions
from bayesmm.likelihood.scoring import fisher_scoring
from bayesmm.model.design import Design
from bayesmm.model.distributions import DISTRIBUTIONS_OF_FAMILIES, ResponseParameters
from bayesmm.model.links import LINKS

__all__ = ["fit_counts"]

type Array = NDArray[np.float64]

_GRADIENT_STEP, _HESSIAN_STEP = 1e-4, 1e-3  # coefficients of the basis are of unit order
# A direction with less curvature than this, relative to the largest, leads to a bound that is
# infinitely far (psi = 1, a coefficient of separated data); what is left to gain on the way is far
# below the rounding of a report.
_FLAT = 1e-9
# Rounding of the objective, in units of the last place, that differences carry into a curvature.
_ROUNDING = 16
_LARGEST_EXPONENT = 300.0


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Coefficients and transformed auxiliary parameters, and -2 log likelihood there."""

    theta: Array
    objective: float


def fit_counts(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate of g(mu) = X beta + offset with its auxiliary parameters.

    Standard errors are from the observed information of all parameters, as glmmTMB reports them.
    `reml` has no meaning here.
    """
    basis = orthogonal_basis(design)
    names = design.family.auxiliary
    p = basis.Q.shape[1]
    objective = _deviance(design, basis.Q)

    def direction(point: _Point) -> tuple[Array, float]:
        slope = gradient(objective, point.theta, np.full(len(point.theta), _GRADIENT_STEP))
        curvature, flat = _curvature(objective, point)
        values, vectors = np.linalg.eigh(curvature)
        curved = np.abs(values) > flat
        vectors, size = vectors[:, curved], np.abs(values[curved])
        step = -vectors @ ((vectors.T @ slope) / size)
        return step, -float(step @ slope) / 2

    def moved(point: _Point, step: Array) -> _Point:
        theta = point.theta + step
        return _Point(theta, objective(theta))

    start = np.concatenate([_start(design, basis.Q), [TRANSFORMS[name].start for name in names]])
    point, converged = fisher_scoring(_Point(start, objective(start)), direction, moved)
    # -2 log likelihood has twice the curvature; a flat direction leaves the others as they are.
    curvature, flat = _curvature(objective, point)
    covariance = 2 * inverse_information(curvature, flat)[:p, :p]
    auxiliary = natural_auxiliary(design, point.theta[p:])
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(point.theta[:p]),
        covariance=basis.covariance(covariance),
        blocks=(),
        sigma=None,
        loglik=-point.objective / 2,
        n_parameters=len(point.theta),
        converged=converged,
        singular=at_bound(design, auxiliary) + separation(covariance),
        method="Maximum likelihood (Newton's method)",
        versions=library_versions(),
        auxiliary=auxiliary,
    )


def _deviance(design: Design, Q: Array) -> Callable[[Array], float]:
    """Return -2 log likelihood as a function of (gamma, transformed auxiliary parameters)."""
    inverse = LINKS[design.family.link].inverse
    log_likelihood = DISTRIBUTIONS_OF_FAMILIES[design.family.name].log_likelihood
    offset = np.zeros(design.n_obs) if design.offset is None else design.offset
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    p = Q.shape[1]

    def objective(theta: Array) -> float:
        eta = np.clip(offset + Q @ theta[:p], -_LARGEST_EXPONENT, _LARGEST_EXPONENT)
        natural = natural_auxiliary(design, theta[p:])
        auxiliary = {name: np.asarray(value) for name, value in natural.items()}
        # Far from the optimum a share rounds to 1 and a mean to 0: the step is then halved.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            rows = log_likelihood(design.y, ResponseParameters.of(design, inverse(eta), auxiliary))
            return -2 * float(weights @ rows)

    return objective


def _curvature(objective: Callable[[Array], float], point: _Point) -> tuple[Array, float]:
    """Return the Hessian, and how much curvature is as good as none."""
    result = hessian(objective, point.theta, np.full(len(point.theta), _HESSIAN_STEP))
    rounding = _ROUNDING * np.spacing(abs(point.objective)) / _HESSIAN_STEP**2
    return result, max(_FLAT * float(np.linalg.norm(result, 2)), rounding)


def _start(design: Design, Q: Array) -> Array:
    """Return least squares of the link of the data, drawn half way to their mean."""
    halfway = LINKS[design.family.link].link((design.y + design.y.mean()) / 2)
    known = 0.0 if design.offset is None else design.offset
    return np.linalg.lstsq(Q, halfway - known)[0]
