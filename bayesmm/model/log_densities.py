"""The log density of each family, written once in the words of `numeric`.

log p(y) = kernel(y, argument, parameters) + normaliser(y, parameters) + base(y), where the argument
is the mean mu or its logarithm and the parameters are the family's further ones, in its order. The
split is for speed: the kernel is computed in every row, the normaliser once per distinct response,
the base never by a sampler.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bayesmm.model.numeric import (
    erfc,
    exp,
    expit,
    expm1,
    lgamma,
    log,
    log1mexp,
    log1p,
    softplus,
    where,
)

__all__ = ["LOG_DENSITIES", "LogDensity"]

_SQRT_HALF = 0.5**0.5
_LOG_PI = 1.1447298858494002


@dataclass(frozen=True, slots=True)
class LogDensity:
    """The log density of one row.

    Attributes
    ----------
    kernel : callable
        ``kernel(y, argument, *parameters)``.
    normaliser : callable
        ``normaliser(y, *parameters)``.
    base : callable
        ``base(y)``.
    arguments : mapping of str to callable
        The argument as a function of the linear predictor, by link.
    by_value : bool
        Whether the normaliser depends on y.
    zeros : bool
        Whether the kernel says anything of a response of 0.
    """

    kernel: Callable
    normaliser: Callable
    base: Callable
    arguments: Mapping[str, Callable]
    by_value: bool = True
    zeros: bool = True


def _same(eta):
    return eta


def _inverse(eta):
    return 1.0 / eta


def _probit(eta):
    return 0.5 * erfc(-_SQRT_HALF * eta)


def _cloglog(eta):
    return -expm1(-exp(eta))


def _log_of_inverse(eta):
    return -log(eta)


def _log_of_cloglog(eta):
    return log1mexp(exp(eta))


_REAL = {"identity": _same, "log": exp, "inverse": _inverse}
_SHARE = {"logit": expit, "probit": _probit, "cloglog": _cloglog}
_LOG_COUNT = {"log": _same, "identity": log}
_LOG_OF_ANY_COUNT = {**_LOG_COUNT, "cloglog": _log_of_cloglog}
_LOG_POSITIVE = {"inverse": _log_of_inverse, "log": _same, "identity": log}


def _nothing(y):
    return 0.0 * y


def _gaussian(y, mu, sigma):
    z = (y - mu) / sigma
    return -0.5 * z * z


def _gaussian_normaliser(y, sigma):
    return -0.5 * (_LOG_PI + log(2.0)) - log(sigma)


def _t(y, mu, sigma, nu):
    z = (y - mu) / sigma
    return -0.5 * (nu + 1.0) * log1p(z * z / nu)


def _t_normaliser(y, sigma, nu):
    shape = lgamma(0.5 * (nu + 1.0)) - lgamma(0.5 * nu)
    return shape - 0.5 * (_LOG_PI + log(nu)) - log(sigma)


def _gamma(y, log_mu, alpha):
    return -alpha * (log_mu + y * exp(-log_mu) - log(y))


def _gamma_normaliser(y, alpha):
    return alpha * log(alpha) - lgamma(alpha)


def _gamma_base(y):
    return -log(y)


def _beta(y, mu, kappa):
    a, b = mu * kappa, (1.0 - mu) * kappa
    return a * log(y) + b * log1p(-y) - lgamma(a) - lgamma(b)


def _beta_normaliser(y, kappa):
    return lgamma(kappa)


def _beta_base(y):
    return -log(y) - log1p(-y)


def _count_base(y):
    return -lgamma(y + 1.0)


def _share(y, psi):
    """Return the log probability of being a zero that is no count, or of being a count."""
    return where(y == 0.0, log1p(-psi), log(psi))


def _ways(y, alpha):
    return lgamma(y + alpha) - lgamma(alpha)


def _odds_against(psi):
    # not log1p: compiled, that is a call in every row
    return log(psi) - log(1.0 - psi)


def _zero_inflated_poisson(y, log_mu, psi):
    mu = exp(log_mu)
    return where(y == 0.0, softplus(_odds_against(psi) - mu), y * log_mu - mu)


def _hurdle_poisson(y, log_mu, psi):
    mu = exp(log_mu)
    return where(y == 0.0, 0.0, y * log_mu - mu - log1mexp(mu))


def _zero_inflated_negativebinomial(y, log_mu, alpha, psi):
    d = log_mu - log(alpha)
    s = softplus(d)
    return where(y == 0.0, softplus(_odds_against(psi) - alpha * s), y * (d - s) - alpha * s)


def _hurdle_negativebinomial(y, log_mu, alpha, psi):
    d = log_mu - log(alpha)
    s = softplus(d)
    above = y * (d - s) - alpha * s - log1mexp(alpha * s)
    return where(y == 0.0, 0.0, above)


def _negativebinomial_share(y, alpha, psi):
    return where(y == 0.0, 0.0, _ways(y, alpha)) + _share(y, psi)


LOG_DENSITIES: Mapping[str, LogDensity] = {
    "gaussian": LogDensity(_gaussian, _gaussian_normaliser, _nothing, _REAL, by_value=False),
    "t": LogDensity(_t, _t_normaliser, _nothing, _REAL, by_value=False),
    "gamma": LogDensity(_gamma, _gamma_normaliser, _gamma_base, _LOG_POSITIVE, by_value=False),
    "beta": LogDensity(_beta, _beta_normaliser, _beta_base, _SHARE, by_value=False),
    "zero_inflated_poisson": LogDensity(_zero_inflated_poisson, _share, _count_base, _LOG_COUNT),
    "zero_inflated_negativebinomial": LogDensity(
        _zero_inflated_negativebinomial, _negativebinomial_share, _count_base, _LOG_OF_ANY_COUNT
    ),
    "hurdle_poisson": LogDensity(_hurdle_poisson, _share, _count_base, _LOG_COUNT, zeros=False),
    "hurdle_negativebinomial": LogDensity(
        _hurdle_negativebinomial,
        _negativebinomial_share,
        _count_base,
        _LOG_OF_ANY_COUNT,
        zeros=False,
    ),
}
