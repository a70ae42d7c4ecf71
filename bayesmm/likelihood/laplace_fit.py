"""Maximum likelihood by a search: of any family whose log density is known, with any predictors.

A quasi-Newton search with the exact gradient of the Laplace approximation, then Newton steps, whose
Hessian gives the standard errors. The approximation is lme4's for the families that lme4 fits, and
glmmTMB's for others, what it does with ``dispformula`` and ``ziformula`` too. Of separated data the
likelihood has no maximum, only an end where it no longer changes.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from scipy import linalg

from bayesmm.arrays import Array
from bayesmm.errors import DataError
from bayesmm.family.links import LINKS
from bayesmm.likelihood.auxiliary import at_bound, limits_of, starts_of
from bayesmm.likelihood.blocks import block_estimates, singularities
from bayesmm.likelihood.glm import fit_glm
from bayesmm.likelihood.group_columns import arrange, group_columns
from bayesmm.likelihood.laplace_problem import LaplaceProblem, remedy_for
from bayesmm.likelihood.ml_fit import MLFit
from bayesmm.likelihood.mode_search import IMPOSSIBLE, TooManyPassesError
from bayesmm.likelihood.predictor_columns import factorise_predictors
from bayesmm.likelihood.quadrature import Integral, integral_for
from bayesmm.likelihood.record import BlockEstimates, PredictorEstimates
from bayesmm.likelihood.search import Minimum, find_minimum
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.model.predictor import MEAN, with_constants
from bayesmm.model.response_scale import mean_response

__all__ = ["fit_laplace", "starts"]

_SAME = 1e-6  # deviances that differ by less are those of one minimum


def fit_laplace(design: Design, reml: bool) -> MLFit:
    """Return the ML estimate of g_p(parameter p) = X_p beta_p + offset + Z_p u for all parameters.

    Standard errors are from the Hessian of the deviance in all parameters, as lme4 and glmmTMB
    report them; the conditional sds of u are given all parameters. The group effects of a linear
    model whose sigma has none are integrated out exactly; where the approximation of counts has no
    maximum, by quadrature. `reml` has no meaning here: it is the likelihood of ``REML = FALSE``.

    A `DataError` says when the common columns of a predictor are dependent, no point of the search
    has a conditional mode, or the search takes too many passes through the data.
    """
    problem = LaplaceProblem(design)
    found, integral = _search(problem, starts(problem, _plain))
    if found.value >= IMPOSSIBLE:
        groups = f"the group effects of {' and '.join(design.factors)} have no mode"
        raise DataError(
            "No maximum of the likelihood was found: "
            f"{groups if design.blocks else 'the response is impossible'} near the starting "
            f"values. {remedy_for(design)}"
        )
    return _fit(problem, found, integral)


def _plain(design: Design) -> tuple[Array, Mapping[str, float]]:
    """Return the estimates of a design without group effects whose parameters are numbers."""
    fisher = design.family.estimation.routine == "glm"
    found = (fit_glm if fisher else fit_laplace)(design, False)
    return found.estimates, found.auxiliary


def _search(problem: LaplaceProblem, points: Sequence[Array]) -> tuple[Minimum, Integral | None]:
    """Return the minimum, and the integral that it is of where the approximation has none."""
    integral = integral_for(problem)
    try:
        found = _least(problem, points)
        if found.converged or integral is None:
            return found, None
    except TooManyPassesError:
        if integral is None:
            raise
    return find_minimum(integral.deviance, points[0], problem.bounds(), problem.at_end), integral


def _least(problem: LaplaceProblem, points: Sequence[Array]) -> Minimum:
    """Return the minimum; a search that ran to the end of a range gets a second chance.

    Out there nothing changes any more, so that a long first step may have led there.
    """

    def search(begin: Array) -> Minimum:
        return find_minimum(problem.deviance, begin, problem.bounds(), problem.at_end)

    first = min(map(search, points), key=lambda minimum: minimum.value)
    away = problem.at_end(first.x)
    if not (problem.free and away.any()):
        return first
    second = search(np.where(away, _middle(problem), first.x))
    return second if second.value < first.value - _SAME else first


def _fit(problem: LaplaceProblem, found: Minimum, integral: Integral | None) -> MLFit:
    """Return the fit whose deviance, or its integral by quadrature, is least at a point."""
    design, x = problem.design, found.x
    factors, gammas = problem.unpack(x)
    blocks: tuple[BlockEstimates, ...] = ()
    converged = found.converged
    if integral is not None:
        blocks = (integral.estimates(x),)
    elif problem.arrangement is not None:
        mode = problem.mode(x)
        own = [way @ factor for way, factor in zip(problem.back_transforms, factors, strict=True)]
        columns = group_columns(arrange(problem.stacked), own)
        equations = factorise_predictors(columns, mode.rows.curvature, safe=False)
        blocks = block_estimates(equations, mode.v, 1.0)
        converged = converged and mode.converged
    estimates = {
        design.predictors[k].parameter: PredictorEstimates(
            problem.bases[k].coefficients(gammas[k]),
            problem.bases[k].covariance(2 * found.inverse[problem.place(k), problem.place(k)]),
        )
        for k in problem.all
        if k not in problem.numbers
    }
    mu = estimates.pop(MEAN)
    auxiliary = problem.numbers_of(x)
    return MLFit(
        design=design,
        reml=False,
        estimates=mu.estimates,
        covariance=mu.covariance,
        blocks=blocks,
        sigma=None,
        loglik=-found.value / 2,
        n_parameters=len(x),
        converged=converged,
        singular=singularities(problem.stacked, factors, problem.back_transforms)
        + at_bound(design, auxiliary)
        + (problem.warnings(x, found.inverse) if found.converged else ()),
        method=f"Maximum likelihood ({_how(problem) if integral is None else integral.method})",
        auxiliary=auxiliary,
        further_predictors=estimates,
        joint_covariance=_joint_covariance(problem, found, auxiliary),
    )


def _joint_covariance(
    problem: LaplaceProblem, found: Minimum, auxiliary: Mapping[str, float]
) -> Array:
    """Return the covariance matrix of the coefficients of mu and the parameters of one number."""
    places = np.r_[problem.place(0), problem.places[list(problem.numbers)]]
    known = (own for own in problem.design.family.further if own.name in auxiliary)
    slopes = [own.slope(auxiliary[own.name]) for own in known]
    ways = linalg.block_diag(problem.bases[0].inverse, np.diag(slopes))
    return ways @ (2 * found.inverse[np.ix_(places, places)]) @ ways.T


def _how(problem: LaplaceProblem) -> str:
    """Return how the group effects were integrated out."""
    family = problem.design.family
    if not problem.grouped:
        return "quasi-Newton, then Newton steps"
    linear = family.normal and family.link == "identity" and problem.grouped == (0,)
    return "exact integral over the group effects" if linear else "Laplace approximation"


# Coefficients and further parameters of a design without group effects whose parameters are numbers
type Plain = Callable[[Design], tuple[Array, Mapping[str, float]]]

# Sds of the group effects where a search may begin, on columns of mean square one: of mu alone, and
# where further parameters have predictors.
_SDS, _SDS_OF_VARYING = (0.5, 1.0, 2.0, 4.0), (0.1, 0.3, 1.0)
# This part of the range of a parameter on its link, at either end, is beside its end.
_NEAR_END = 0.25
_LARGEST_SHARE = 0.95  # where counts above 1 begin, whose mean is below it with that link


def starts(problem: LaplaceProblem, plain: Plain) -> list[Array]:
    """Return where searches begin: one point, or two where a varying parameter is at its end.

    The first has the estimates with further parameters that are constant, and no group effects. At
    the end of its range, as zero inflation of a number that needs none, a constant is where the
    likelihood is flat: with a formula the maximum may be elsewhere, and the second point has the
    varying parameters in the _middle of their range. Of a family all of whose further parameters
    always have predictors it is what the response is without any of the columns.

    `plain` fits the model that has neither group effects nor predictors of further parameters.
    """
    design, further = problem.design, problem.design.family.further
    if further and all(own.always for own in further):  # mu has no coefficients
        first = [own.first(responses_for(design, own), 1.0) for own in further]
        return [_with_best_sds(problem, np.empty(0), first)]
    if not (design.blocks or design.varying):
        return [_with_best_sds(problem, _least_squares(problem), starts_of(design))]
    own_plain = replace(design, predictors=with_constants(design.mu, design.family), blocks=())
    estimates, auxiliary = plain(own_plain)
    real, between = [], []
    for own, (low, high), centre in zip(further, limits_of(design), starts_of(design), strict=True):
        with np.errstate(divide="ignore"):  # psi rounded to 1 is at the end of the range
            value = float(np.clip(own.real(auxiliary[own.name]), low, high))
        near = _NEAR_END * (high - low)
        ended = own.name in design.varying and not low + near < value < high - near
        real.append(value)
        between.append(centre if ended else value)
    first = np.linalg.solve(problem.bases[0].inverse, estimates)
    points = (real, between)[: 1 + (real != between)]
    return [_with_best_sds(problem, first, values) for values in points]


def _middle(problem: LaplaceProblem) -> Array:
    """Return a point whose numbers are where their search begins, and all else is zero."""
    result = np.zeros(problem.places[-1])
    own = starts_of(problem.design)
    result[[problem.places[k] for k in problem.numbers]] = [own[k - 1] for k in problem.numbers]
    return result


def _with_best_sds(problem: LaplaceProblem, first: Array, real: Sequence[float]) -> Array:
    """Return the point of gamma of mu and constant further parameters, with the best sds.

    Data that are nearly separated can have one optimum at small effects and one at large ones: the
    search begins where the deviance is lowest.
    """
    parts = zip(problem.bases[1:], real, problem.known[1:], strict=True)
    gammas = [first, *(np.linalg.lstsq(b.Q, value - known)[0] for b, value, known in parts)]
    sds = _SDS_OF_VARYING if problem.design.varying else _SDS
    points = [
        np.concatenate([[sd if i == j else 0.0 for _, i, j in problem.free], *gammas])
        for sd in (sds if problem.free else sds[:1])
    ]
    return points[0] if len(points) == 1 else min(points, key=lambda x: problem.deviance(x)[0])


def _least_squares(problem: LaplaceProblem) -> Array:
    """Return least squares of the link of the data, drawn half way to their mean."""
    design, Q = problem.design, problem.bases[0].Q
    family, offset = design.family, problem.known[0]
    if family.latent and family.level is not None:
        return np.linalg.lstsq(Q, np.full(design.n_obs, family.level(design.y)) - offset)[0]
    y = mean_response(design)
    mean = (y + y.mean()) / 2
    if family.on_real_line and family.link != "identity":
        # the link of a response of any sign is that of its mean alone
        mean = np.full(design.n_obs, abs(y.mean()) or 1.0)
    if family.link == "cloglog":
        mean = np.minimum(mean, _LARGEST_SHARE)
    return np.linalg.lstsq(Q, LINKS[family.link].link(mean) - offset)[0]
