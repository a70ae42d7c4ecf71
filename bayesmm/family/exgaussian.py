"""Reaction times: a normal part plus an exponential one of mean beta; mu is the mean of the sum."""

import numpy as np

from bayesmm.family import numeric
from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.gaussian import SIGMA
from bayesmm.family.numeric import log, log1mexp, softplus
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import log_ndtr, ndtr

__all__ = ["FAMILY"]

_BETA = Parameter(
    "beta",
    symbol="ν",  # β is that of coefficients
    meaning="mean of the exponential part, in the units of the response",
    priors={
        "default": lambda _y, spread: ("HalfStudentT", 3.0, spread),
        "brms": ("Gamma", 1.0, 0.1),
    },
    start=lambda _y, spread: 0.5 * spread,
    in_units=True,
    names={"brms": "beta"},
)


def _kernel(y, mu, sigma, beta):
    z = (y - mu + beta) / sigma
    ratio = sigma / beta
    return ratio * (0.5 * ratio - z) + numeric.log_ndtr(z - ratio)


def _log_parts(y, mu, sigma, beta):
    """Return z, and the log of what the exponential part takes from Phi(z)."""
    z, ratio = (y - mu + beta) / sigma, sigma / beta
    return z, ratio * (0.5 * ratio - z) + numeric.log_ndtr(z - ratio)


def _log_below(y, mu, sigma, beta):
    z, taken = _log_parts(y, mu, sigma, beta)
    first = numeric.log_ndtr(z)
    return first + log1mexp(first - taken)


def _log_above(y, mu, sigma, beta):
    z, taken = _log_parts(y, mu, sigma, beta)
    first = numeric.log_ndtr(-z)
    return first + softplus(taken - first)


def _normaliser(y, sigma, beta):
    return -log(beta) + 0.0 * sigma


def _below(y, rows):
    sigma, beta = rows.auxiliary["sigma"], rows.auxiliary["beta"]
    z, ratio = (y - rows.mu + beta) / sigma, sigma / beta
    return ndtr(z) - np.exp(ratio * (0.5 * ratio - z) + log_ndtr(z - ratio))


def _variance(rows):
    total = rows.auxiliary["sigma"] ** 2 + rows.auxiliary["beta"] ** 2
    return np.broadcast_to(total, rows.mu.shape)


def _random(generator, rows):
    shape = rows.mu.shape
    waiting = generator.exponential(np.broadcast_to(rows.auxiliary["beta"], shape))
    middle = rows.mu - rows.auxiliary["beta"]
    return generator.normal(middle, np.broadcast_to(rows.auxiliary["sigma"], shape)) + waiting


FAMILY = Family(
    "exgaussian",
    response="real",
    parameters=(Parameter("mu", links=("identity", "log")), SIGMA, _BETA),
    density=LogDensity(
        _kernel, _normaliser, by_value=False, log_below=_log_below, log_above=_log_above
    ),
    random=_random,
    below=_below,
    variance=_variance,
    on_link_scale={
        "identity": lambda found: found.auxiliary["sigma"] ** 2 + found.auxiliary["beta"] ** 2
    },
    estimation=Estimation("scaled"),
    words=Words(
        title="exponentially modified Gaussian",
        equation=("ExGaussian", "{mu}", "{sigma}", "{beta}"),
        names={"brms": "exgaussian"},
        elsewhere={
            "bambi": "Bambi's exgaussian family has the mean of the normal part, mu - beta here, "
            "in the place of the mean of the response."
        },
        residual="Residual: the sd of the normal part of the response.",
        pymc="ExGaussian: mu=mu - beta, sigma=sigma, nu=beta",
        synonyms=("exgauss", "emg"),
    ),
)
