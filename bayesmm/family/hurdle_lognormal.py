"""Zeros, and positive responses whose logarithm is normal about mu."""

from dataclasses import replace

import numpy as np

from bayesmm.family import lognormal
from bayesmm.family.atoms import with_zeros
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


def _located(y):
    """Return the logarithm; of a 0, which says nothing of mu, the mean of the others."""
    logarithm = np.log(np.where(y > 0, y, 1.0))
    return np.where(y > 0, logarithm, logarithm.sum() / max(np.count_nonzero(y > 0), 1))


FAMILY = replace(
    with_zeros(
        lognormal.FAMILY,
        Words(
            title="lognormal hurdle",
            equation=("HurdleLogNormal", "{psi}", "{mu}", "{sigma}"),
            location="log {}",
            names={"bambi": "hurdle_lognormal", "brms": "hurdle_lognormal"},
            pymc="HurdleLogNormal: psi=psi, mu=mu, sigma=sigma",
            synonyms=("zeroinflatedlognormal",),
        ),
    ),
    located=_located,
)
