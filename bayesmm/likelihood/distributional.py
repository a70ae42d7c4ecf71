"""Maximum likelihood where further parameters of the response have linear predictors.

A quasi-Newton search with the exact gradient of the Laplace approximation, then Newton steps, whose
Hessian gives the standard errors: what glmmTMB does with ``dispformula`` and ``ziformula``.
"""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from bayesmm.errors import DataError
from bayesmm.likelihood.auxiliary import at_bound
from bayesmm.likelihood.block_record import BlockEstimates
from bayesmm.likelihood.blocks import block_estimates, singularities
from bayesmm.likelihood.group_columns import arrange, group_columns
from bayesmm.likelihood.information import separation
from bayesmm.likelihood.laplace_problem import IMPOSSIBLE
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.predictor_columns import factorise_predictors
from bayesmm.likelihood.predictor_problem import PredictorProblem
from bayesmm.likelihood.record import PredictorEstimates, library_versions
from bayesmm.likelihood.search import find_minimum
from bayesmm.model.block import Block
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
    unit = _unit(design)
    problem = PredictorProblem(unit.design)
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
    blocks, converged = (), found.converged
    if problem.arrangement is not None:
        mode = problem.mode(found.x)
        own = [way @ f for way, f in zip(problem.back_transforms, factors, strict=True)]
        columns = group_columns(arrange(problem.stacked), own)
        equations = factorise_predictors(columns, mode.rows.curvature, safe=False)
        parts = zip(design.blocks, block_estimates(equations, mode.v, 1.0), strict=True)
        blocks = tuple(_in_units(block, estimates, unit.slope) for block, estimates in parts)
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
        estimates=unit.slope * mu.estimates + unit.shift_of(design),
        covariance=unit.slope**2 * mu.covariance,
        blocks=blocks,
        sigma=None,
        loglik=-found.value / 2 - unit.log_volume,
        n_parameters=len(found.x),
        converged=converged,
        singular=singularities(problem.stacked, factors, problem.back_transforms)
        + at_bound(design, auxiliary)
        + tuple(dict.fromkeys(sentences)),
        method=f"Maximum likelihood ({_how(problem)})",
        versions=library_versions(),
        auxiliary=auxiliary,
        further_predictors=estimates,
    )


def _how(problem: PredictorProblem) -> str:
    """Return how the group effects were integrated out."""
    family = problem.design.family
    if not problem.grouped:
        return "quasi-Newton, then Newton steps"
    linear = family.normal and family.link == "identity" and problem.grouped == (0,)
    return "exact integral over the group effects" if linear else "Laplace approximation"


@dataclass(frozen=True, slots=True, eq=False)
class _Unit:
    """A design whose response has unit size, and the way back: y = shift + size y'.

    Attributes
    ----------
    design : Design
        With offsets that keep every coefficient but those of an identity or inverse link of mu.
    slope, shift : float
        Coefficients of mu are slope times those of the unit design; the intercept has shift more.
    log_volume : float
        What the log likelihood of the unit design has more.
    """

    design: Design
    slope: float = 1.0
    shift: float = 0.0
    log_volume: float = 0.0

    def shift_of(self, design: Design) -> Array:
        """Return what is added to the coefficients of mu."""
        return np.where(np.array(design.mu.terms) == "Intercept", self.shift, 0.0)


def _unit(design: Design) -> _Unit:
    family = design.family
    if family.estimation.routine == "rows" or family.response == "proportion":
        return _Unit(design)
    positive = family.response == "positive"
    size = float(design.y.mean() if positive else design.y.std()) or 1.0
    movable = family.link == "identity" and design.mu.intercept and not positive
    shift = float(design.y.mean()) if movable else 0.0
    slope = {"identity": size, "inverse": 1.0 / size}.get(family.link, 1.0)
    mu = replace(design.mu, offset=design.mu.known / slope)
    if family.link == "log":  # log mu = log s + log mu'
        mu = replace(mu, offset=mu.known - np.log(size))
    own = replace(design, y=(design.y - shift) / size).with_predictor(mu)
    for name in family.in_units:
        scale = own.predictor(name)
        own = own.with_predictor(replace(scale, offset=scale.known - np.log(size)))
    rows = np.ones(design.n_obs) if design.weights is None else design.weights
    n = design.n_obs if family.precision_weights else float(rows.sum())
    return _Unit(own, slope, shift, n * float(np.log(size)))


def _in_units(block: Block, estimates: BlockEstimates, slope: float) -> BlockEstimates:
    """Return the estimates of a block with the effects on mu in the units of the response."""
    scale = np.array([slope if effect.predictor == MEAN else 1.0 for effect in block.effects])
    return replace(
        estimates,
        sd=scale * estimates.sd,
        modes=scale[:, None] * estimates.modes,
        mode_sds=scale[:, None] * estimates.mode_sds,
    )
