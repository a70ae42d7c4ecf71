"""Inverse links: the mean and its derivative as functions of the linear predictor.

Means outside the support of a family (a negative mean of a count under the identity link) come
out as they are; the log density is then not finite and the sampler rejects the point.
"""

import math

from bayesmm.sampling.compiled.kernels.elementary import exp, expm1, log
from bayesmm.sampling.compiled.kernels.inner import inlined
from bayesmm.sampling.compiled.kernels.normal_tails import erfc, log_ndtr

__all__ = [
    "cloglog_mean",
    "cloglog_probability",
    "identity_mean",
    "inverse_mean",
    "log_mean",
    "logit_mean",
    "probit_mean",
    "probit_probability",
]

_SQRT_HALF = math.sqrt(0.5)


@inlined
def identity_mean(eta):
    """Return eta and its derivative."""
    return eta, 1.0


@inlined
def log_mean(eta):
    """Return exp(eta) and its derivative."""
    mu = exp(eta)
    return mu, mu


@inlined
def inverse_mean(eta):
    """Return 1 / eta and its derivative."""
    mu = 1.0 / eta
    return mu, -mu * mu


@inlined
def logit_mean(eta):
    """Return 1 / (1 + exp(-eta)) and its derivative."""
    e = exp(-abs(eta))
    small = e / (1.0 + e)
    large = 1.0 / (1.0 + e)
    return (large if eta > 0.0 else small), small * large


@inlined
def probit_mean(eta):
    """Return the normal distribution function at eta and its derivative."""
    value, slope = erfc(-eta * _SQRT_HALF)
    return 0.5 * value, -0.5 * _SQRT_HALF * slope


@inlined
def cloglog_mean(eta):
    """Return 1 - exp(-exp(eta)) and its derivative."""
    hazard = exp(eta)
    return -expm1(-hazard), hazard * exp(-hazard)


@inlined
def probit_probability(eta):
    """Return log p, log(1 - p) and their derivatives under the probit link."""
    log_p, d_log_p = log_ndtr(eta)
    log_q, d_log_q = log_ndtr(-eta)
    return log_p, log_q, d_log_p, -d_log_q


@inlined
def cloglog_probability(eta):
    """Return log p, log(1 - p) and their derivatives under the complementary log-log link."""
    hazard = exp(eta)
    p = -expm1(-hazard)
    return log(p), -hazard, hazard * exp(-hazard) / p, -hazard
