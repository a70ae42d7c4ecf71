"""The mean of the response, which is not g^-1(eta) where zeros are added or taken away."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from bayesmm.model.families import Family
from bayesmm.model.links import LINKS
from bayesmm.results.population import normal_average, population_mean

__all__ = ["mean_is_inverse_link", "mean_slope", "response_mean"]

type Array = NDArray[np.float64]
type Auxiliary = Mapping[str, Array]

_STEP = 1e-5  # of eta; the error of the central difference is its square


def mean_is_inverse_link(family: Family) -> bool:
    """Return whether E y = g^-1(eta) (binomial: of the proportion)."""
    return "psi" not in family.auxiliary


def response_mean(
    family: Family, eta: Array, auxiliary: Auxiliary, variance: Array | None = None
) -> Array:
    """Return E y at eta, or averaged over eta + u with u ~ N(0, variance).

    With mu = g^-1(eta): mu; psi mu for the zero-inflated families; psi mu / (1 - P(0 | mu)) =
    psi (mu + mu P(0) / (1 - P(0))) for the hurdle families.

    Parameters
    ----------
    family : Family
        Family and link.
    eta : ndarray
        Linear predictor.
    auxiliary : mapping of str to ndarray
        Auxiliary parameters, broadcastable against `eta`.
    variance : ndarray, optional
        Variance of the group effects in the linear predictor.
    """
    inverse = LINKS[family.link].inverse
    mean = inverse(eta) if variance is None else population_mean(family.link, eta, variance)
    if mean_is_inverse_link(family):
        return mean
    if family.name in _EXCESS:
        excess, names = _EXCESS[family.name]
        others = [auxiliary[name] for name in names]

        def at(eta: Array, *others: Array) -> Array:
            return excess(inverse(eta), *others)

        if variance is None:
            mean = mean + at(eta, *others)
        else:
            mean = mean + normal_average(at, eta, variance, *others)
    return auxiliary["psi"] * mean


def mean_slope(family: Family, eta: Array, auxiliary: Auxiliary) -> Array:
    """Return d E y / d eta."""
    if mean_is_inverse_link(family):
        return LINKS[family.link].derivative(eta)
    above, below = (response_mean(family, eta + h, auxiliary) for h in (_STEP, -_STEP))
    return (above - below) / (2 * _STEP)


def _poisson_excess(mu: Array) -> Array:
    """Return mu P(0) / (1 - P(0)), at most 1, for poisson counts."""
    # beyond 700 expm1 overflows and the excess is 0
    return mu / np.expm1(np.minimum(mu, 700.0))


def _negativebinomial_excess(mu: Array, alpha: Array) -> Array:
    return mu / np.expm1(alpha * np.log1p(mu / alpha))


# Of the hurdle families: what the mean of the counts gains when a count must be positive.
_EXCESS: Mapping[str, tuple[Callable[..., Array], tuple[str, ...]]] = {
    "hurdle_poisson": (_poisson_excess, ()),
    "hurdle_negativebinomial": (_negativebinomial_excess, ("alpha",)),
}
