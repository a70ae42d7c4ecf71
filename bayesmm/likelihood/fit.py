"""Maximum likelihood of a design: which routine fits which model."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bayesmm.errors import DataError, UnsupportedModelError
from bayesmm.likelihood.counts import fit_counts
from bayesmm.likelihood.glm import fit_glm
from bayesmm.likelihood.lm import fit_lm
from bayesmm.likelihood.lmm import fit_lmm
from bayesmm.likelihood.mixed import fit_mixed
from bayesmm.likelihood.record import MLFit
from bayesmm.likelihood.standardised import standardised
from bayesmm.model.design import Design

__all__ = ["ROUTINES", "Routine", "fit_ml"]

type Fitter = Callable[[Design, bool], MLFit]


@dataclass(frozen=True, slots=True)
class Routine:
    """How a family is fitted by maximum likelihood.

    Attributes
    ----------
    links : tuple of str
        Links for which it is possible.
    plain : callable
        Fits a design without group effects.
    mixed : callable
        Fits a design with group effects.
    """

    links: tuple[str, ...]
    plain: Fitter
    mixed: Fitter


_PLAIN, _MIXED = standardised(fit_counts), standardised(fit_mixed)


def _linear_or(exact: Fitter, other: Fitter) -> Fitter:
    """Return the fitter of linear models, and another one of curved links."""
    return lambda design, reml: (exact if design.family.link == "identity" else other)(design, reml)


ROUTINES: Mapping[str, Routine] = {
    "gaussian": Routine(
        ("identity", "log", "inverse"), _linear_or(fit_lm, _PLAIN), _linear_or(fit_lmm, _MIXED)
    ),
    "t": Routine(("identity", "log", "inverse"), _PLAIN, _MIXED),
    "gamma": Routine(("inverse", "log", "identity"), _PLAIN, _MIXED),
    "beta": Routine(("logit", "probit", "cloglog"), _PLAIN, _MIXED),
    "bernoulli": Routine(("logit", "probit", "cloglog"), fit_glm, fit_mixed),
    "binomial": Routine(("logit", "probit", "cloglog"), fit_glm, fit_mixed),
    "poisson": Routine(("log", "identity"), fit_glm, fit_mixed),
    **{
        name: Routine(("log",), fit_counts, fit_mixed)
        for name in (
            "negativebinomial",
            "zero_inflated_poisson",
            "zero_inflated_negativebinomial",
            "hurdle_poisson",
            "hurdle_negativebinomial",
        )
    },
}


def fit_ml(design: Design, reml: bool = True) -> MLFit:
    """Return the maximum-likelihood fit of a design.

    The model is g(mean y) = b0 + X beta + offset + sum_k Z_k u_k with u ~ N(0, Sigma). Linear
    mixed models are fitted by ML or REML, generalised ones by the Laplace approximation, and
    models without group effects by (iteratively reweighted) least squares or Newton's method.

    Parameters
    ----------
    design : Design
        Model and data.
    reml : bool, default True
        Restricted likelihood for a linear mixed model; sigma with n - p degrees of freedom for
        a linear model without group effects (``False``: with n). No meaning for other families.

    Returns
    -------
    MLFit
        Estimates, standard errors, criteria; warnings as sentences in ``singular``.

    Raises
    ------
    UnsupportedModelError
        For a family or link without a maximum-likelihood routine.
    DataError
        When weights are not positive, common effects cannot be told apart, or nothing is left
        to estimate sigma from.
    """
    family = design.family
    routine = ROUTINES.get(family.name)
    if routine is None or family.link not in routine.links:
        possible = "; ".join(f"{name} ({', '.join(r.links)})" for name, r in ROUTINES.items())
        raise UnsupportedModelError(
            f"There is no maximum-likelihood fit of the {family.name} family with the "
            f"{family.link} link. Families (links) that have one: {possible}. "
            "Fit the model with bayesmm.fit."
        )
    if design.weights is not None and not design.weights.min() > 0:
        raise DataError(
            f"Weights must be positive; the smallest is {design.weights.min():g}. "
            "Leave out the rows that are to have no weight."
        )
    if not design.blocks:
        return routine.plain(design, reml)
    return routine.mixed(design, reml)
