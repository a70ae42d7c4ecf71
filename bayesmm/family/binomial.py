"""Numbers of successes out of known trials: mu is the probability of success."""

from dataclasses import replace

import numpy as np
from scipy.special import betainc

from bayesmm.family import bernoulli
from bayesmm.family.density import LogDensity
from bayesmm.family.numeric import lgamma, log, log1p, where
from bayesmm.family.words import MISSING_PREDICTORS, ROW_EFFECT, Words

__all__ = ["FAMILY", "combinations"]


_WITHOUT_TAILS = (
    "there is no likelihood here of a number of successes out of trials that is known by bounds"
)


def _kernel(observed, mu):
    y, n = observed
    # none of either says nothing about a probability of 0 or 1
    return where(y == 0.0, 0.0, y * log(mu)) + where(y == n, 0.0, (n - y) * log1p(-mu))


def combinations(observed):
    """Return the log of n over y."""
    y, n = observed
    return lgamma(n + 1.0) - lgamma(y + 1.0) - lgamma(n - y + 1.0)


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
    density=LogDensity(_kernel, base=combinations, columns=("trials",)),
    random=_random,
    below=_below,
    without_tails=_WITHOUT_TAILS,
    words=Words(
        models=bernoulli.FAMILY.words.models,
        equation=("Binomial", "{trials}", "{mu}"),
        names=bernoulli.FAMILY.words.names | {"bambi": "binomial", "brms": "binomial"},
        unweighted=bernoulli.FAMILY.words.unweighted,
        pymc="Binomial: n=trials, p=mu",
        advice={"spread": f"try {ROW_EFFECT}, or {MISSING_PREDICTORS}"},
    ),
)
