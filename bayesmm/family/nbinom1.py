"""Counts whose variance is in proportion to the mean: (1 + phi) mu, glmmTMB's nbinom1."""

import numpy as np

from bayesmm.family.beta_tails import log_incomplete_beta
from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import exp, log, log1p, log_rising, where
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.poisson import LARGEST_RATE, count_base
from bayesmm.family.record import Family
from bayesmm.family.words import MISSING_PREDICTORS, Words
from bayesmm.special import betainc, digamma

__all__ = ["FAMILY"]

_PHI = Parameter(
    "phi",
    symbol="φ",
    meaning="variance over the mean, less 1",
    priors={"default": ("HalfCauchy", 1.0)},
    start=1.0,
    search=Search(
        1.0,
        lambda _: (-15.0, 17.0),
        lambda phi, _: phi < 1e-4,  # the variance is 1.0001 times the mean
        "phi is at its bound 0: the counts vary no more than poisson counts.",
    ),
    names={"glmmtmb": "dispersion"},
)


def _kernel(y, log_mu, phi):
    size = exp(log_mu) / phi
    return where(y == 0.0, 0.0, log_rising(y, size)) - size * log1p(phi)


def _normaliser(y, phi):
    return y * (log(phi) - log1p(phi))


def _log_below(y, log_mu, phi):
    return log_incomplete_beta(exp(log_mu) / phi, y + 1.0, -log(phi))


def _log_above(y, log_mu, phi):
    return log_incomplete_beta(y + 1.0, exp(log_mu) / phi, log(phi))


def _size(rows):
    return rows.mu / rows.auxiliary["phi"]


def _random(generator, rows):
    rate = rows.auxiliary["phi"] * generator.standard_gamma(_size(rows))
    return generator.poisson(np.minimum(rate, LARGEST_RATE)).astype(float)


def _score(y, rows):
    size, phi = _size(rows), rows.auxiliary["phi"]
    first = (digamma(y + size) - digamma(size) - np.log1p(phi)) / phi
    # that of the number of clusters of a compound Poisson variable, which is more than the
    # counts tell
    return first, np.broadcast_to(np.log1p(phi) / (phi * rows.mu), first.shape)


FAMILY = Family(
    "nbinom1",
    response="count",
    parameters=(Parameter("mu", links=("log",)), _PHI),
    density=LogDensity(
        _kernel,
        _normaliser,
        count_base,
        LOGARITHMS,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=_random,
    below=lambda y, rows: betainc(_size(rows), y + 1, 1 / (1 + rows.auxiliary["phi"])),
    variance=lambda rows: rows.mu * (1 + rows.auxiliary["phi"]),
    on_link_scale={
        "log": lambda found: np.log1p((1 + found.auxiliary["phi"]) / found.mean_response())
    },
    variance_function=np.asarray,
    score=_score,
    estimation=Estimation(),
    limits={"poisson": ("phi",)},
    words=Words(
        title="negative binomial (variance in proportion to the mean)",
        equation=("NegativeBinomial", "{mu}", "{mu} / {phi}"),
        names={"glmmtmb": "nbinom1"},
        pymc="NegativeBinomial: mu=mu, alpha=mu / phi",
        synonyms=("nb1", "negativebinomial1", "negbinomial1"),
        advice={
            "spread": f"try negativebinomial, or {MISSING_PREDICTORS}",
            "zeros": "try zero_inflated_negativebinomial or hurdle_negativebinomial",
        },
    ),
)
