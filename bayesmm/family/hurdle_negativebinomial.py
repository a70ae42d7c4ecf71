"""Zeros, and positive negative binomial counts behind a hurdle."""

import numpy as np

from bayesmm.family import negativebinomial
from bayesmm.family.hurdle import hurdle
from bayesmm.family.poisson import LARGEST_RATE
from bayesmm.family.words import MISSING_PREDICTORS, Words

__all__ = ["FAMILY"]


def _positive(generator, rows):
    """Draw negative binomial counts given that they are positive.

    As poisson ones, at a rate that is Gamma(alpha, alpha / mu): P(T > t) = (1 + t mu /
    alpha)^-alpha, and given a first arrival at t the rate is Gamma(alpha + 1, alpha / mu + t).
    """
    alpha = np.broadcast_to(rows.auxiliary["alpha"], rows.mu.shape)
    share = generator.random(rows.mu.shape) * -np.expm1(-alpha * np.log1p(rows.mu / alpha))
    first = np.minimum(alpha / rows.mu * np.expm1(-np.log1p(-share) / alpha), 1.0)
    rate = generator.gamma(alpha + 1) / (alpha / rows.mu + first)
    return 1.0 + generator.poisson(np.minimum(rate * (1 - first), LARGEST_RATE))


FAMILY = hurdle(
    negativebinomial.FAMILY,
    _positive,
    limits={"hurdle_poisson": ("alpha",)},
    words=Words(
        title="negative binomial hurdle",
        equation=("HurdleNegativeBinomial", "{psi}", "{mu}", "{alpha}"),
        names={
            "bambi": "hurdle_negativebinomial",
            "brms": "hurdle_negbinomial",
            "glmmtmb": "truncated_nbinom2",
        },
        unlinked={"brms": frozenset({"cloglog"})},
        pymc="HurdleNegativeBinomial: psi=psi, mu=mu, alpha=alpha",
        synonyms=("hurdlenegbinomial", "hurdlenbinom2"),
        advice={
            "spread": f"look for {MISSING_PREDICTORS}",
            "zeros": f"look for {MISSING_PREDICTORS}",
        },
    ),
)
