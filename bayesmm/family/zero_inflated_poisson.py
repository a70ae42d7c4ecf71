"""Poisson counts among zeros that are none."""

from bayesmm.family import poisson
from bayesmm.family.numeric import exp, softplus, where
from bayesmm.family.words import MISSING_PREDICTORS, ROW_EFFECT, Words
from bayesmm.family.zero_inflated import odds_against, zero_inflated
from bayesmm.family.zeros import log_share

__all__ = ["FAMILY"]


def _kernel(y, log_mu, psi):
    mu = exp(log_mu)
    return where(y == 0.0, softplus(odds_against(psi) - mu), y * log_mu - mu)


FAMILY = zero_inflated(
    poisson.FAMILY,
    _kernel,
    log_share,
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
