"""Positive, skewed responses: times until a drift first reaches a bound. Variance mu^3 / alpha."""

from dataclasses import replace

import numpy as np

from bayesmm.family import numeric
from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.negativebinomial import ALPHA
from bayesmm.family.numeric import exp, log, log1mexp, softplus
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.record import Family
from bayesmm.family.words import Words
from bayesmm.special import log_ndtr, ndtr

__all__ = ["FAMILY"]

_ALPHA = replace(
    ALPHA,
    search=Search.up_to(
        1e10, 2.0, "alpha grows without bound: the response does not vary about its mean."
    ),
    synonyms=("shape", "lambda"),
    names={**ALPHA.names, "bambi": "lam"},
)


def _kernel(y, log_mu, alpha):
    gap = y * exp(-log_mu) - 1.0
    return -0.5 * alpha * gap * gap / y


def _normaliser(y, alpha):
    return 0.5 * log(alpha)


def _tails(y, log_mu, alpha):
    """Return the two normal quantiles of the distribution function, and 2 alpha / mu."""
    root, ratio = exp(0.5 * (log(alpha) - log(y))), y * exp(-log_mu)
    return root * (ratio - 1.0), -root * (ratio + 1.0), 2.0 * alpha * exp(-log_mu)


def _log_below(y, log_mu, alpha):
    near, far, shift = _tails(y, log_mu, alpha)
    first = numeric.log_ndtr(near)
    return first + softplus(shift + numeric.log_ndtr(far) - first)


def _log_above(y, log_mu, alpha):
    near, far, shift = _tails(y, log_mu, alpha)
    first = numeric.log_ndtr(-near)
    return first + log1mexp(first - shift - numeric.log_ndtr(far))


def _base(y):
    return -0.9189385332046727 - 1.5 * np.log(y)


def _below(y, rows):
    alpha = rows.auxiliary["alpha"]
    root, ratio = np.sqrt(alpha / y), y / rows.mu
    return ndtr(root * (ratio - 1)) + np.exp(2 * alpha / rows.mu + log_ndtr(-root * (ratio + 1)))


FAMILY = Family(
    "inverse_gaussian",
    response="positive",
    parameters=(Parameter("mu", links=("log", "inverse", "identity")), _ALPHA),
    density=LogDensity(
        _kernel,
        _normaliser,
        _base,
        LOGARITHMS,
        by_value=False,
        log_below=_log_below,
        log_above=_log_above,
    ),
    random=lambda generator, rows: generator.wald(
        rows.mu, np.broadcast_to(rows.auxiliary["alpha"], rows.mu.shape)
    ),
    below=_below,
    variance=lambda rows: rows.mu**3 / rows.auxiliary["alpha"],
    variance_function=lambda mu: mu**3,
    estimation=Estimation("rows"),
    words=Words(
        title="inverse Gaussian",
        equation=("InverseGaussian", "{mu}", "{alpha}"),
        names={"bambi": "wald", "brms": "inverse.gaussian", "glm": "inverse.gaussian"},
        pymc="Wald: mu=mu, lam=alpha",
        synonyms=("inversegaussian", "wald", "invgaussian"),
        note={
            "log": "The link is the log; inverse.gaussian() of R and brms take 1 / mu^2 unless "
            "told otherwise."
        },
    ),
)
