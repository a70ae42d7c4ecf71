"""Positive responses whose logarithm is logistic about mu: exp(mu) is the median."""

from dataclasses import replace

import numpy as np

from bayesmm.family import gaussian
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import log, softplus
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import expit

__all__ = ["FAMILY"]

_SIGMA = replace(gaussian.SIGMA, meaning="scale of the logarithm", synonyms=())


def _kernel(y, mu, sigma):
    z = (log(y) - mu) / sigma
    return -z - 2.0 * softplus(-z)


def _normaliser(y, sigma):
    return -log(sigma)


def _moment(rows, power):
    """Return E y^power, infinite where the tail is too heavy."""
    x = power * np.pi * rows.auxiliary["sigma"]
    some = np.where(x < np.pi, x, 1.0)
    return np.exp(power * rows.mu) * np.where(x < np.pi, some / np.sin(some), np.inf)


def _mean(rows):
    return _moment(rows, 1)


def _variance(rows):
    finite = 2 * rows.auxiliary["sigma"] < 1
    mean = np.where(finite, _mean(rows), 0.0)
    return _moment(rows, 2) - mean**2


def _log_below(y, mu, sigma):
    return -softplus((mu - log(y)) / sigma)


def _log_above(y, mu, sigma):
    return -softplus((log(y) - mu) / sigma)


FAMILY = Family(
    "loglogistic",
    response="positive",
    parameters=(Parameter("mu", links=("identity",)), _SIGMA),
    density=LogDensity(
        _kernel,
        _normaliser,
        lambda y: -np.log(y),
        by_value=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=lambda generator, rows: np.exp(generator.logistic(rows.mu, rows.auxiliary["sigma"])),
    below=lambda y, rows: expit((np.log(y) - rows.mu) / rows.auxiliary["sigma"]),
    mean=_mean,
    variance=_variance,
    on_link_scale={"identity": lambda found: np.pi**2 / 3 * found.auxiliary["sigma"] ** 2},
    located=np.log,
    words=Words(
        title="log-logistic",
        equation=("LogLogistic", "{mu}", "{sigma}"),
        location="log {}",
        residual="Residual: the scale sigma of the logistic distribution of the logarithm; its sd "
        "is sigma pi / sqrt(3).",
        synonyms=("llogis", "loglogis"),
    ),
)
