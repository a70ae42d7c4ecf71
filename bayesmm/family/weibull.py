"""Waiting times whose hazard rises (alpha > 1) or falls with time; mu is their mean."""

from dataclasses import replace

import numpy as np

from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.negativebinomial import ALPHA
from bayesmm.family.numeric import exp, lgamma, log, log1mexp
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import gammaln

__all__ = ["FAMILY"]

_ALPHA = replace(
    ALPHA,
    meaning="shape: how the hazard goes with time, as time to the power of alpha - 1",
    search=Search.up_to(
        1e5, 2.0, "alpha grows without bound: the response does not vary about its mean."
    ),
    synonyms=("shape",),
)


def _log_hazard(y, log_mu, alpha):
    """Return the log of the cumulative hazard (y / scale)^alpha."""
    return alpha * (log(y) - log_mu + lgamma(1.0 + 1.0 / alpha))


def _kernel(y, log_mu, alpha):
    z = _log_hazard(y, log_mu, alpha)
    return z - exp(z)


def _log_below(y, log_mu, alpha):
    return log1mexp(exp(_log_hazard(y, log_mu, alpha)))


def _log_above(y, log_mu, alpha):
    return -exp(_log_hazard(y, log_mu, alpha))


def _normaliser(y, alpha):
    return log(alpha)


def _scale(rows):
    return rows.mu / np.exp(gammaln(1 + 1 / rows.auxiliary["alpha"]))


def _below(y, rows):
    return -np.expm1(-((y / _scale(rows)) ** rows.auxiliary["alpha"]))


def _variance(rows):
    alpha = rows.auxiliary["alpha"]
    return rows.mu**2 * np.expm1(gammaln(1 + 2 / alpha) - 2 * gammaln(1 + 1 / alpha))


def _score(y, rows):
    alpha, mu = rows.auxiliary["alpha"], rows.mu
    slope = alpha / mu
    # (y / scale)^alpha is exponential with mean 1
    first = slope * ((y / _scale(rows)) ** alpha - 1)
    return first, np.broadcast_to(slope**2, first.shape)


FAMILY = Family(
    "weibull",
    response="positive",
    parameters=(Parameter("mu", links=("log", "inverse", "identity")), _ALPHA),
    density=LogDensity(
        _kernel,
        _normaliser,
        lambda y: -np.log(y),
        LOGARITHMS,
        by_value=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=lambda generator, rows: (
        _scale(rows) * generator.weibull(np.broadcast_to(rows.auxiliary["alpha"], rows.mu.shape))
    ),
    below=_below,
    variance=_variance,
    # the variance of log y
    on_link_scale={"log": lambda found: np.pi**2 / 6 / found.auxiliary["alpha"] ** 2},
    variance_function=np.square,
    score=_score,
    estimation=Estimation("scaled"),
    limits={"exponential": ("alpha",)},
    words=Words(
        title="Weibull",
        equation=("Weibull", "{alpha}", "{mu} / Γ(1 + {alpha}⁻¹)"),
        names={"bambi": "weibull", "brms": "weibull"},
        pymc="Weibull: alpha=alpha, beta=mu / pm.math.exp(pm.math.gammaln(1 + 1 / alpha))",
    ),
)
