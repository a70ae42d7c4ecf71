"""Negative binomial counts among zeros that are none."""

from bayesmm.family import negativebinomial
from bayesmm.family.words import MISSING_PREDICTORS, Words
from bayesmm.family.zero_inflated import zero_inflated

__all__ = ["FAMILY"]


FAMILY = zero_inflated(
    negativebinomial.FAMILY,
    limits={
        "poisson": ("alpha", "psi"),
        "negativebinomial": ("psi",),
        "zero_inflated_poisson": ("alpha",),
    },
    words=Words(
        title="zero-inflated negative binomial",
        equation=("ZeroInflatedNegativeBinomial", "{psi}", "{mu}", "{alpha}"),
        names={
            "bambi": "zero_inflated_negativebinomial",
            "brms": "zero_inflated_negbinomial",
            "glmmtmb": "nbinom2",
        },
        unlinked={"brms": frozenset({"cloglog"})},
        pymc="ZeroInflatedNegativeBinomial: psi=psi, mu=mu, alpha=alpha",
        synonyms=("zeroinflatednegbinomial", "zeroinflatednbinom2", "zinb"),
        advice={
            "spread": f"look for {MISSING_PREDICTORS}",
            "zeros": f"try hurdle_negativebinomial, or look for {MISSING_PREDICTORS}",
        },
    ),
)
