"""The mean of the response, which need not be g^-1(eta)."""

from collections.abc import Mapping

from bayesmm.arrays import Array
from bayesmm.errors import UnsupportedModelError
from bayesmm.family.links import LINKS
from bayesmm.family.record import Family
from bayesmm.family.response_rows import ResponseParameters
from bayesmm.results.prediction.population import normal_average, population_mean

__all__ = ["mean_is_inverse_link", "mean_slope", "refuse_unknown_moments", "response_mean"]

type Auxiliary = Mapping[str, Array]

_STEP = 1e-5  # of eta; the error of the central difference is its square


def mean_is_inverse_link(family: Family) -> bool:
    """Return whether E y = g^-1(eta) (binomial: of the proportion)."""
    return family.mean is None


def response_mean(
    family: Family, eta: Array, auxiliary: Auxiliary, variance: Array | None = None
) -> Array:
    """Return E y at eta, or averaged over eta + u with u ~ N(0, variance).

    With mu = g^-1(eta) that is mu unless the family says otherwise: psi mu of the zero-inflated
    ones, psi mu / (1 - P(0 | mu)) behind a hurdle, exp(mu + sigma^2 / 2) of the lognormal.

    `auxiliary` parameters are broadcastable against `eta`; `variance` is that of the group effects
    in it.
    """
    inverse = LINKS[family.link_of_mu].inverse
    if mean_is_inverse_link(family):
        if variance is None:
            return inverse(eta)
        return population_mean(family.link_of_mu, eta, variance)
    if variance is None:
        return family.mean(ResponseParameters(inverse(eta), auxiliary))

    def rest(eta: Array, *further: Array) -> Array:
        rows = ResponseParameters(inverse(eta), dict(zip(auxiliary, further, strict=True)))
        mean = family.mean(rows)
        return mean if family.proportional is None else mean - family.proportional(rows)

    mean = normal_average(rest, eta, variance, *auxiliary.values())
    if family.proportional is None:
        return mean
    mu = population_mean(family.link_of_mu, eta, variance)
    return mean + family.proportional(ResponseParameters(mu, auxiliary))


def mean_slope(family: Family, eta: Array, auxiliary: Auxiliary) -> Array:
    """Return d E y / d eta."""
    if mean_is_inverse_link(family):
        return LINKS[family.link_of_mu].derivative(eta)
    above, below = (response_mean(family, eta + h, auxiliary) for h in (_STEP, -_STEP))
    return (above - below) / (2 * _STEP)


def refuse_unknown_moments(family: Family) -> None:
    """Raise for a family whose variance or distribution function is not known.

    The message names what the family would have to say.
    """
    if not family.has_moments:
        raise UnsupportedModelError(
            f"There are no residuals of the {family.name} family: it says no variance or no "
            "distribution function (Family(variance=..., below=...))."
        )
