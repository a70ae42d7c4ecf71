"""The linear model that a generalised linear one looks like near a linear predictor."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, ndtr

from bayesmm.model.design import Design
from bayesmm.sampling.compiled.joint.zeros import has_own_zeros, working_rows

__all__ = ["has_scale", "linearized", "mean_predictor"]

type Floats = NDArray[np.float64]

# Mean and d mean / d eta.
_INVERSE_LINKS: Mapping[str, Callable[[Floats], tuple[Floats, Floats]]] = {
    "identity": lambda e: (e, np.ones_like(e)),
    "log": lambda e: (np.exp(e), np.exp(e)),
    "inverse": lambda e: (1.0 / e, -1.0 / e**2),
    "logit": lambda e: (expit(e), expit(e) * expit(-e)),
    "probit": lambda e: (ndtr(e), np.exp(-0.5 * e**2) / np.sqrt(2.0 * np.pi)),
    "cloglog": lambda e: (-np.expm1(-np.exp(e)), np.exp(e - np.exp(e))),
}
# Variance of the response, up to the scale, as a function of the mean. The negative binomial has
# a scale here instead of its alpha.
_VARIANCES: Mapping[str, Callable[[Floats], Floats]] = {
    "gaussian": np.ones_like,
    "t": np.ones_like,
    "bernoulli": lambda m: m * (1.0 - m),
    "binomial": lambda m: m * (1.0 - m),
    "poisson": lambda m: m,
    "negativebinomial": lambda m: m + 0.5 * m**2,
    "gamma": lambda m: m**2,
    "beta": lambda m: m * (1.0 - m),
}
# Range of eta in which a curved link is linearised: far outside nothing is left of the weights.
_RANGES: Mapping[str, tuple[float, float]] = {
    "log": (-30.0, 30.0),
    "logit": (-6.0, 6.0),
    "probit": (-3.0, 3.0),
    "cloglog": (-8.0, 1.5),
}


def has_scale(design: Design) -> bool:
    """Return whether the variance of the response has an unknown factor."""
    return bool(set(design.family.auxiliary) - {"psi"})


def mean_predictor(design: Design, center: float) -> Floats:
    """Return a linear predictor at which any mean is possible, shape (n,)."""
    offset = 0.0 if design.offset is None else design.offset
    return np.full(design.n_obs, center) + offset


def linearized(design: Design, eta: Floats) -> tuple[Floats, Floats]:
    """Return working response (without the offset) and weight of each row at `eta`.

    The rows then are nearly response_i ~ N(eta_i, scale / weight_i).

    Parameters
    ----------
    design : Design
        The model.
    eta : ndarray, shape (n,)
        Linear predictor, with the offset.

    References
    ----------
    McCullagh and Nelder (1989), Generalized Linear Models, section 2.5.
    """
    eta = np.clip(eta, *_RANGES.get(design.family.link, (-np.inf, np.inf)))
    mu, slope = _INVERSE_LINKS[design.family.link](eta)
    prior = np.ones(design.n_obs) if design.weights is None else design.weights
    trials = 1.0 if design.trials is None else design.trials
    if has_own_zeros(design):
        mu, slope, variance = working_rows(design, mu, slope)
    else:
        variance = _VARIANCES[design.family.name](mu)
    weight = prior * trials * slope**2 / variance
    offset = 0.0 if design.offset is None else design.offset
    return eta + (design.y / trials - mu) / slope - offset, weight
