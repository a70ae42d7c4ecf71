"""Counts whose variance is their mean."""

import numpy as np

from bayesmm.family.count_tails import log_poisson_above, log_poisson_below
from bayesmm.family.density import LOGARITHMS, LogDensity
from bayesmm.family.estimation import Estimation
from bayesmm.family.numeric import exp, lgamma, where
from bayesmm.family.parameter import Parameter
from bayesmm.family.record import Family
from bayesmm.family.words import MEAN_WITH_AN_EDGE, MISSING_PREDICTORS, ROW_EFFECT, Words
from bayesmm.special import pdtr

__all__ = ["FAMILY", "LARGEST_RATE", "count_base"]

# numpy's Poisson generator returns 64-bit integers and refuses means near 2**63
LARGEST_RATE = 9e18


def _kernel(y, log_mu):
    # of mean 0 there are counts of 0
    return where(y == 0.0, 0.0, y * log_mu) - exp(log_mu)


def count_base(y):
    """Return minus log y!."""
    return -lgamma(y + 1.0)


def _random(generator, rows):
    return generator.poisson(np.minimum(rows.mu, LARGEST_RATE)).astype(float)


FAMILY = Family(
    "poisson",
    response="count",
    parameters=(Parameter("mu", links=("log", "identity")),),
    density=LogDensity(
        _kernel,
        base=count_base,
        arguments=LOGARITHMS,
        log_below=log_poisson_below,
        log_above=log_poisson_above,
    ),
    random=_random,
    below=lambda y, rows: pdtr(y, rows.mu),
    variance=lambda rows: rows.mu,
    on_link_scale={"log": lambda found: np.log1p(1 / found.mean_response())},
    variance_function=lambda mu: mu,
    compiled=dict.fromkeys(("log", "identity"), "bayesmm.sampling.compiled.kernels.poisson"),
    estimation=Estimation("glm"),
    words=Words(
        title="Poisson",
        equation=("Poisson", "{mu}"),
        names={"bambi": "poisson", "brms": "poisson", "rstanarm": "poisson", "glm": "poisson"},
        pymc="Poisson: mu=mu",
        advice={
            "spread": f"try negativebinomial, a zero-inflated family, {ROW_EFFECT}, "
            f"or {MISSING_PREDICTORS}",
            "zeros": "try zero_inflated_poisson, hurdle_poisson, or negativebinomial",
            "outliers": "family 'negativebinomial' is less moved by such rows",
        },
        note={"identity": MEAN_WITH_AN_EDGE},
    ),
)
