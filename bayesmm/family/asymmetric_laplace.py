"""Quantile regression: mu is the quantile of the response that `quantile` says."""

from dataclasses import replace

import numpy as np

from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.laplace import SCALE
from bayesmm.family.numeric import absolute, is_positive, log, log1mexp, log1p, where
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import Words

__all__ = ["FAMILY"]

_SIGMA = replace(SCALE, meaning="scale: of the check loss of the quantile")
_QUANTILE = Parameter(
    "quantile",
    support="share",
    symbol="q",
    meaning="share of responses that are below mu",
    priors={"default": ("Beta", 1.0, 1.0)},
    start=0.5,
    scales=False,
    names={"brms": "quantile"},
)


def _kernel(y, mu, sigma, quantile):
    z = (y - mu) / sigma
    return -0.5 * absolute(z) - (quantile - 0.5) * z


def _normaliser(y, sigma, quantile):
    return log(quantile) + log1p(-quantile) - log(sigma)


def _log_tail(z, share):
    """Return log P(Z <= z) of the standard distribution with that share below 0."""
    far = log1mexp(share * absolute(z) - log1p(-share))
    return where(is_positive(z), far, log(share) + (1.0 - share) * z)


def _log_below(y, mu, sigma, quantile):
    return _log_tail((y - mu) / sigma, quantile)


def _log_above(y, mu, sigma, quantile):
    return _log_tail((mu - y) / sigma, 1.0 - quantile)


def _random(generator, rows):
    sigma, q = rows.auxiliary["sigma"], rows.auxiliary["quantile"]
    above, below = generator.standard_exponential((2, *rows.mu.shape))
    return rows.mu + sigma * (above / q - below / (1 - q))


def _below(y, rows):
    q, z = rows.auxiliary["quantile"], (y - rows.mu) / rows.auxiliary["sigma"]
    lower = q * np.exp((1 - q) * np.minimum(z, 0.0))
    return np.where(z < 0, lower, 1 - (1 - q) * np.exp(-q * np.maximum(z, 0.0)))


def _mean(rows):
    q = rows.auxiliary["quantile"]
    return rows.mu + rows.auxiliary["sigma"] * (1 - 2 * q) / (q * (1 - q))


def _variance(rows):
    q = rows.auxiliary["quantile"]
    spread = (1 - 2 * q + 2 * q**2) / (q * (1 - q)) ** 2
    return np.broadcast_to(rows.auxiliary["sigma"] ** 2 * spread, rows.mu.shape)


def _score(y, rows):
    sigma, q = rows.auxiliary["sigma"], rows.auxiliary["quantile"]
    gap = y - rows.mu
    return (q - (gap < 0)) / sigma, np.broadcast_to(q * (1 - q) / sigma**2, gap.shape)


FAMILY = Family(
    "asymmetric_laplace",
    response="real",
    parameters=(Parameter("mu", links=("identity", "log", "inverse")), _SIGMA, _QUANTILE),
    density=LogDensity(
        _kernel,
        _normaliser,
        by_value=False,
        smooth=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=_random,
    below=_below,
    mean=_mean,
    variance=_variance,
    variance_function=np.ones_like,
    score=_score,
    estimation=Estimation("none"),
    limits={"laplace": ("quantile",)},
    words=Words(
        title="asymmetric Laplace",
        equation=("AsymmetricLaplace", "{mu}", "{sigma}", "{quantile}"),
        names={"brms": "asym_laplace"},
        elsewhere={
            "bambi": "Bambi's asymmetriclaplace family has the rate sqrt(q (1 - q)) / sigma in the "
            "place of sigma, and a prior of that says something of q too."
        },
        residual="Residual: the scale sigma of the asymmetric Laplace distribution.",
        pymc="AsymmetricLaplace: mu=mu, q=quantile, "
        "b=pm.math.sqrt(quantile * (1 - quantile)) / sigma",
        synonyms=("asymlaplace", "ald", "quantile"),
        note={
            "identity": "The distribution is a device for a quantile, not one that responses are "
            "thought to have: estimates of mu are of the quantile, their intervals are wider or "
            "narrower than the data warrant (Yang, Wang and He 2016, doi:10.1111/insr.12114). Say "
            "which quantile, as in asymmetric_laplace(quantile=0.9)."
        },
    ),
)
