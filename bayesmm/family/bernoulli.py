"""Responses of two values: mu is the probability of success."""

import numpy as np

from bayesmm.family.density import LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import log, log1p, where
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import Words

__all__ = ["FAMILY"]

_MODELS = {"logit": "logistic", "probit": "probit", "cloglog": "complementary log-log"}
# Variance of the latent variable that exceeds 0 for a success.
_LATENT = {
    "logit": lambda _: np.array(np.pi**2 / 3),
    "probit": lambda _: np.array(1.0),
    "cloglog": lambda _: np.array(np.pi**2 / 6),
}


def _kernel(y, mu):
    return where(y == 1.0, log(mu), log1p(-mu))


FAMILY = Family(
    "bernoulli",
    response="binary",
    parameters=(Parameter("mu", links=("logit", "probit", "cloglog")),),
    density=LogDensity(_kernel),
    random=lambda generator, rows: (generator.random(rows.mu.shape) < rows.mu).astype(float),
    without_tails="a response of two values is known, or it is missing; leave rows out in which it "
    "is missing",
    below=lambda y, rows: np.where(y >= 1, 1.0, 1 - rows.mu),
    variance=lambda rows: (1.0 if rows.trials is None else rows.trials) * rows.mu * (1 - rows.mu),
    on_link_scale=_LATENT,
    variance_function=lambda mu: mu * (1.0 - mu),
    compiled=dict.fromkeys(
        ("logit", "probit", "cloglog"), "bayesmm.sampling.compiled.kernels.binomial"
    ),
    estimation=Estimation("glm"),
    words=Words(
        title="Bernoulli",
        models=_MODELS,
        equation=("Bernoulli", "{mu}"),
        names={
            "bambi": "bernoulli",
            "brms": "bernoulli",
            "rstanarm": "binomial",
            "glm": "binomial",
        },
        unweighted=frozenset({"bambi"}),
        pymc="Bernoulli: p=mu",
        synonyms=("logistic", "logit", "binary"),
    ),
)
