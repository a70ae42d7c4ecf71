"""Successes out of trials among rows without any whose zero is no such count."""

from bayesmm.family import binomial
from bayesmm.family.words import MISSING_PREDICTORS, ROW_EFFECT, Words
from bayesmm.family.zero_inflated import zero_inflated
from bayesmm.family.zeros import HURDLE_PSI

__all__ = ["FAMILY"]


FAMILY = zero_inflated(
    binomial.FAMILY,
    limits={"binomial": ("psi",)},
    start=HURDLE_PSI.start,
    words=Words(
        title="zero-inflated binomial",
        equation=("ZeroInflatedBinomial", "{psi}", "{trials}", "{mu}"),
        names={
            "bambi": "zero_inflated_binomial",
            "brms": "zero_inflated_binomial",
            "glmmtmb": "binomial",
        },
        pymc="ZeroInflatedBinomial: psi=psi, n=trials, p=mu",
        synonyms=("zib", "zeroinflbinomial"),
        advice={
            "spread": f"try {ROW_EFFECT}, or {MISSING_PREDICTORS}",
            "outliers": "family 'beta_binomial' is less moved by such rows",
        },
    ),
)
