"""Models without group effects of families with further parameters.

The search is that of the models with group effects: quasi-Newton with the exact gradient, then
Newton steps. Of separated data the likelihood has no maximum, only an end where it no longer
changes; differences of the likelihood itself would be lost there in its rounding.
"""

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.links import LINKS
from bayesmm.likelihood.auxiliary import (
    at_bound,
    ends_of_range,
    joint_covariance,
    limits_of,
    natural_auxiliary,
    starts_of,
)
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.density_rows import density_rows
from bayesmm.likelihood.information import separation
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.record import library_versions
from bayesmm.likelihood.rows import auxiliary_slopes
from bayesmm.likelihood.search import find_minimum
from bayesmm.model.design import Design
from bayesmm.model.response_scale import mean_response

__all__ = ["fit_counts"]

type Array = NDArray[np.float64]

_IMPOSSIBLE = 1e12  # far from the optimum a share rounds to 1 and a mean to 0
_LARGEST_SHARE = 0.95  # where counts above 1 begin, whose mean is below it with that link
_LARGEST_COEFFICIENT = 60.0  # on the scale of a logarithm


def fit_counts(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate of g(mu) = X beta + offset with its auxiliary parameters.

    Standard errors are from the observed information of all parameters, as glmmTMB reports them.
    `reml` has no meaning here.
    """
    basis = orthogonal_basis(design.mu)
    p = basis.Q.shape[1]
    rows = density_rows(design)
    offset = design.mu.known

    def deviance(x: Array) -> tuple[float, Array]:
        eta, real = offset + basis.Q @ x[:p], x[p:]
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            here, slopes = rows(eta, real), auxiliary_slopes(rows, eta, real)
            value = -2 * float(here.log_likelihood.sum())
            auxiliary = [slope.log_likelihood.sum() for slope in slopes]
            gradient = -2 * np.concatenate([basis.Q.T @ here.score, auxiliary])
        if not (np.isfinite(value) and np.isfinite(gradient).all()):
            return _IMPOSSIBLE, np.zeros_like(x)
        return value, gradient

    ends = [(-_LARGEST_COEFFICIENT, _LARGEST_COEFFICIENT)] * p
    bounds = np.array(ends + limits_of(design))
    start = np.concatenate([_start(design, basis.Q), starts_of(design)])
    found = find_minimum(deviance, start, bounds, lambda x: ends_of_range(design, x[p:], len(x)))
    covariance = 2 * found.inverse[:p, :p]  # the deviance has twice the curvature
    auxiliary = natural_auxiliary(design, found.x[p:])
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(found.x[:p]),
        covariance=basis.covariance(covariance),
        blocks=(),
        sigma=None,
        loglik=-found.value / 2,
        n_parameters=len(found.x),
        converged=found.converged,
        singular=at_bound(design, auxiliary) + (separation(covariance) if found.converged else ()),
        method="Maximum likelihood (quasi-Newton, then Newton steps)",
        versions=library_versions(),
        auxiliary=auxiliary,
        joint_covariance=joint_covariance(design, basis.inverse, 2 * found.inverse, auxiliary),
    )


def _start(design: Design, Q: Array) -> Array:
    """Return least squares of the link of the data, drawn half way to their mean."""
    if design.family.latent and design.family.level is not None:
        level = np.full(design.n_obs, design.family.level(design.y))
        return np.linalg.lstsq(Q, level - design.mu.known)[0]
    y = mean_response(design)
    mean = (y + y.mean()) / 2
    if design.family.on_real_line and design.family.link != "identity":
        # the link of a response of any sign is that of its mean alone
        mean = np.full(design.n_obs, abs(y.mean()) or 1.0)
    if design.family.link == "cloglog":
        mean = np.minimum(mean, _LARGEST_SHARE)
    halfway = LINKS[design.family.link].link(mean)
    return np.linalg.lstsq(Q, halfway - design.mu.known)[0]
