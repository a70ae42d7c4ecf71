"""Zeros, and positive responses whose sd is in proportion to their mean."""

from bayesmm.family import gamma
from bayesmm.family.atoms import with_zeros
from bayesmm.family.words import Words

__all__ = ["FAMILY"]


FAMILY = with_zeros(
    gamma.FAMILY,
    Words(
        title="gamma hurdle",
        equation=("HurdleGamma", "{psi}", "{alpha}", "{alpha} / {mu}"),
        names={"bambi": "hurdle_gamma", "brms": "hurdle_gamma", "glmmtmb": "ziGamma"},
        pymc="HurdleGamma: psi=psi, alpha=alpha, beta=alpha / mu",
        synonyms=("zigamma", "zeroinflatedgamma"),
        note=gamma.FAMILY.words.note,
    ),
)
