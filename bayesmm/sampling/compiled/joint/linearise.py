"""The linear model that a generalised linear one looks like near a linear predictor."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.family.links import LINKS
from bayesmm.family.numeric import Jet
from bayesmm.model.design import Design
from bayesmm.model.largest_responses import responses_for
from bayesmm.model.response_scale import residual_spread

__all__ = ["FREE_LINKS", "has_scale", "linearised"]

type Floats = NDArray[np.float64]

# Links whose mean stays possible wherever the linear predictor goes.
FREE_LINKS = frozenset({"log", "logit", "probit", "cloglog"})
# Least curvature of a row, which divides.
_LEAST = 1e-6
# Range of eta in which a curved link is linearised: far outside nothing is left of the weights.
_RANGES: Mapping[str, tuple[float, float]] = {
    "log": (-30.0, 30.0),
    "logit": (-6.0, 6.0),
    "probit": (-3.0, 3.0),
    "cloglog": (-8.0, 1.5),
}


def has_scale(design: Design) -> bool:
    """Return whether the variance of the response has an unknown factor."""
    of_curvature = design.family.variance_function is None and design.family.zero_rows is None
    return not of_curvature and any(own.scales for own in design.family.further)


def linearised(design: Design, eta: Floats) -> tuple[Floats, Floats]:
    """Return working response (without the offset) and weight of each row at `eta`.

    The rows then are nearly response_i ~ N(eta_i, scale / weight_i), `eta` with the offset.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 2.5.
    """
    eta = np.clip(eta, *_RANGES.get(design.family.link, (-np.inf, np.inf)))
    prior = np.ones(design.n_obs) if design.weights is None else design.weights
    offset = design.mu.known
    family, link = design.family, design.family.link
    if family.zero_rows is None and family.variance_function is None:
        score, curvature = _of_density(design, eta)
        return eta + score / curvature - offset, prior * curvature
    mu, slope = LINKS[link].inverse(eta), LINKS[link].derivative(eta)
    trials = 1.0 if design.trials is None else design.trials
    if family.zero_rows is not None:
        mu, slope, variance = family.zero_rows(design.y, mu, slope)
    else:
        variance = family.variance_function(mu)
    weight = prior * trials * slope**2 / variance
    return eta + (design.y / trials - mu) / slope - offset, weight


def _of_density(design: Design, eta: Floats) -> tuple[Floats, Floats]:
    """Return the score and the curvature of each row, at a guess of the further parameters."""
    family = design.family
    spread = residual_spread(design)
    parameters = [own.first(responses_for(design, own), spread) for own in family.further]
    argument = family.density.arguments[family.link]
    y = family.density.observed(design.y, design.known)
    jet = family.density.without_base(y, argument(Jet.variable(eta)), *parameters)
    first, second = (np.broadcast_to(part, eta.shape) for part in (jet.first, jet.second))
    # where the density is not concave, the square of the score, whose mean is the information
    return first, np.where(second < 0.0, -second, first**2 + _LEAST)
