"""Linear mixed models by ML or REML: a search finds theta, Henderson's equations the rest."""

import numpy as np

from bayesmm.errors import DataError
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.blocks import block_estimates, orthogonal_blocks, singularities
from bayesmm.likelihood.linear_model import LinearModel
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.profile_search import ProfileSearch
from bayesmm.model.design import Design
from bayesmm.model.row_sums import log_total
from bayesmm.model.row_sums import mean as row_mean

__all__ = ["fit_lmm"]

_NO_RESIDUAL = (
    "The model gives the response exactly, but for rounding: nothing is left to estimate sigma "
    "from. Look for a column that the response was computed from."
)
# What is left of a response, in units of its sd, when rounding is all that is left.
_ROUNDING = 1e-13
# An sd of group effects in units of sigma beyond which the deviance is lost in its rounding.
_LARGEST_RATIO = 1e6


def fit_lmm(design: Design, reml: bool) -> MLFit:
    """Return the ML or REML estimate of y = X beta + Z u + offset + e, sd(e_i) = sigma / sqrt(w_i).

    Standard errors of beta are sigma^2 (X' V^-1 X)^-1 and the conditional sds of u are given
    beta, theta and sigma: both as lme4 reports them.
    """
    rows = design.condensed()
    basis = orthogonal_basis(rows.mu)
    n, p = design.n_obs, basis.Q.shape[1]
    for block in design.blocks:
        together = block.n_effects if block.covariance.correlated else 1  # in one covariance matrix
        if block.n_groups * together >= n:
            raise DataError(
                f"The {together} effects of each of {block.n_groups} levels of "
                f"{block.factor} cannot be told from the residual of {n} rows. Leave effects "
                "out, or use a factor with fewer levels."
            )
    weights = np.ones(len(rows.y)) if rows.weights is None else rows.weights
    y = rows.y - rows.mu.known
    # theta does not change when common effects are taken from y, nor with its unit; the
    # optimiser then sees numbers of order one whatever the data.
    start = np.linalg.lstsq(basis.Q, y)[0]
    residual = y - basis.Q @ start
    unit = float(np.std(residual))
    if unit <= _ROUNDING * float(np.linalg.norm(y) / np.sqrt(len(y))):
        raise DataError(_NO_RESIDUAL)
    residual = residual / unit
    blocks, back_transforms = orthogonal_blocks(rows.blocks)
    degrees = n - p if reml else n
    model = LinearModel(residual, basis.Q, weights, blocks)
    optimum = ProfileSearch(model, degrees, reml).optimum()
    ratio = max(np.abs(factor).max() for factor in optimum.factors)
    own_weights = np.ones(1) if design.weights is None else design.weights
    if (
        ratio * np.sqrt(row_mean(own_weights)) > _LARGEST_RATIO
    ):  # sigma is that of a row of weight 1
        raise DataError(_NO_RESIDUAL)

    own = [way @ factor for way, factor in zip(back_transforms, optimum.factors, strict=True)]
    solution = LinearModel(residual, basis.Q, weights, rows.blocks).solved(own, from_rows=True)
    equations = solution.equations
    sigma = np.sqrt(solution.penalised / degrees)
    deviance = degrees * (1 + np.log(2 * np.pi * sigma**2 * unit**2))
    deviance += equations.log_det_effects - log_total(own_weights)
    if reml:
        deviance += equations.log_det_common + 2 * basis.log_det
    estimates = block_estimates(equations, unit * solution.v, sigma * unit)
    name = "REML" if reml else "Maximum likelihood"
    return MLFit(
        design=design,
        reml=reml,
        estimates=basis.coefficients(start + unit * solution.beta),
        covariance=(sigma * unit) ** 2 * basis.covariance(equations.common_covariance),
        blocks=estimates,
        sigma=float(sigma * unit),
        loglik=-0.5 * float(deviance),
        n_parameters=p + sum(b.n_covariance_parameters for b in estimates) + 1,
        converged=optimum.converged,
        singular=singularities(rows.blocks, optimum.factors, back_transforms),
        method=f"{name} (linear mixed model)",
    )
