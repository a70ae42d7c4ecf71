"""Generalised linear models without group effects, by iteratively reweighted least squares."""

from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.information import inverse_information
from bayesmm.likelihood.likelihood import likelihood_of
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.rows import ResponseRows
from bayesmm.likelihood.scoring import fisher_scoring
from bayesmm.model.design import Design

__all__ = ["fit_glm"]

# Less information than this part of the largest is none.
_LEAST_INFORMATION = 1e-13


@dataclass(frozen=True, slots=True, eq=False)
class _Point:
    """Coefficients of the orthogonal basis and the likelihood there."""

    gamma: Array
    rows: ResponseRows

    @property
    def objective(self) -> float:
        return -2 * float(self.rows.log_likelihood.sum())


def fit_glm(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate of g(mean) = X beta + offset; `reml` has no meaning here.

    Standard errors are from the Fisher information (X' W X)^-1, as R's glm reports them.

    Dependent columns, and a link that allows no starting values, are a `DataError`.
    """
    likelihood = likelihood_of(design)
    basis = orthogonal_basis(design.mu)
    Q = basis.Q
    offset = design.mu.known

    def at(gamma: Array) -> _Point:
        return _Point(gamma, likelihood.evaluate(offset + Q @ gamma))

    def direction(point: _Point) -> tuple[Array, float]:
        score, weights = point.rows.score[0], point.rows.curvature[0, 0]
        step = _weighted_least_squares(Q, score / weights, weights)
        return step, float(step @ (Q.T @ score))

    def moved(point: _Point, step: Array) -> _Point:
        return at(point.gamma + step)

    # The first point is a least-squares fit to the working response at the data themselves.
    near = likelihood.evaluate(likelihood.start)
    weights = near.curvature[0, 0]
    response = likelihood.start - offset + near.score[0] / weights
    first = at(_weighted_least_squares(Q, response, weights))
    if not np.isfinite(first.objective):
        raise DataError(
            f"No starting values: with the {design.family.link} link the means of the "
            f"{design.family.name} family leave their range. Use another link."
        )
    point, converged = fisher_scoring(first, direction, moved)
    information = Q.T @ (point.rows.curvature[0, 0, :, None] * Q)
    least = _LEAST_INFORMATION * float(np.linalg.norm(information))
    covariance = inverse_information(information, least)
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(point.gamma),
        covariance=basis.covariance(covariance),
        blocks=(),
        sigma=None,
        loglik=-point.objective / 2,
        n_parameters=len(point.gamma),
        converged=converged,
        singular=likelihood.warnings(offset + Q @ point.gamma, covariance),
        method="Maximum likelihood (iteratively reweighted least squares)",
    )


def _weighted_least_squares(Q: Array, response: Array, weights: Array) -> Array:
    """Return the coefficients that minimise sum_i w_i (r_i - Q_i gamma)^2."""
    root = np.sqrt(weights)
    return np.linalg.lstsq(root[:, None] * Q, root * response)[0]
