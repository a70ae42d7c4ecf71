"""Positive responses whose logarithm is normal about mu: the mean is exp(mu + sigma^2 / 2)."""

from dataclasses import replace

import numpy as np

from bayesmm.family import gaussian
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import log, log_ndtr
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import ndtr

__all__ = ["FAMILY"]

_SIGMA = replace(gaussian.SIGMA, meaning="standard deviation of the logarithm", synonyms=())


def _kernel(y, mu, sigma):
    return -0.5 * ((log(y) - mu) / sigma) * ((log(y) - mu) / sigma)


def _log_below(y, mu, sigma):
    return log_ndtr((log(y) - mu) / sigma)


def _log_above(y, mu, sigma):
    return log_ndtr((mu - log(y)) / sigma)


def _mean(rows):
    return np.exp(rows.mu + rows.auxiliary["sigma"] ** 2 / 2)


FAMILY = Family(
    "lognormal",
    response="positive",
    parameters=(Parameter("mu", links=("identity",)), _SIGMA),
    density=LogDensity(
        _kernel,
        lambda _, sigma: -log(sigma),
        lambda y: -0.9189385332046727 - log(y),
        by_value=False,
        **{"log_below": _log_below, "log_above": _log_above},
    ),
    random=lambda generator, rows: generator.lognormal(rows.mu, rows.auxiliary["sigma"]),
    below=lambda y, rows: ndtr((np.log(y) - rows.mu) / rows.auxiliary["sigma"]),
    mean=_mean,
    variance=lambda rows: np.expm1(rows.auxiliary["sigma"] ** 2) * _mean(rows) ** 2,
    on_link_scale={"identity": lambda found: found.auxiliary["sigma"] ** 2},
    located=np.log,
    location_is_normal=True,
    words=Words(
        equation=("LogNormal", "{mu}", "{sigma}"),
        location="log {}",
        names={"bambi": "lognormal", "brms": "lognormal"},
        pymc="LogNormal: mu=mu, sigma=sigma",
    ),
)
