"""Proportions between 0 and 1: the variance is mu (1 - mu) / (1 + kappa)."""

from dataclasses import replace

import numpy as np

from bayesmm.family.beta_tails import log_incomplete_beta
from bayesmm.family.density import LOG_ODDS, LogDensity
from bayesmm.family.negativebinomial import ALPHA
from bayesmm.family.numeric import expit, is_positive, lgamma, log, log1p, softplus, where
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import betainc, digamma, logit, polygamma

__all__ = ["FAMILY", "KAPPA", "held", "shapes", "shapes_at"]

_SMALLEST_SHAPE = 1e-300
# A shape, the share times kappa, must not vanish.
_LARGEST_LOG_ODDS = 600.0

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


def held(log_odds):
    """Return the log odds of a mean, those of one whose shapes would vanish held at the end."""
    near = where(is_positive(log_odds - _LARGEST_LOG_ODDS), _LARGEST_LOG_ODDS, log_odds)
    return where(is_positive(-_LARGEST_LOG_ODDS - near), -_LARGEST_LOG_ODDS, near)


def shapes_at(log_odds, kappa):
    """Return the two shapes at `held` log odds of the mean, in words of a log density."""
    return expit(log_odds) * kappa, expit(-log_odds) * kappa


# Gamma(a) = Gamma(1 + a) / a, whose log is known where the shape a is nearly 0 too; kappa^2 of both
# is in the normaliser.
def _kernel(y, log_odds, kappa):
    log_odds = held(log_odds)
    a, b = shapes_at(log_odds, kappa)
    gammas = lgamma(1.0 + a) + softplus(-log_odds) + lgamma(1.0 + b) + softplus(log_odds)
    return a * log(y) + b * log1p(-y) - gammas


def _normaliser(y, kappa):
    return lgamma(kappa) + 2.0 * log(kappa)


def _base(y):
    return -log(y) - log1p(-y)


def _log_below(y, log_odds, kappa):
    a, b = shapes_at(held(log_odds), kappa)
    return log_incomplete_beta(a, b, log(y) - log1p(-y))


def _log_above(y, log_odds, kappa):
    a, b = shapes_at(held(log_odds), kappa)
    return log_incomplete_beta(b, a, log1p(-y) - log(y))


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
        LOG_ODDS,
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
