"""Where searches for the least deviance begin: at the estimates of a simpler model."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

import numpy as np

from bayesmm.arrays import Array
from bayesmm.family.links import LINKS
from bayesmm.likelihood.auxiliary import limits_of, starts_of
from bayesmm.likelihood.laplace_problem import LaplaceProblem
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.model.predictor import with_constants
from bayesmm.model.response_scale import mean_response

__all__ = ["middle", "starts"]

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
    varying parameters in the middle of their range. Of a family all of whose further parameters
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


def middle(problem: LaplaceProblem) -> Array:
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
