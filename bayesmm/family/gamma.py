"""Positive responses whose sd is in proportion to their mean: the variance is mu^2 / alpha."""

from dataclasses import replace

import numpy as np

from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.gamma_tails import log_gamma_above, log_gamma_below
from bayesmm.family.negativebinomial import ALPHA
from bayesmm.family.numeric import exp, lgamma, log
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import MEAN_WITH_AN_EDGE, Words
from bayesmm.special import gammainc, polygamma

__all__ = ["FAMILY"]

_ALPHA = replace(
    ALPHA,
    search=Search.up_to(
        1e10, 2.0, "alpha grows without bound: the response does not vary about its mean."
    ),
    synonyms=("shape",),
)


def _kernel(y, log_mu, alpha):
    return -alpha * (log_mu + y * exp(-log_mu) - log(y))


def _normaliser(y, alpha):
    return alpha * log(alpha) - lgamma(alpha)


def _base(y):
    return -log(y)


def _random(generator, rows):
    alpha = np.broadcast_to(rows.auxiliary["alpha"], rows.mu.shape)
    return generator.gamma(alpha, rows.mu / alpha)


def _below(y, rows):
    alpha = rows.auxiliary["alpha"]
    return gammainc(alpha, y * alpha / rows.mu)


FAMILY = Family(
    "gamma",
    response="positive",
    # Bambi's and R's default is the inverse: with it a mean exists only where eta > 0, and chains
    # diverge at that edge on well-behaved data
    parameters=(Parameter("mu", links=("log", "inverse", "identity")), _ALPHA),
    density=LogDensity(
        _kernel,
        _normaliser,
        _base,
        LOGARITHMS,
        by_value=False,
        log_below=log_gamma_below,
        log_above=log_gamma_above,
    ),
    random=_random,
    below=_below,
    variance=lambda rows: rows.mu**2 / rows.auxiliary["alpha"],
    # the variance of log y
    on_link_scale={"log": lambda found: polygamma(1, found.auxiliary["alpha"])},
    variance_function=np.square,
    compiled=dict.fromkeys(
        ("inverse", "log", "identity"), "bayesmm.sampling.compiled.kernels.gamma"
    ),
    estimation=Estimation("scaled"),
    words=Words(
        equation=("Gamma", "{alpha}", "{alpha} / {mu}"),
        names={"bambi": "gamma", "brms": "Gamma", "rstanarm": "Gamma", "glm": "Gamma"},
        pymc="Gamma: alpha=alpha, beta=alpha / mu",
        note={
            "log": "The link is the log, under which every mean is positive; Gamma() of R and "
            "Bambi take the inverse unless told otherwise. For 1 / mean take the "
            "link 'inverse'.",
            **dict.fromkeys(("inverse", "identity"), MEAN_WITH_AN_EDGE),
        },
    ),
)
