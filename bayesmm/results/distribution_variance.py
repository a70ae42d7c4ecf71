"""The variance of the response given its mean, on the scale of the link."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.special import polygamma

from bayesmm.errors import UnsupportedModelError
from bayesmm.model.design import Design
from bayesmm.model.encoding import EncodedRows
from bayesmm.results.parameters import Parameters
from bayesmm.results.population import population_mean
from bayesmm.results.predictor import common_part, group_variance, row_chunks

__all__ = ["distribution_variance", "fixed_chunks"]

type Array = NDArray[np.float64]


def distribution_variance(design: Design, parameters: Parameters) -> Array:
    """Return the variance that the family adds to the linear predictor, shape (chain, draw).

    Gaussian: mean of sigma^2 / w; t: sigma^2 nu / (nu - 2). Logit, probit, cloglog: the variance
    pi^2 / 3, 1, pi^2 / 6 of the latent variable. Log link, with lambda the mean response that
    the draw implies for these rows over a population of groups: poisson log(1 + 1 / lambda),
    negative binomial log(1 + 1 / lambda + 1 / alpha); gamma trigamma(alpha), the variance of
    log y.

    Raises
    ------
    UnsupportedModelError
        For a family and link without a definition.

    References
    ----------
    Nakagawa, Johnson and Schielzeth (2017), Journal of the Royal Society Interface 14, 20170213,
    doi:10.1098/rsif.2017.0213
    """
    key = (design.family.name, design.family.link)
    if key not in _VARIANCES:
        possible = ", ".join(f"{name} ({link})" for name, link in _VARIANCES)
        raise UnsupportedModelError(
            f"The variance of the {key[0]} family on the scale of the {key[1]} link has no "
            f"accepted definition. Families (links) that have one: {possible}."
        )
    return np.broadcast_to(_VARIANCES[key](design, parameters), parameters.shape)


def fixed_chunks(design: Design, parameters: Parameters) -> Iterator[tuple[slice, Array]]:
    """Yield b0 + X beta + offset of the rows of the fit, part by part."""
    rows = EncodedRows(design.X, design.offset, None, None, None, ())
    for part in row_chunks(design.n_obs, parameters):
        yield part, common_part(parameters, design.intercept, rows, part)


def _mean_response(design: Design, parameters: Parameters) -> Array:
    """Return the mean over the rows of the response of a population of groups."""
    total = np.zeros(parameters.shape)
    columns = [block.Z for block in design.blocks]
    for part, eta in fixed_chunks(design, parameters):
        variance = group_variance(parameters, columns, part)
        total += population_mean(design.family.link, eta, variance).sum(axis=-1)
    return total / design.n_obs


def _gaussian(design: Design, parameters: Parameters) -> Array:
    inverse = 1.0 if design.weights is None else float(np.mean(1 / design.weights))
    return parameters.auxiliary["sigma"] ** 2 * inverse


def _student(_: Design, parameters: Parameters) -> Array:
    nu = parameters.auxiliary["nu"]
    heavy = np.where(nu > 2, nu / np.where(nu > 2, nu - 2, 1.0), np.inf)
    return parameters.auxiliary["sigma"] ** 2 * heavy


def _poisson(design: Design, parameters: Parameters) -> Array:
    return np.log1p(1 / _mean_response(design, parameters))


def _negative_binomial(design: Design, parameters: Parameters) -> Array:
    rate = _mean_response(design, parameters)
    return np.log1p(1 / rate + 1 / parameters.auxiliary["alpha"])


def _constant(value: float) -> Callable[[Design, Parameters], Array]:
    return lambda design, parameters: np.array(value)


_LATENT = {"logit": np.pi**2 / 3, "probit": 1.0, "cloglog": np.pi**2 / 6}

_VARIANCES: Mapping[tuple[str, str], Callable[[Design, Parameters], Array]] = {
    ("gaussian", "identity"): _gaussian,
    ("t", "identity"): _student,
    **{
        (family, link): _constant(value)
        for family in ("bernoulli", "binomial")
        for link, value in _LATENT.items()
    },
    ("poisson", "log"): _poisson,
    ("negativebinomial", "log"): _negative_binomial,
    ("gamma", "log"): lambda _, parameters: polygamma(1, parameters.auxiliary["alpha"]),
}
