"""Linear models without group effects, by least squares."""

import numpy as np

from bayesmm.errors import DataError
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.model.design import Design
from bayesmm.model.row_sums import log_total

__all__ = ["fit_lm"]


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
