"""Poisson counts among zeros that are none."""

from bayesmm.family import poisson
from bayesmm.family.words import MISSING_PREDICTORS, ROW_EFFECT, Words
from bayesmm.family.zero_inflated import zero_inflated

__all__ = ["FAMILY"]


FAMILY = zero_inflated(
    poisson.FAMILY,
    limits={"poisson": ("psi",)},
    words=Words(
        title="zero-inflated Poisson",
        equation=("ZeroInflatedPoisson", "{psi}", "{mu}"),
        names={
            "bambi": "zero_inflated_poisson",
            "brms": "zero_inflated_poisson",
            "glmmtmb": "poisson",
        },
        pymc="ZeroInflatedPoisson: psi=psi, mu=mu",
        synonyms=("zip", "zeroinflpoisson"),
        advice={
            "spread": f"try zero_inflated_negativebinomial, {ROW_EFFECT}, or {MISSING_PREDICTORS}",
            "zeros": f"try hurdle_poisson, or look for {MISSING_PREDICTORS}",
            "outliers": "family 'zero_inflated_negativebinomial' is less moved by such rows",
        },
    ),
)
