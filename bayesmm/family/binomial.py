"""Numbers of successes out of known trials: mu is the probability of success."""

import numpy as np
from scipy.special import betainc, gammaln, xlog1py, xlogy

from bayesmm.family.bernoulli import LATENT, MODELS
from bayesmm.family.estimation import Estimation
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
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


FAMILY = Family(
    "binomial",
    response="binomial",
    parameters=(Parameter("mu", links=("logit", "probit", "cloglog")),),
    own_log_density=_log_density,
    random=_random,
    below=_below,
    variance=lambda rows: (1.0 if rows.trials is None else rows.trials) * rows.mu * (1 - rows.mu),
    on_link_scale=LATENT,
    variance_function=lambda mu: mu * (1.0 - mu),
    compiled=dict.fromkeys(
        ("logit", "probit", "cloglog"), "bayesmm.sampling.compiled.kernels.binomial"
    ),
    estimation=Estimation("glm"),
    words=Words(
        models=MODELS,
        equation=("Binomial", "{trials}", "{mu}"),
        names={
            "bambi": "binomial",
            "brms": "binomial",
            "rstanarm": "binomial",
            "glm": "binomial",
        },
        unweighted=frozenset({"bambi"}),
        pymc="Binomial: n=trials, p=mu",
        advice={"spread": f"try {ROW_EFFECT}, or {MISSING_PREDICTORS}"},
    ),
)
