"""The maximum-likelihood fit of a design, or why there is none."""

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.likelihood.fit import fit_ml
from bayesmm.likelihood.record import MLFit
from bayesmm.model.design import Design

__all__ = ["ml_or_reason"]


def ml_or_reason(design: Design) -> tuple[MLFit | None, str]:
    """Return the REML (gaussian) or ML fit and an empty text, or None and the reason.

    Priors can settle what the likelihood leaves open: no ML is no reason for a fit to fail.
    """
    try:
        return fit_ml(design, reml=True), ""
    except (UnsupportedModelError, DataError) as reason:
        return None, str(reason)
