"""Numbers of successes out of known trials: mu is the probability of success."""

from dataclasses import replace

import numpy as np
from scipy.special import betainc, gammaln, xlog1py, xlogy

from bayesmm.family import bernoulli
from bayesmm.family.words import MISSING_PREDICTORS, ROW_EFFECT, Words

__all__ = ["FAMILY"]


# By hand alone: the trials are of the row, and no parameter of the log density.
def _log_density(y, rows):
    n = rows.trials
    ways = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)
    return ways + xlogy(y, rows.mu) + xlog1py(n - y, -rows.mu)


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
    density=None,
    own_log_density=_log_density,
    random=_random,
    below=_below,
    words=Words(
        models=bernoulli.FAMILY.words.models,
        equation=("Binomial", "{trials}", "{mu}"),
        names=bernoulli.FAMILY.words.names | {"bambi": "binomial", "brms": "binomial"},
        unweighted=bernoulli.FAMILY.words.unweighted,
        pymc="Binomial: n=trials, p=mu",
        advice={"spread": f"try {ROW_EFFECT}, or {MISSING_PREDICTORS}"},
    ),
)
