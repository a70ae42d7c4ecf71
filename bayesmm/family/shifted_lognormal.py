"""Reaction times: a lognormal time after a shift, ndt, which is below every response."""

from dataclasses import replace

import numpy as np
from scipy.special import ndtr

from bayesmm.family import lognormal
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import log
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.words import Words

__all__ = ["FAMILY"]

# As a share of the smallest response: from here on the likelihood grows without bound.
_ENDED = 0.999

_NDT = Parameter(
    "ndt",
    meaning="shift: the time before which there is no response, in its units",
    priors={"default": lambda y, _spread: ("Uniform", 0.0, float(y.min()))},
    intercept={
        # half of the smallest response, give or take
        "default": lambda y, _spread: ("Normal", float(np.log(0.5 * y.min())), 0.5),
    },
    start=lambda y, _spread: 0.5 * float(y.min()),
    search=Search(
        lambda y: 0.5 * float(y.min()),
        lambda y: (float(np.log(y.min())) - 15.0, float(np.log(_ENDED * y.min()))),
        lambda ndt, y: bool(ndt > 0.99 * _ENDED * y.min()),
        "ndt is at the smallest response, where the likelihood has no maximum.",
    ),
    scales=False,
    names={"brms": "ndt"},
)


def _kernel(y, mu, sigma, ndt):
    log_time = log(y - ndt)
    z = (log_time - mu) / sigma
    return -0.5 * z * z - log_time


def _normaliser(y, sigma, ndt):
    return -log(sigma)


def _log_density(y, rows):
    time = y - rows.auxiliary["ndt"]
    later = np.where(time > 0, time, 1.0)
    return np.where(time > 0, lognormal.FAMILY.log_density(later, rows), -np.inf)


def _located(y):
    """Return log y, about the level of log (y - ndt)."""
    return np.log(y)


def _below(y, rows):
    time = np.maximum(y - rows.auxiliary["ndt"], np.finfo(float).tiny)
    return ndtr((np.log(time) - rows.mu) / rows.auxiliary["sigma"])


FAMILY = replace(
    lognormal.FAMILY,
    name="shifted_lognormal",
    parameters=(*lognormal.FAMILY.parameters, _NDT),
    density=LogDensity(_kernel, _normaliser, lambda _y: -0.9189385332046727, by_value=False),
    own_log_density=_log_density,
    random=lambda generator, rows: lognormal.FAMILY.random(generator, rows) + rows.auxiliary["ndt"],
    below=_below,
    mean=lambda rows: lognormal.FAMILY.mean(rows) + rows.auxiliary["ndt"],
    located=_located,
    location_is_normal=False,
    without_tails="its shift is known by the smallest response that was observed; for times take "
    "'lognormal', 'weibull' or 'inverse_gaussian'",
    limits={"lognormal": ("ndt",)},
    words=Words(
        title="shifted lognormal",
        equation=("LogNormal", "{mu}", "{sigma}", "shift {ndt}"),
        location="log ({} - ndt)",
        names={"brms": "shifted_lognormal"},
    ),
)
