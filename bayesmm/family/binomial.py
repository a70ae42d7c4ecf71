"""Numbers of successes out of known trials: mu is the probability of success."""

from dataclasses import replace

import numpy as np

from bayesmm.family import bernoulli
from bayesmm.family.beta_tails import log_incomplete_beta
from bayesmm.family.density import LOG_ODDS, LogDensity
from bayesmm.family.numeric import lgamma, softplus, where
from bayesmm.family.words import MISSING_PREDICTORS, ROW_EFFECT, Words
from bayesmm.special import betainc

__all__ = ["FAMILY", "combinations"]

_INFINITE = float("inf")


def _kernel(observed, log_odds):
    y, n = observed
    # none of either says nothing about a probability of 0 or 1
    failures = where(y == n, 0.0, (n - y) * softplus(log_odds))
    return -(where(y == 0.0, 0.0, y * softplus(-log_odds)) + failures)


def combinations(observed):
    """Return the log of n over y."""
    y, n = observed
    return lgamma(n + 1.0) - lgamma(y + 1.0) - lgamma(n - y + 1.0)


# Successes up to y are at least n - y failures; at both ends of the range nothing is left to ask.
def _log_below(observed, log_odds):
    y, n = observed
    every = y >= n
    failures, least = where(every, 1.0, n - y), where(y < 0.0, 0.0, y)
    some = log_incomplete_beta(failures, least + 1.0, -log_odds)
    return where(every, 0.0, where(y < 0.0, -_INFINITE, some))


def _log_above(observed, log_odds):
    y, n = observed
    none = y >= n
    failures, least = where(none, 1.0, n - y), where(y < 0.0, 0.0, y)
    some = log_incomplete_beta(least + 1.0, failures, log_odds)
    return where(none, -_INFINITE, where(y < 0.0, 0.0, some))


def _random(generator, rows):
    return generator.binomial(np.asarray(rows.trials, dtype=np.int64), rows.mu).astype(float)


def _below(y, rows):
    failures = rows.trials - y
    some = betainc(np.maximum(failures, 1.0), y + 1, 1 - rows.mu)
    return np.where(failures > 0, some, 1.0)


FAMILY = replace(
    bernoulli.FAMILY,
    name="binomial",
    response="binomial",
    density=LogDensity(
        _kernel,
        base=combinations,
        arguments=LOG_ODDS,
        columns=("trials",),
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=_random,
    below=_below,
    without_tails="",
    words=Words(
        models=bernoulli.FAMILY.words.models,
        equation=("Binomial", "{trials}", "{mu}"),
        names=bernoulli.FAMILY.words.names | {"bambi": "binomial", "brms": "binomial"},
        unweighted=bernoulli.FAMILY.words.unweighted,
        pymc="Binomial: n=trials, p=mu",
        advice={"spread": f"try {ROW_EFFECT}, or {MISSING_PREDICTORS}"},
    ),
)
