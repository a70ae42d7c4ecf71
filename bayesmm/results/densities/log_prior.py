"""The log density of the priors at the draws."""

from collections.abc import Callable, Mapping

import numpy as np
import scipy  # scipy.stats takes half a second to import: it is when a density is asked for
import xarray as xr

from bayesmm import special
from bayesmm.arrays import Array
from bayesmm.model.correlation import partial_concentrations
from bayesmm.model.design import Design
from bayesmm.model.names import coefficient_names, corr_name, sd_names
from bayesmm.model.prior_columns import prior_design
from bayesmm.model.priors import Prior, Priors
from bayesmm.sampling.posterior import common_draws, correlation_draws, named_draws, sd_draws
from bayesmm.sampling.raw_columns import draws_of_prior_columns

__all__ = ["log_prior", "prior_log_density"]

_LOG_2 = np.log(2)


def _min_gumbel(z: Array) -> Array:
    """Return z - e^z, of any z without an overflow."""
    return z - np.exp(np.minimum(z, 700.0))


_LOG_DENSITIES: Mapping[str, Callable[..., Array]] = {
    "Normal": lambda x, *given: scipy.stats.norm.logpdf(x, *given),  # noqa: PLW0108
    "StudentT": lambda x, *given: scipy.stats.t.logpdf(x, *given),  # noqa: PLW0108
    "Cauchy": lambda x, *given: scipy.stats.cauchy.logpdf(x, *given),  # noqa: PLW0108
    "Laplace": lambda x, *given: scipy.stats.laplace.logpdf(x, *given),  # noqa: PLW0108
    "Logistic": lambda x, *given: scipy.stats.logistic.logpdf(x, *given),  # noqa: PLW0108
    "MinGumbel": lambda x, mu, beta: _min_gumbel((x - mu) / beta) - np.log(beta),
    "Uniform": lambda x, lower, upper: scipy.stats.uniform.logpdf(x, lower, upper - lower),
    "Flat": np.zeros_like,  # improper: any constant
    "HalfFlat": np.zeros_like,
    "HalfNormal": lambda x, sigma: scipy.stats.halfnorm.logpdf(x, scale=sigma),
    "HalfStudentT": lambda x, nu, sigma: _LOG_2 + scipy.stats.t.logpdf(x, nu, 0, sigma),
    "HalfCauchy": lambda x, beta: scipy.stats.halfcauchy.logpdf(x, scale=beta),
    "Exponential": lambda x, lam: scipy.stats.expon.logpdf(x, scale=1 / lam),
    "Gamma": lambda x, alpha, beta: scipy.stats.gamma.logpdf(x, alpha, scale=1 / beta),
    "Beta": lambda x, *given: scipy.stats.beta.logpdf(x, *given),  # noqa: PLW0108
    "InverseGamma": lambda x, alpha, beta: scipy.stats.invgamma.logpdf(x, alpha, scale=beta),
}


def prior_log_density(prior: Prior, values: Array) -> Array:
    """Return the log density of a prior of one number, shape of `values`."""
    return _LOG_DENSITIES[prior.distribution](np.asarray(values, dtype=float), *prior.parameters)


def log_prior(design: Design, priors: Priors, draws: xr.DataTree) -> dict[str, Array]:
    """Return the log prior density of every parameter at every draw.

    The distribution of the group effects given their covariance is part of the model, not of
    the prior, and is left out.

    Each of shape (chain, draw), by the names of `priors`; a Decov prior of the sds of a block is
    under the first of their names. The prior of ``Intercept`` is of the intercept at the mean of
    the predictors, that of a threshold likewise, and up to the constant that their order makes; of
    others see `bayesmm.model.prior_columns`.
    """
    draws = draws_of_prior_columns(draws, design, priors)
    design = prior_design(design, priors)
    found = {}
    for predictor in design.linear_predictors:
        common = common_draws(draws, design, predictor.parameter)
        if predictor.intercept:
            common = common.copy()
            common[:, :, 0] += common[:, :, 1:] @ predictor.centre
        for k, name in enumerate(coefficient_names(predictor)):
            found[name] = prior_log_density(priors[name], common[:, :, k])
    for name in design.constants:
        values = named_draws(draws, name)
        if name in design.family.thresholds:
            values = values - common_draws(draws, design) @ design.mu.centre
        found[name] = prior_log_density(priors[name], values)
    for index, block in enumerate(design.blocks):
        names = sd_names(block)
        if priors[names[0]].distribution == "Decov":
            own = design.family.dispersion
            dispersion = named_draws(draws, own) if own else 1.0
            found[names[0]] = _decov(priors[names[0]], sd_draws(draws, block), dispersion)
        else:
            found |= {
                name: prior_log_density(priors[name], named_draws(draws, name)) for name in names
            }
        correlation = corr_name(design.blocks, index)
        if correlation is not None:
            matrices = correlation_draws(draws, design, index)
            found[correlation] = _lkj(priors[correlation].parameters[0], matrices)
    return found


def _lkj(eta: float, matrices: Array) -> Array:
    """Return the log density of LKJ(eta) at correlation matrices of shape (..., q, q)."""
    k = partial_concentrations(matrices.shape[-1], eta)
    constant = np.sum((2 * k - 1) * _LOG_2 + special.betaln(k, k))
    _, log_det = np.linalg.slogdet(matrices)
    # LKJ(1) is uniform, also where rounding makes a matrix singular
    return (0.0 if eta == 1 else (eta - 1) * log_det) - constant + np.zeros_like(log_det)


def _decov(prior: Prior, sds: Array, dispersion: Array | float) -> Array:
    """Return the log density of Decov at the sds of a block, shape (..., q).

    With c = scale dispersion sqrt(q): tau = |sd| / c and pi = sd^2 / |sd|^2, so that the volume
    element is c^-1 |sd|^(1 - q) 2^(q - 1) prod_a sqrt(pi_a) d tau d pi.
    """
    concentration, shape, scale = prior.parameters
    q = sds.shape[-1]
    length = np.linalg.norm(sds, axis=-1)
    unit = scale * dispersion * np.sqrt(q)
    log_pi = 2 * (np.log(sds) - np.log(length)[..., None])
    dirichlet = special.gammaln(q * concentration) - q * special.gammaln(concentration)
    dirichlet = dirichlet + (concentration - 1) * log_pi.sum(axis=-1)
    volume = (q - 1) * (_LOG_2 - np.log(length)) + log_pi.sum(axis=-1) / 2 - np.log(unit)
    if q == 1:
        dirichlet, volume = 0.0, -np.log(unit)
    return scipy.stats.gamma.logpdf(length / unit, shape) + dirichlet + volume
