"""Counts that vary more than poisson counts: the variance is mu + mu^2 / alpha."""

import numpy as np

from bayesmm.family.beta_tails import log_incomplete_beta
from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import log, log_rising, softplus, where
from bayesmm.family.parameter import Parameter, Search
from bayesmm.family.poisson import LARGEST_RATE, count_base
from bayesmm.family.record import Family
from bayesmm.family.words import MEAN_WITH_AN_EDGE, MISSING_PREDICTORS, Words
from bayesmm.special import betainc

__all__ = ["ALPHA", "FAMILY", "LINKS", "ways"]

LINKS = ("log", "identity", "cloglog")

ALPHA = Parameter(
    "alpha",
    meaning="shape of the response distribution",
    priors={
        "default": ("HalfCauchy", 1.0),
        "brms": ("Gamma", 0.01, 0.01),
        "rstanarm": ("Exponential", 1.0),
        "bambi": ("HalfCauchy", 1.0),
    },
    start=2.0,
    search=Search(
        1.0,
        lambda y: (-15.0, float(np.log(y.mean())) + 14.0),
        lambda alpha, y: bool(alpha > 1e4 * y.mean()),  # the variance is 1.0001 times the mean
        "alpha grows without bound: the counts vary no more than poisson counts.",
    ),
    names={"brms": "shape"},
    synonyms=("shape", "disp"),
)


def _kernel(y, log_mu, alpha):
    d = log_mu - log(alpha)
    s = softplus(d)
    return where(y == 0.0, 0.0, y * (d - s)) - alpha * s


def ways(y, alpha):
    """Return log Gamma(y + alpha) - log Gamma(alpha), the log of a rising factorial."""
    return where(y == 0.0, 0.0, log_rising(y, alpha))


def _log_below(y, log_mu, alpha):
    return log_incomplete_beta(alpha, y + 1.0, log(alpha) - log_mu)


def _log_above(y, log_mu, alpha):
    return log_incomplete_beta(y + 1.0, alpha, log_mu - log(alpha))


def _random(generator, rows):
    alpha = np.broadcast_to(rows.auxiliary["alpha"], rows.mu.shape)
    rate = generator.gamma(alpha, rows.mu / alpha)
    return generator.poisson(np.minimum(rate, LARGEST_RATE)).astype(float)


def _below(y, rows):
    alpha = rows.auxiliary["alpha"]
    return betainc(alpha, y + 1, alpha / (alpha + rows.mu))


def _on_log_scale(found):
    return np.log1p(1 / found.mean_response() + 1 / found.auxiliary["alpha"])


FAMILY = Family(
    "negativebinomial",
    response="count",
    parameters=(Parameter("mu", links=LINKS), ALPHA),
    density=LogDensity(
        _kernel, ways, count_base, LOGARITHMS, log_below=_log_below, log_above=_log_above
    ),
    random=_random,
    below=_below,
    variance=lambda rows: rows.mu + rows.mu**2 / rows.auxiliary["alpha"],
    on_link_scale={"log": _on_log_scale},
    # that of alpha = 2, with a factor instead of another alpha
    variance_function=lambda mu: mu + 0.5 * mu**2,
    compiled=dict.fromkeys(LINKS, "bayesmm.sampling.compiled.kernels.negativebinomial"),
    estimation=Estimation(),
    limits={"poisson": ("alpha",)},
    words=Words(
        title="negative binomial",
        equation=("NegativeBinomial", "{mu}", "{alpha}"),
        names={
            "bambi": "negativebinomial",
            "brms": "negbinomial",
            "rstanarm": "neg_binomial_2",
            "glmmtmb": "nbinom2",
        },
        unlinked={"brms": frozenset({"cloglog"})},
        pymc="NegativeBinomial: mu=mu, alpha=alpha",
        synonyms=(
            *("negbinomial", "negbin", "nbinom", "nbinom2", "negbinomial2", "negbinom"),
            *("nb", "nb2"),
        ),
        note={"identity": MEAN_WITH_AN_EDGE},
        advice={
            "spread": f"try zero_inflated_negativebinomial, or {MISSING_PREDICTORS}",
            "zeros": "try zero_inflated_negativebinomial or hurdle_negativebinomial",
        },
    ),
)
