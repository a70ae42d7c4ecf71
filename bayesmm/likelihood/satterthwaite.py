"""Satterthwaite's degrees of freedom of the common effects of a gaussian model.

The variance v = c' Var(beta) c of a contrast c'beta is a function of theta and log sigma, which are
estimated themselves. The scaled chi-squared distribution with the mean and the variance of its
estimate has df = 2 v^2 / (g' A g) degrees of freedom, with g the gradient of v and A = 2 H^-1 the
covariance matrix of (theta, log sigma), H the Hessian of the (restricted) deviance.

theta are the elements of Lambda on orthogonal columns; the deviance depends on sigma in closed
form, and only theta is differentiated numerically, to fourth order.

References
----------
Satterthwaite, F. E. (1946). An approximate distribution of estimates of variance components.
Biometrics Bulletin 2, 110. doi:10.2307/3002019

Fai, A. H.-T. and Cornelius, P. L. (1996). Approximate F-tests of multiple degree of freedom
hypotheses in generalized least squares analyses of unbalanced split-plot experiments. Journal of
Statistical Computation and Simulation 54, 363. doi:10.1080/00949659608811740

Kuznetsova, A., Brockhoff, P. B. and Christensen, R. H. B. (2017). lmerTest package: tests in
linear mixed effects models. Journal of Statistical Software 82(13). doi:10.18637/jss.v082.i13
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bayesmm.arrays import Array
from bayesmm.likelihood.basis import orthogonal_basis
from bayesmm.likelihood.blocks import free_elements, orthogonal_blocks
from bayesmm.likelihood.curvature import derivatives
from bayesmm.likelihood.linear_model import LinearModel
from bayesmm.likelihood.record import MLRecord
from bayesmm.one_thread import one_blas_thread

__all__ = ["Sensitivity", "sensitivity"]

# Differences are taken over this part of a standard error of each element of theta, found by
# trial from the first step, and over no more than the last where the deviance is flat.
_STEP = 0.05
_FIRST_STEP, _LONGEST_STEP = 0.01, 0.2
_TRIALS = 8
# Beside the largest eigenvalue of the scaled Hessian a direction below this is flat (elements of
# Lambda beside a zero sd): Var(beta) does not depend on it either, and it is left out.
_FLAT = 1e-7
# Denominators of an F test that differ by less are equal.
_EQUAL = 1e-8


@dataclass(frozen=True, slots=True, eq=False)
class Sensitivity:
    """How Var(beta) depends on the variance parameters, and how uncertain these are.

    Attributes
    ----------
    covariance : ndarray, shape (p, p)
        Var(beta) at the estimates.
    jacobian : ndarray, shape (m, p, p)
        Its derivatives in the m parameters.
    uncertainty : ndarray, shape (m, m)
        Asymptotic covariance matrix of the parameters.
    """

    covariance: Array
    jacobian: Array
    uncertainty: Array

    def degrees_of_freedom(self, contrasts: Array) -> Array:
        """Return the degrees of freedom of each row of `contrasts`, shape (k, p)."""
        variance = np.einsum("ka,ab,kb->k", contrasts, self.covariance, contrasts)
        slopes = np.einsum("ka,mab,kb->km", contrasts, self.jacobian, contrasts)
        spread = np.einsum("km,mn,kn->k", slopes, self.uncertainty, slopes)
        with np.errstate(divide="ignore", invalid="ignore"):
            return 2 * variance**2 / spread

    def f_test(self, contrasts: Array, estimates: Array) -> tuple[float, int, float]:
        """Return F, its numerator and its denominator degrees of freedom, for L beta = 0.

        The hypothesis is rotated to independent contrasts, whose t statistics are squared and
        averaged; the F distribution has their mean (Fai and Cornelius, as in lmerTest).
        """
        values, vectors = np.linalg.eigh(contrasts @ self.covariance @ contrasts.T)
        kept = values > np.sqrt(np.finfo(float).eps) * values.max()
        independent = vectors[:, kept].T @ contrasts
        statistic = float(np.mean((independent @ estimates) ** 2 / values[kept]))
        return statistic, int(kept.sum()), _denominator(self.degrees_of_freedom(independent))


def sensitivity(fit: MLRecord) -> Sensitivity:
    """Return the sensitivity of a gaussian fit; without group effects every df is n - p.

    At the boundary nothing is special: the deviance and Var(beta) are even in an element of Lambda
    that is zero because its sd is zero or a correlation is +-1, so that it does not take part.
    """
    if not fit.design.blocks:
        df = fit.design.n_obs - len(fit.estimates)
        uncertainty = np.array([[1 / (2 * df)]])
        return Sensitivity(fit.covariance, 2 * fit.covariance[None], uncertainty)
    evaluate, theta = _profile(fit)
    p = len(fit.estimates)
    with one_blas_thread():
        steps = _steps(lambda point: float(evaluate(point)[0]), theta)
        value, first, second = derivatives(evaluate, theta, steps)
    # sigma is 1 here: deviance = n log sigma^2 + log determinants + penalised / sigma^2
    penalised, slopes = value[1], first[:, 1]
    hessian = np.zeros((len(theta) + 1, len(theta) + 1))
    hessian[:-1, :-1] = second[:, :, 0]
    hessian[:-1, -1] = hessian[-1, :-1] = -2 * slopes
    hessian[-1, -1] = 4 * penalised
    jacobian = np.concatenate([first[:, 2:], 2 * value[None, 2:]]).reshape(len(theta) + 1, p, p)
    scale = np.append(steps / _STEP, (4 * penalised) ** -0.5)
    return Sensitivity(fit.covariance, jacobian, 2 * _inverse(hessian, scale))


def _profile(fit: MLRecord) -> tuple[Callable[[Array], Array], Array]:
    """Return a function of theta, and theta at the estimates.

    Its value holds the deviance at sigma = 1, the penalised residual sum of squares, and Var(beta),
    all in units of the estimated sigma.
    """
    design = fit.design.condensed()
    basis = orthogonal_basis(design.mu)
    blocks, back_transforms = orthogonal_blocks(design.blocks)
    weights = np.ones(design.n_obs) if design.weights is None else design.weights
    y = design.y - design.mu.known
    residual = (y - basis.Q @ np.linalg.lstsq(basis.Q, y)[0]) / fit.sigma
    factors = [_factor(fit, k, back_transform) for k, back_transform in enumerate(back_transforms)]
    free = free_elements(blocks)
    model = LinearModel(residual, basis.Q, weights, blocks)

    def evaluate(theta: Array) -> Array:
        moved = [factor.copy() for factor in factors]
        for (k, i, j), value in zip(free, theta, strict=True):
            moved[k][i, j] = value
        solution = model.solved(moved)
        equations = solution.equations
        deviance = equations.log_det_effects + solution.penalised
        if fit.reml:
            deviance += equations.log_det_common
        covariance = fit.sigma**2 * basis.covariance(equations.common_covariance)
        return np.concatenate([[deviance, solution.penalised], covariance.ravel()])

    return evaluate, np.array([factors[k][i, j] for k, i, j in free])


def _factor(fit: MLRecord, k: int, back_transform: Array) -> Array:
    """Return Lambda of block k on its orthogonal columns, lower triangular."""
    estimates = fit.blocks[k]
    sd = estimates.sd / fit.sigma
    if estimates.corr is None:
        return np.diag(sd / np.diag(back_transform))
    # beside a zero sd a correlation is undefined, and the covariance zero
    values, vectors = np.linalg.eigh(sd[:, None] * np.nan_to_num(estimates.corr) * sd)
    root = np.linalg.solve(back_transform, vectors * np.sqrt(np.maximum(values, 0.0)))
    return np.linalg.qr(root.T)[1].T


def _steps(deviance: Callable[[Array], float], theta: Array) -> Array:
    """Return the steps by which the deviance rises by `_STEP` squared, one standard error by 1."""
    centre = deviance(theta)
    steps = np.full(len(theta), _FIRST_STEP)
    for k in range(len(theta)):
        for _ in range(_TRIALS):
            shift = np.zeros(len(theta))
            shift[k] = steps[k]
            rise = (deviance(theta + shift) + deviance(theta - shift)) / 2 - centre
            wanted = np.sqrt(_STEP**2 / rise) if rise > 0 else np.inf
            longest = _LONGEST_STEP * (1 + abs(theta[k])) / steps[k]
            factor = min(max(wanted, 0.1), 10.0, longest)
            steps[k] *= factor
            if 0.8 < factor < 1.25:
                break
    return steps


def _inverse(hessian: Array, scale: Array) -> Array:
    """Return the inverse on the directions in which the deviance is curved upwards."""
    values, vectors = np.linalg.eigh(hessian * scale[:, None] * scale)
    kept = values > _FLAT * values.max()
    vectors = vectors[:, kept] * scale[:, None]
    return (vectors / values[kept]) @ vectors.T


def _denominator(df: Array) -> float:
    """Return the df of the F distribution with the mean of the averaged squared t statistics."""
    if np.ptp(df) < _EQUAL * df.max():
        return float(df.mean())
    if df.min() <= 2:  # a squared t statistic has no mean; as in lmerTest
        return 2.0
    total = float(np.sum(df / (df - 2)))
    return 2 * total / (total - len(df))
