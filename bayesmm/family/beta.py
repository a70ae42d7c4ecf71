"""Proportions between 0 and 1: the variance is mu (1 - mu) / (1 + kappa)."""

from dataclasses import replace

import numpy as np
from scipy.special import betainc, digamma, logit, polygamma

from bayesmm.family.beta_tails import log_incomplete_beta
from bayesmm.family.density import LogDensity
from bayesmm.family.negativebinomial import ALPHA
from bayesmm.family.numeric import lgamma, log, log1p
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words

__all__ = ["FAMILY", "KAPPA", "shapes"]

_SMALLEST_SHAPE = 1e-300

KAPPA = replace(
    ALPHA,
    name="kappa",
    meaning="precision of the response distribution",
    start=10.0,
    search=Search.up_to(
        1e10, 5.0, "kappa grows without bound: the response does not vary about its mean."
    ),
    names={"brms": "phi"},
    synonyms=("phi", "disp"),
)


def _kernel(y, mu, kappa):
    a, b = mu * kappa, (1.0 - mu) * kappa
    return a * log(y) + b * log1p(-y) - lgamma(a) - lgamma(b)


def _normaliser(y, kappa):
    return lgamma(kappa)


def _base(y):
    return -log(y) - log1p(-y)


def _log_below(y, mu, kappa):
    return log_incomplete_beta(mu * kappa, (1.0 - mu) * kappa, log(y) - log1p(-y))


def _log_above(y, mu, kappa):
    return log_incomplete_beta((1.0 - mu) * kappa, mu * kappa, log1p(-y) - log(y))


def shapes(rows):
    """Return the two shapes of the beta distribution, mu kappa and (1 - mu) kappa."""
    kappa = rows.auxiliary["kappa"]
    return rows.mu * kappa, (1 - rows.mu) * kappa


def _random(generator, rows):
    # a mean that rounds to 0 or 1 must not stop the generator, which wants positive shapes
    return generator.beta(*(np.maximum(shape, _SMALLEST_SHAPE) for shape in shapes(rows)))


def _score(y, rows):
    kappa, (a, b) = rows.auxiliary["kappa"], shapes(rows)
    score = kappa * (logit(y) - digamma(a) + digamma(b))
    return score, kappa**2 * (polygamma(1, a) + polygamma(1, b))


FAMILY = Family(
    "beta",
    response="proportion",
    parameters=(Parameter("mu", links=("logit", "probit", "cloglog")), KAPPA),
    density=LogDensity(
        _kernel,
        _normaliser,
        _base,
        by_value=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=_random,
    below=lambda y, rows: betainc(*shapes(rows), y),
    variance=lambda rows: rows.mu * (1 - rows.mu) / (1 + rows.auxiliary["kappa"]),
    score=_score,
    variance_function=lambda mu: mu * (1.0 - mu),
    compiled=dict.fromkeys(
        ("logit", "probit", "cloglog"), "bayesmm.sampling.compiled.kernels.beta"
    ),
    words=Words(
        equation=("Beta", "{mu} {kappa}", "(1 - {mu}) {kappa}"),
        names={"bambi": "beta", "brms": "Beta", "glmmtmb": "beta_family"},
        pymc="Beta: alpha=mu * kappa, beta=(1 - mu) * kappa",
        synonyms=("betafamily", "betareg", "betar"),
    ),
)
