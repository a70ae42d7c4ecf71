"""Maximum likelihood of a design: which routine fits which model."""

from collections.abc import Callable
from dataclasses import replace

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.family.known import FAMILIES
from bayesmm.family.record import Family
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.model.design import Design
from bayesmm.model.row_sums import extremes
from bayesmm.one_thread import one_blas_thread
from bayesmm.verbs import Verbs
from bayesmm.wording import either

__all__ = ["fit_ml", "has_routine", "links_with_routine", "ml_or_reason"]

type Fitter = Callable[[Design, bool], MLFit]

# One of them is imported, for the model that there is.
_ROUTINES = Verbs(
    glm="bayesmm.likelihood.glm:fit_glm",
    laplace="bayesmm.likelihood.laplace_fit:fit_laplace",
    lm="bayesmm.likelihood.glm:fit_lm",
    lmm="bayesmm.likelihood.lmm:fit_lmm",
    standardised="bayesmm.likelihood.standardised:standardised",
    thresholds="bayesmm.likelihood.thresholds:fit_thresholds",
)

_NOT_CONVERGED = (
    "{0} is not shown beside: its search found no maximum of the likelihood, which has none or is "
    "too flat. {1} shows where the search ended."
)


def links_with_routine(family: Family) -> tuple[str, ...]:
    """Return the links of a family for which its likelihood can be maximised: all or none."""
    routine = family.estimation.routine
    known = (family.density is not None and routine != "none") or routine == "glm"
    return family.links if known else ()


def has_routine(family: Family) -> bool:
    """Return whether the likelihood of a family with its link can be maximised."""
    return family.link in links_with_routine(family)


def fit_ml(design: Design, reml: bool = True) -> MLFit:
    """Return the maximum-likelihood fit of a design.

    The model is g(mean y) = b0 + X beta + offset + sum_k Z_k u_k with u ~ N(0, Sigma). Linear
    mixed models are fitted by ML or REML, generalised ones by the Laplace approximation, and
    models without group effects by (iteratively reweighted) least squares or Newton's method.

    `reml` asks for the restricted likelihood of a linear mixed model, and for sigma with n - p
    degrees of freedom of a linear model without group effects (``False``: with n); it has no
    meaning for other families. Warnings are sentences in ``singular``. A family or link without a
    routine is not supported; weights that are not positive, common effects that cannot be told
    apart, and nothing left to estimate sigma from are a `DataError`.
    """
    family = design.family
    if design.source is not None and not family.linear:
        return replace(fit_ml(design.condensed(), reml), design=design)
    if not has_routine(family):
        possible = "; ".join(
            f"{own.name} ({', '.join(links_with_routine(own))})"
            for own in FAMILIES.values()
            if links_with_routine(own)
        )
        raise UnsupportedModelError(
            f"There is no maximum-likelihood fit of the {family.name} family with the "
            f"{family.link} link. Families (links) that have one: {possible}. "
            f"Fit the model with {either('bayesmm.fit', 'bayesmm fit')}."
        )
    if design.weights is not None and not extremes(design.weights)[0] > 0:
        raise DataError(
            f"Weights must be positive; the smallest is {extremes(design.weights)[0]:g}. "
            "Leave out the rows that are to have no weight."
        )
    with one_blas_thread():
        return _fitted(design, reml)


def _fitted(design: Design, reml: bool) -> MLFit:
    family = design.family
    if family.in_gaps is not None:
        return _ROUTINES.thresholds(design, lambda own: fit_ml(own, reml))
    return _fitter_of(design)(design, reml)


def _fitter_of(design: Design) -> Fitter:
    """Return the fitter of a design, by `Estimation.routine` of its family."""
    routine, blocks = design.family.estimation.routine, design.blocks
    if routine == "linear" and design.family.link == "identity" and not design.varying:
        return _ROUTINES.lmm if blocks else _ROUTINES.lm
    if routine == "glm" and not blocks:
        return _ROUTINES.glm
    if routine in ("linear", "scaled"):
        return _ROUTINES.standardised(_ROUTINES.laplace)
    return _ROUTINES.laplace


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
