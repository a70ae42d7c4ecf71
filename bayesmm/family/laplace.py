"""Responses about their median mu, with the tails of an exponential on both sides."""

from dataclasses import replace

import numpy as np

from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.gaussian import SIGMA
from bayesmm.family.numeric import absolute, is_positive, log, log1mexp, where
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import Words

__all__ = ["FAMILY", "SCALE"]

SCALE = replace(SIGMA, meaning="scale: the mean distance from mu", synonyms=())
_B = replace(SCALE, names={"bambi": "b"})


_LOG_2 = 0.6931471805599453


def _kernel(y, mu, sigma):
    return -absolute((y - mu) / sigma)


def _normaliser(y, sigma):
    return -_LOG_2 - log(sigma)


def _log_tail(z):
    """Return log P(Z <= z) of the standard distribution."""
    return where(is_positive(z), log1mexp(_LOG_2 + absolute(z)), z - _LOG_2)


def _log_below(y, mu, sigma):
    return _log_tail((y - mu) / sigma)


def _log_above(y, mu, sigma):
    return _log_tail((mu - y) / sigma)


def _below(y, rows):
    z = (y - rows.mu) / rows.auxiliary["sigma"]
    tail = 0.5 * np.exp(-np.abs(z))
    return np.where(z < 0, tail, 1 - tail)


def _score(y, rows):
    sigma = rows.auxiliary["sigma"]
    gap = y - rows.mu
    return np.sign(gap) / sigma, np.broadcast_to(sigma**-2.0, gap.shape)


FAMILY = Family(
    "laplace",
    response="real",
    parameters=(Parameter("mu", links=("identity", "log", "inverse")), _B),
    density=LogDensity(
        _kernel,
        _normaliser,
        by_value=False,
        smooth=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=lambda generator, rows: generator.laplace(rows.mu, rows.auxiliary["sigma"]),
    below=_below,
    variance=lambda rows: np.broadcast_to(2 * rows.auxiliary["sigma"] ** 2, rows.mu.shape),
    on_link_scale={"identity": lambda found: 2 * found.auxiliary["sigma"] ** 2},
    variance_function=np.ones_like,
    score=_score,
    estimation=Estimation("none"),
    words=Words(
        title="Laplace",
        names={"bambi": "laplace"},
        equation=("Laplace", "{mu}", "{sigma}"),
        residual="Residual: the scale sigma of the Laplace distribution; its sd is sigma sqrt(2).",
        pymc="Laplace: mu=mu, b=sigma",
        synonyms=("doubleexponential",),
        advice={"outliers": "family 't' is less moved by such rows"},
    ),
)
