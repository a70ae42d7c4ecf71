"""The maximum-likelihood fit of a design, or why there is none."""

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.likelihood.fit import fit_ml
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.model.design import Design
from bayesmm.wording import either

__all__ = ["ml_or_reason"]

_NOT_CONVERGED = (
    "{0} is not shown beside: its search found no maximum of the likelihood, which has none or is "
    "too flat. {1} shows where the search ended."
)


def ml_or_reason(design: Design) -> tuple[MLFit | None, str]:
    """Return the REML (gaussian) or ML fit and an empty text, or None and the reason.

    Priors can settle what the likelihood leaves open: no ML is no reason for a fit to fail. A
    search that found no maximum has no numbers to stand beside a posterior.
    """
    try:
        fit = fit_ml(design, reml=True)
    except (UnsupportedModelError, DataError) as reason:
        return None, str(reason)
    if not fit.converged:
        return None, _NOT_CONVERGED.format(
            "REML" if fit.reml else "ML", either("bayesmm.ml", "bayesmm ml")
        )
    return fit, ""
