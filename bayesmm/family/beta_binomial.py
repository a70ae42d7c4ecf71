"""Successes out of trials that vary more than binomial ones: the probability is a beta variable."""

from dataclasses import replace

import numpy as np

from bayesmm.family import beta, binomial
from bayesmm.family.beta import held, shapes_at
from bayesmm.family.beta_binomial_tails import MOST_TRIALS, log_beta_binomial_below
from bayesmm.family.binomial import combinations
from bayesmm.family.density import LOG_ODDS, LogDensity
from bayesmm.family.numeric import log, log_rising, softplus, where
from bayesmm.family.parameter import Search
from bayesmm.family.record import Family
from bayesmm.family.words import MISSING_PREDICTORS, Words
from bayesmm.special import digamma

__all__ = ["FAMILY"]

_INFINITE = float("inf")

_KAPPA = replace(
    beta.KAPPA,
    meaning="precision of the probabilities, whose variance is mu (1 - mu) / (1 + kappa)",
    search=Search.up_to(
        1e6, 5.0, "kappa grows without bound: the responses vary no more than binomial ones."
    ),
)


# (a)_y = a (1 + a)_(y - 1), whose log is known where the shape a is nearly 0 too.
def _ways(y, shape, log_share, kappa):
    some = y > 0.0
    others = log_rising(where(some, y, 1.0) - 1.0, 1.0 + shape)
    return where(some, log_share + log(kappa) + others, 0.0)


def _kernel(observed, log_odds, kappa):
    y, n = observed
    log_odds = held(log_odds)
    a, b = shapes_at(log_odds, kappa)
    failures = _ways(n - y, b, -softplus(log_odds), kappa)
    return _ways(y, a, -softplus(-log_odds), kappa) + failures


def _normaliser(observed, kappa):
    _, n = observed
    return -log_rising(n, kappa)


# At both ends of the range nothing is left to ask.
def _log_below(observed, log_odds, kappa):
    y, n = observed
    a, b = shapes_at(held(log_odds), kappa)
    every = y >= n
    inside = where(every, 0.0, where(y < 0.0, 0.0, y))
    some = log_beta_binomial_below(inside, where(every, 1.0, n), a, b)
    return where(every, 0.0, where(y < 0.0, -_INFINITE, some))


def _log_above(observed, log_odds, kappa):
    y, n = observed
    a, b = shapes_at(held(log_odds), kappa)
    none = y >= n
    inside = where(none, 0.0, where(y < 0.0, 0.0, n - y - 1.0))
    some = log_beta_binomial_below(inside, where(none, 1.0, n), b, a)
    return where(none, -_INFINITE, where(y < 0.0, 0.0, some))


def _random(generator, rows):
    trials = np.asarray(rows.trials, dtype=np.int64)
    return generator.binomial(trials, beta.FAMILY.random(generator, rows)).astype(float)


def _below(y, rows):
    """Return P(Y <= y), each probability from the one before."""
    a, b = beta.shapes(rows)
    n = np.broadcast_to(rows.trials, np.broadcast_shapes(np.shape(y), np.shape(a)))
    with np.errstate(divide="ignore", over="ignore"):
        odds = np.exp(-log_rising(n, a + b) + log_rising(n, b))
    total = np.where(y >= 0, odds, 0.0)
    for k in range(int(np.max(y))):
        left = np.maximum(n - k, 0.0)  # nothing is beyond the trials
        odds = odds * left * (k + a) / ((k + 1.0) * (np.maximum(left - 1.0, 0.0) + b))
        total = total + np.where(y > k, odds, 0.0)
    return np.where(y >= n, 1.0, np.minimum(total, 1.0))


def _variance(rows):
    n, kappa = rows.trials, rows.auxiliary["kappa"]
    return n * rows.mu * (1 - rows.mu) * (kappa + n) / (kappa + 1)


def _score(y, rows):
    n, kappa, (a, b) = rows.trials, rows.auxiliary["kappa"], beta.shapes(rows)
    failures = n - y
    score = digamma(y + a) - digamma(a) - digamma(failures + b) + digamma(b)
    # what mean and variance alone tell, which is a little less than all
    return kappa * score, np.broadcast_to(n**2 / _variance(rows), score.shape)


FAMILY = Family(
    "beta_binomial",
    response="binomial",
    parameters=(*binomial.FAMILY.parameters, _KAPPA),
    density=LogDensity(
        _kernel,
        _normaliser,
        combinations,
        LOG_ODDS,
        columns=("trials",),
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=_random,
    below=_below,
    most_trials=MOST_TRIALS,
    variance=_variance,
    score=_score,
    variance_function=lambda mu: mu * (1.0 - mu),
    limits={"binomial": ("kappa",)},
    words=Words(
        title="beta-binomial",
        equation=("BetaBinomial", "{trials}", "{mu} {kappa}", "(1 - {mu}) {kappa}"),
        names={"bambi": "beta_binomial", "brms": "beta_binomial", "glmmtmb": "betabinomial"},
        pymc="BetaBinomial: n=trials, alpha=mu * kappa, beta=(1 - mu) * kappa",
        advice={"spread": f"look for {MISSING_PREDICTORS}"},
    ),
)
