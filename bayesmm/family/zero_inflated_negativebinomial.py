"""Negative binomial counts among zeros that are none."""

from bayesmm.family import negativebinomial
from bayesmm.family.negativebinomial import ways
from bayesmm.family.numeric import log, softplus, where
from bayesmm.family.words import MISSING_PREDICTORS, Words
from bayesmm.family.zero_inflated import odds_against, zero_inflated
from bayesmm.family.zeros import log_share

__all__ = ["FAMILY", "normaliser"]


def _kernel(y, log_mu, alpha, psi):
    d = log_mu - log(alpha)
    s = softplus(d)
    return where(y == 0.0, softplus(odds_against(psi) - alpha * s), y * (d - s) - alpha * s)


def normaliser(y, alpha, psi):
    """Return what of the log density depends on no mean."""
    return ways(y, alpha) + log_share(y, psi)


FAMILY = zero_inflated(
    negativebinomial.FAMILY,
    _kernel,
    normaliser,
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
        pymc="ZeroInflatedNegativeBinomial: psi=psi, mu=mu, alpha=alpha",
        synonyms=("zeroinflatednegbinomial", "zeroinflatednbinom2", "zinb"),
        advice={
            "spread": f"look for {MISSING_PREDICTORS}",
            "zeros": f"try hurdle_negativebinomial, or look for {MISSING_PREDICTORS}",
        },
    ),
)
