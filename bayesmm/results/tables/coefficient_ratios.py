"""What exp of a coefficient is: an odds ratio, a rate ratio, or nothing."""

import numpy as np

from bayesmm.errors import UsageError
from bayesmm.family.record import Family
from bayesmm.wording import option

__all__ = ["ratio_words"]


def ratio_words(family: Family) -> tuple[str, str]:
    """Return what exp of a coefficient is, and what exp of the intercept is.

    By link and response: ``("odds ratio", "odds")``, ``("rate ratio", "rate")``,
    ``("hazard ratio", "hazard")``. Where zeros are added or taken away, of the counts before.

    A link and response of which it is no ratio are a `UsageError`.
    """
    if family.located is np.log and family.link == "identity":
        return "ratio of medians", "median"
    if family.latent:
        if family.link != "logit":
            raise UsageError(
                f"exp of a coefficient is no ratio of the {family.name} family with the "
                f"{family.link} link; probabilities are compared by fit.avg_comparisons."
            )
        return "odds ratio", "odds of a higher category"
    of_link = {
        "logit": ("odds ratio", "odds"),
        "cloglog": ("hazard ratio", "hazard"),
        "log": _OF_LOG.get(family.response, ("ratio of means", "mean")),
    }
    if family.link not in of_link:
        raise UsageError(
            f"exp of a coefficient is no ratio with the {family.link} link; "
            f"{option('exponentiate', True)} is for the links {', '.join(of_link)}. Means are "
            "compared by fit.contrasts and fit.avg_comparisons."
        )
    words = of_link[family.link]
    return (
        words if family.mean is None else tuple(f"{word} ({family.part_of_mu})" for word in words)
    )


_OF_LOG = {
    "count": ("rate ratio", "rate"),
    "binary": ("risk ratio", "risk"),
    "binomial": ("risk ratio", "risk"),
}
