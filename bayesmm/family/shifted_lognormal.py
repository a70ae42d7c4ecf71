"""Reaction times: a lognormal time after a shift, ndt, which is below every response."""

from dataclasses import replace

import numpy as np

from bayesmm.family import lognormal
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import is_positive, log, log_ndtr, where
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.words import Words
from bayesmm.special import ndtr

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
    below_responses=True,
)


def _kernel(y, mu, sigma, ndt):
    time = y - ndt
    log_time = _log_of(time)
    z = (log_time - mu) / sigma
    return where(is_positive(time), -0.5 * z * z - log_time, -np.inf)


def _normaliser(y, sigma, ndt):
    return -log(sigma)


def _log_below(y, mu, sigma, ndt):
    time = y - ndt
    return where(is_positive(time), log_ndtr((_log_of(time) - mu) / sigma), -np.inf)


def _log_above(y, mu, sigma, ndt):
    time = y - ndt  # a bound before the shift says nothing
    return where(is_positive(time), log_ndtr((mu - _log_of(time)) / sigma), 0.0)


def _log_of(time):
    """Return the logarithm of a time after the shift, 0 of one before it, where it is not read."""
    return log(where(is_positive(time), time, 1.0))


def _located(y):
    """Return log y, about the level of log (y - ndt)."""
    return np.log(y)


def _below(y, rows):
    time = y - rows.auxiliary["ndt"]
    z = (np.log(np.where(time > 0, time, 1.0)) - rows.mu) / rows.auxiliary["sigma"]
    return np.where(time > 0, ndtr(z), 0.0)


FAMILY = replace(
    lognormal.FAMILY,
    name="shifted_lognormal",
    parameters=(*lognormal.FAMILY.parameters, _NDT),
    density=LogDensity(
        _kernel,
        _normaliser,
        lambda _y: -0.9189385332046727,
        by_value=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=lambda generator, rows: lognormal.FAMILY.random(generator, rows) + rows.auxiliary["ndt"],
    below=_below,
    mean=lambda rows: lognormal.FAMILY.mean(rows) + rows.auxiliary["ndt"],
    located=_located,
    location_is_normal=False,
    limits={"lognormal": ("ndt",)},
    words=Words(
        title="shifted lognormal",
        equation=("LogNormal", "{mu}", "{sigma}", "shift {ndt}"),
        location="log ({} - ndt)",
        names={"brms": "shifted_lognormal"},
    ),
)
