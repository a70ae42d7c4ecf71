"""Inverse links: the mean and its derivative as functions of the linear predictor.

Means outside the support of a family (a negative mean of a count under the identity link) come
out as they are; the log density is then not finite and the sampler rejects the point.
"""

import math

from bayesmm.sampling.compiled.kernels.elementary import exp
from bayesmm.sampling.compiled.kernels.inner import bare, inlined

__all__ = [
    "cloglog_mean",
    "cloglog_probability",
    "identity_mean",
    "inverse_mean",
    "log_mean",
    "logit_mean",
    "logit_probability",
    "probit_mean",
    "probit_probability",
]

_SQRT_HALF = math.sqrt(0.5)
_LOG_SQRT_2PI = 0.5 * math.log(2.0 * math.pi)


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
    return 0.5 * math.erfc(-eta * _SQRT_HALF), math.exp(-0.5 * eta * eta - _LOG_SQRT_2PI)


@inlined
def cloglog_mean(eta):
    """Return 1 - exp(-exp(eta)) and its derivative."""
    hazard = exp(eta)
    return -math.expm1(-hazard), hazard * math.exp(-hazard)


@bare
def _log_normal_tail(x):
    """Return log Phi(x) and its derivative phi(x) / Phi(x), also far in the lower tail."""
    log_phi = -0.5 * x * x - _LOG_SQRT_2PI
    if x > -20.0:
        probability = 0.5 * math.erfc(-x * _SQRT_HALF)
        return math.log(probability), math.exp(log_phi) / probability
    # Phi(x) = phi(x) / (-x) (1 - 1/x^2 + 3/x^4 - 15/x^6 + 105/x^8 ...); error below 1e-10 here
    z = 1.0 / (x * x)
    series = 1.0 - z * (1.0 - z * (3.0 - z * (15.0 - z * (105.0 - 945.0 * z))))
    return log_phi - math.log(-x) + math.log(series), -x / series


@inlined
def logit_probability(eta):
    """Return log p, log(1 - p) and their derivatives under the logit link."""
    e = exp(-abs(eta))
    softplus = math.log1p(e)
    p = 1.0 / (1.0 + e) if eta > 0.0 else e / (1.0 + e)
    return min(eta, 0.0) - softplus, -max(eta, 0.0) - softplus, 1.0 - p, -p


@inlined
def probit_probability(eta):
    """Return log p, log(1 - p) and their derivatives under the probit link."""
    log_p, d_log_p = _log_normal_tail(eta)
    log_q, d_log_q = _log_normal_tail(-eta)
    return log_p, log_q, d_log_p, -d_log_q


@inlined
def cloglog_probability(eta):
    """Return log p, log(1 - p) and their derivatives under the complementary log-log link."""
    hazard = exp(eta)
    p = -math.expm1(-hazard)
    return math.log(p), -hazard, hazard * math.exp(-hazard) / p, -hazard
