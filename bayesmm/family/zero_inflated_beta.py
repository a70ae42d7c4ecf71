"""Zeros, and proportions between 0 and 1. All zeros are of one kind: brms's name of a hurdle."""

from dataclasses import replace

from bayesmm.family import beta
from bayesmm.family.atoms import with_zeros
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


FAMILY = replace(
    with_zeros(
        beta.FAMILY,
        Words(
            title="zero-inflated beta",
            equation=("ZeroInflatedBeta", "{psi}", "{mu} {kappa}", "(1 - {mu}) {kappa}"),
            names={"brms": "zero_inflated_beta", "glmmtmb": "beta_family"},
            synonyms=("hurdlebeta", "zeroinflbeta"),
        ),
    ),
    name="zero_inflated_beta",
)
