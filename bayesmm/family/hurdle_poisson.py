"""Zeros, and positive Poisson counts behind a hurdle."""

import numpy as np

from bayesmm.family import poisson
from bayesmm.family.hurdle import hurdle
from bayesmm.family.poisson import LARGEST_RATE
from bayesmm.family.words import MISSING_PREDICTORS, ROW_EFFECT, Words

__all__ = ["FAMILY"]


def _positive(generator, rows):
    """Draw poisson counts given that they are positive: the first arrival, then those after it.

    Arrivals at rate mu in unit time; the first comes at t with P(T <= t | T <= 1) uniform.
    """
    share = generator.random(rows.mu.shape) * -np.expm1(-rows.mu)
    left = np.maximum(rows.mu + np.log1p(-share), 0.0)  # mu (1 - t)
    return 1.0 + generator.poisson(np.minimum(left, LARGEST_RATE))


FAMILY = hurdle(
    poisson.FAMILY,
    _positive,
    limits={},
    words=Words(
        title="Poisson hurdle",
        equation=("HurdlePoisson", "{psi}", "{mu}"),
        names={
            "bambi": "hurdle_poisson",
            "brms": "hurdle_poisson",
            "glmmtmb": "truncated_poisson",
        },
        pymc="HurdlePoisson: psi=psi, mu=mu",
        advice={
            "spread": f"try hurdle_negativebinomial, {ROW_EFFECT}, or {MISSING_PREDICTORS}",
            "zeros": f"look for {MISSING_PREDICTORS}",
            "outliers": "family 'hurdle_negativebinomial' is less moved by such rows",
        },
    ),
)
