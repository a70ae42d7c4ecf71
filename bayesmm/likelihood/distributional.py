"""Maximum likelihood where further parameters of the response have linear predictors.

A quasi-Newton search with the exact gradient of the Laplace approximation, then Newton steps, whose
Hessian gives the standard errors: what glmmTMB does with ``dispformula`` and ``ziformula``.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.likelihood.auxiliary import at_bound, joint_covariance
from bayesmm.likelihood.block_record import BlockEstimates
from bayesmm.likelihood.blocks import block_estimates, singularities
from bayesmm.likelihood.group_columns import arrange, group_columns
from bayesmm.likelihood.information import separation
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.mode_search import IMPOSSIBLE
from bayesmm.likelihood.predictor_columns import factorise_predictors
from bayesmm.likelihood.predictor_problem import PredictorProblem
from bayesmm.likelihood.record import PredictorEstimates, library_versions
from bayesmm.likelihood.search import find_minimum
from bayesmm.model.design import Design
from bayesmm.model.predictor import MEAN

__all__ = ["fit_distributional"]

type Array = NDArray[np.float64]


def fit_distributional(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate of g_p(parameter p) = X_p beta_p + offset + Z_p u for all parameters.

    The group effects of a linear model whose sigma has none are integrated out exactly, others by
    the Laplace approximation. Standard errors are from the Hessian of the deviance in all
    parameters. `reml` has no meaning here: the likelihood is that of ``REML = FALSE``.

    Raises
    ------
    DataError
        When the common columns of a predictor are dependent, or no point of the search has a
        conditional mode.
    """
    problem = PredictorProblem(design)
    found = min(
        (
            find_minimum(problem.deviance, start, problem.bounds(), problem.at_end)
            for start in problem.starts()
        ),
        key=lambda minimum: minimum.value,
    )
    if found.value >= IMPOSSIBLE:
        raise DataError(
            "No maximum of the likelihood was found: the group effects of "
            f"{' and '.join(design.factors)} have no mode near the starting values. Leave some "
            f"out, or let fewer parameters vary than {', '.join(design.varying)}."
        )
    factors, gammas = problem.unpack(found.x)
    blocks: tuple[BlockEstimates, ...] = ()
    converged = found.converged
    if problem.arrangement is not None:
        mode = problem.mode(found.x)
        own = [way @ f for way, f in zip(problem.back_transforms, factors, strict=True)]
        columns = group_columns(arrange(problem.stacked), own)
        equations = factorise_predictors(columns, mode.rows.curvature, safe=False)
        blocks = block_estimates(equations, mode.v, 1.0)
        converged = converged and mode.converged
    estimates = {}
    sentences: tuple[str, ...] = ()
    for k, (basis, predictor) in enumerate(zip(problem.bases, design.predictors, strict=True)):
        covariance = 2 * found.inverse[problem.place(k), problem.place(k)]
        sentences += separation(covariance) if found.converged else ()
        estimates[predictor.parameter] = PredictorEstimates(
            basis.coefficients(gammas[k]), basis.covariance(covariance)
        )
    mu = estimates.pop(MEAN)
    auxiliary = {
        own.name: own.natural(estimates.pop(own.name).estimates[0])
        for own in design.family.further
        if own.name not in design.varying
    }
    return MLFit(
        design=design,
        reml=False,
        estimates=mu.estimates,
        covariance=mu.covariance,
        blocks=blocks,
        sigma=None,
        loglik=-found.value / 2,
        n_parameters=len(found.x),
        converged=converged,
        singular=singularities(problem.stacked, factors, problem.back_transforms)
        + at_bound(design, auxiliary)
        + tuple(dict.fromkeys(sentences)),
        method=f"Maximum likelihood ({_how(problem)})",
        versions=library_versions(),
        auxiliary=auxiliary,
        further_predictors=estimates,
        joint_covariance=_joint_covariance(problem, 2 * found.inverse, auxiliary),
    )


def _joint_covariance(
    problem: PredictorProblem, inverse: Array, auxiliary: Mapping[str, float]
) -> Array:
    """Return the covariance matrix of the coefficients of mu and the parameters of one number."""
    design = problem.design
    kept = [0, *(k for k, p in enumerate(design.predictors) if p.parameter in auxiliary)]
    places = np.concatenate([np.r_[problem.place(k)] for k in kept])
    # a parameter of one number is a multiple of gamma of its predictor, 1 or -1 times
    p = problem.bases[0].Q.shape[1]
    own = np.concatenate([np.ones(p), *(problem.bases[k].inverse[0] for k in kept[1:])])
    moved = inverse[np.ix_(places, places)] * own * own[:, None]
    return joint_covariance(design, problem.bases[0].inverse, moved, auxiliary)


def _how(problem: PredictorProblem) -> str:
    """Return how the group effects were integrated out."""
    family = problem.design.family
    if not problem.grouped:
        return "quasi-Newton, then Newton steps"
    linear = family.normal and family.link == "identity" and problem.grouped == (0,)
    return "exact integral over the group effects" if linear else "Laplace approximation"
