"""What is normal given the coordinates of an engine: columns, priors of coefficients, densities."""

from collections.abc import Mapping

import numpy as np
from scipy.sparse import csc_matrix, hstack
from scipy.sparse.linalg import splu

from bayesmm.arrays import Array
from bayesmm.model.design import Design
from bayesmm.model.predictor import Predictor
from bayesmm.model.priors import Prior, Priors
from bayesmm.special import gammaln

__all__ = [
    "COEFFICIENTS",
    "STREAM",
    "coefficient_columns",
    "design_columns",
    "minus_log_normal",
    "mixed_coefficients",
]

COEFFICIENTS = "coefficients"  # their name among what is given
STREAM = 0x7665726966  # apart from the streams of the sampler


def coefficient_columns(predictor: Predictor) -> Array:
    """Return the columns of the coefficients, centred, shape (n_obs, p)."""
    ones = np.ones((predictor.n_obs, int(predictor.intercept)))
    return np.column_stack([ones, predictor.X - predictor.centre])


def design_columns(design: Design) -> csc_matrix:
    """Return the columns of all coefficients and effects, those of an effect level by level."""
    parts = [csc_matrix(coefficient_columns(design.mu))]
    rows = np.arange(design.n_obs)
    for block in design.blocks:
        for _, z in block.effect_columns():
            shape = (design.n_obs, block.n_groups)
            parts.append(csc_matrix((z, (rows, block.columns.codes)), shape=shape))
    return csc_matrix(hstack(parts))


def minus_log_normal(P: csc_matrix, slope: Array) -> float:
    """Return minus the log density of N(P^-1 t, P^-1) at v up to a constant, slope = t - P v."""
    factor = splu(P)
    log_det = float(np.sum(np.log(np.abs(factor.U.diagonal()))))
    return -0.5 * log_det + 0.5 * float(slope @ factor.solve(slope))


def mixed_coefficients(
    design: Design, priors: Priors, beta: Array, omegas: Mapping[int, float]
) -> tuple[Array, Array, float]:
    """Return means and precisions given omega, and log N(b) p(omega) omega / p(b).

    `beta` are the coefficients of mu, and `omegas` the mixing precision of each that has one.
    """
    means, precisions, log_weight = np.zeros(len(beta)), np.zeros(len(beta)), 0.0
    for k, name in enumerate(design.mu.terms):
        prior, omega = priors[name], float(omegas.get(k, 1.0))
        means[k], precisions[k] = _normal_part(prior, omega)
        if k in omegas:
            log_weight += _log_mixture(prior, omega)
            log_weight += 0.5 * np.log(precisions[k] / (2 * np.pi))
            log_weight -= 0.5 * precisions[k] * (beta[k] - means[k]) ** 2
            log_weight -= _log_marginal(prior, float(beta[k]))
    return means, precisions, log_weight


def _normal_part(prior: Prior, omega: float) -> tuple[float, float]:
    """Return mean and precision of a coefficient given its mixing precision."""
    match prior.distribution, prior.parameters:
        case "Flat", _:
            return 0.0, 0.0
        case ("Normal" | "Cauchy", (mu, scale)) | ("StudentT", (_, mu, scale)):
            return mu, omega / scale**2
        case "Laplace", (mu, scale):
            return mu, omega / (2 * scale**2)
    raise ValueError(f"{prior} is no mixture of normal distributions")


def _log_mixture(prior: Prior, omega: float) -> float:
    """Return log p(log omega) up to a constant: Gamma(nu/2, nu/2), or 1 / omega ~ Exponential."""
    if prior.distribution == "Laplace":
        return float(-np.log(omega) - 1 / omega)
    half = 0.5 * (1.0 if prior.distribution == "Cauchy" else prior.parameters[0])
    return float(half * np.log(half) - gammaln(half) + half * np.log(omega) - half * omega)


def _log_marginal(prior: Prior, value: float) -> float:
    """Return the log density of a coefficient without its mixing precision, up to a constant."""
    if prior.distribution == "Laplace":
        return -abs(value - prior.parameters[0]) / prior.parameters[1]
    *nu, mu, scale = prior.parameters
    degrees = nu[0] if nu else 1.0
    return float(-(degrees + 1) / 2 * np.log1p(((value - mu) / scale) ** 2 / degrees))
