"""Failures before a success: negative binomial counts with alpha = 1, of variance mu + mu^2."""

import numpy as np

from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import log1mexp, softplus
from bayesmm.family.parameter import Parameter
from bayesmm.family.poisson import LARGEST_RATE
from bayesmm.family.record import Family
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


def _kernel(y, log_mu):
    return y * log_mu - (y + 1.0) * softplus(log_mu)


def _log_below(y, log_mu):
    return log1mexp((y + 1.0) * softplus(-log_mu))


def _log_above(y, log_mu):
    return -(y + 1.0) * softplus(-log_mu)


def _random(generator, rows):
    return generator.poisson(np.minimum(generator.exponential(rows.mu), LARGEST_RATE)).astype(float)


FAMILY = Family(
    "geometric",
    response="count",
    parameters=(Parameter("mu", links=("log",)),),
    density=LogDensity(_kernel, arguments=LOGARITHMS, log_below=_log_below, log_above=_log_above),
    random=_random,
    below=lambda y, rows: -np.expm1((y + 1) * -np.log1p(1 / rows.mu)),
    variance=lambda rows: rows.mu + rows.mu**2,
    on_link_scale={"log": lambda found: np.log1p(1 / found.mean_response() + 1)},
    variance_function=lambda mu: mu + mu**2,
    estimation=Estimation(),
    words=Words(
        equation=("Geometric", "1 / (1 + {mu})"),
        names={"brms": "geometric"},
        pymc="NegativeBinomial: mu=mu, alpha=1.0",
        advice={"spread": "try negativebinomial", "zeros": "try negativebinomial"},
    ),
)
