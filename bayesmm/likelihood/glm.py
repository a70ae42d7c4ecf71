"""Models without group effects: linear ones by least squares, others by reweighted ones."""

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
from bayesmm.model.row_sums import log_total

__all__ = ["fit_glm", "fit_lm"]

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


def fit_lm(design: Design, reml: bool) -> MLFit:
    """Return least squares of y - offset on X with weights w.

    sigma^2 = RSS / (n - p) when `reml`, as R's lm reports it, or RSS / n. The log likelihood is
    the maximum of the (unrestricted) likelihood in both cases, again as R's lm reports it.
    """
    rows = design.condensed()
    basis = orthogonal_basis(rows.mu)
    n, p = design.n_obs, basis.Q.shape[1]
    if p >= n:
        raise DataError(f"{p} common effects and {n} rows leave nothing to estimate sigma from.")
    y = rows.y - rows.mu.known
    weights = np.ones(len(y)) if rows.weights is None else rows.weights
    root = np.sqrt(weights)
    WQ = root[:, None] * basis.Q
    gamma = np.linalg.lstsq(WQ, root * y)[0]
    rss = float(np.sum((root * y - WQ @ gamma) ** 2))
    sigma_squared = rss / (n - p if reml else n)
    loglik = -0.5 * n * (1 + np.log(2 * np.pi * rss / n))
    if design.weights is not None:
        loglik += 0.5 * log_total(design.weights)
    return MLFit(
        design=design,
        reml=False,
        estimates=basis.coefficients(gamma),
        covariance=sigma_squared * basis.covariance(np.linalg.inv(WQ.T @ WQ)),
        blocks=(),
        sigma=float(np.sqrt(sigma_squared)),
        loglik=float(loglik),
        n_parameters=p + 1,
        converged=True,
        singular=(),
        method="Ordinary least squares, sigma with n - p degrees of freedom"
        if reml
        else "Maximum likelihood (least squares, sigma with n)",
        unbiased_sigma=reml,
    )
