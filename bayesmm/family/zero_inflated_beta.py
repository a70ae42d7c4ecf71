"""Zeros, and proportions between 0 and 1. All zeros are of one kind: brms's name of a hurdle."""

from dataclasses import replace

from bayesmm.family import beta
from bayesmm.family.atoms import with_zeros
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


_INFLATED = with_zeros(
    beta.FAMILY,
    Words(
        title="zero-inflated beta",
        equation=("ZeroInflatedBeta", "{psi}", "{mu} {kappa}", "(1 - {mu}) {kappa}"),
        names={"brms": "zero_inflated_beta", "glmmtmb": "beta_family"},
        synonyms=("hurdlebeta", "zeroinflbeta"),
    ),
)
*_OTHERS, _PSI = _INFLATED.parameters
# the zeros are those of a hurdle, and called as in a family that adds some
_ZEROS = replace(_PSI, names={**_PSI.names, "brms": "1 - zi"}, complements=("zi", "hu"))
FAMILY = replace(_INFLATED, name="zero_inflated_beta", parameters=(*_OTHERS, _ZEROS))
